// Expected output against what was printed.

import Testing

@testable import LabKit

@Suite("Output patterns")
struct OutputPatternTests {
    private func match(_ pattern: String, _ output: String, _ bindings: [String: String] = [:]) -> OutputPattern.Outcome
    {
        OutputPattern(lines: pattern.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
            .match(output, bindings: bindings)
    }

    private func fits(_ pattern: String, _ output: String, _ bindings: [String: String] = [:]) -> Bool {
        if case .match = match(pattern, output, bindings) { return true }
        return false
    }

    @Test("plain lines must be equal; white space and line ends of a terminal at the end do not count")
    func plain() {
        #expect(fits("a\nb", "a  \r\nb\r\n"))
        #expect(fits("", "\r\n"))
        #expect(fits("a b", "a b\n\n"))
        #expect(!fits("a", "a\nb"))
        #expect(!fits("a\nb", "a"))
        #expect(!fits("a  b", "a b"))
        #expect(!fits("a", "A"))
    }

    @Test("an ellipsis stands for text within a line, or for lines")
    func ellipsis() {
        #expect(fits("bin … usr", "bin dev etc usr"))
        #expect(!fits("bin … usr", "bin\nusr"))
        #expect(fits("a…", "a"))
        #expect(fits("…\nlast", "1\n2\nlast"))
        #expect(fits("first\n…\nlast", "first\n\nlast"))
        #expect(!fits("first\n…\nlast", "first\nx"))
        #expect(fits("  …  ", "x\ny"))
    }

    @Test(
        "an ellipsis among other lines that stands for no line is told, with its place; one that is all may stand for nothing"
    )
    func nothing() {
        #expect(match("first\n…", "first") == .nothing(line: 1))
        #expect(match("…\nlast", "last") == .nothing(line: 0))
        #expect(match("first\n…\nlast", "first\nlast") == .nothing(line: 1))
        #expect(match("…\n<a> lost\n…", "x\n1 lost\n\n") == .nothing(line: 2))
        #expect(match("…\n<a> lost\n…", "1 lost\ny") == .nothing(line: 0))
        #expect(match("a\n…\n…", "a\nb") == .nothing(line: 2))
        #expect(match("first\n…", "second") == .mismatch(line: 0, expected: "first", actual: "second"))
        #expect(match("…\n<a>", "1\n2") == .match(["a": "2"]))
        #expect(fits("…", "") && fits("…", "[1]+  Done") && fits("…\n", ""))
    }

    @Test("a name stands for one word, and equal names for equal words, across the lesson")
    func names() {
        #expect(match("pid:[<inode>]", "pid:[4026531836]") == .match(["inode": "4026531836"]))
        #expect(match("<a> <b> <a>", "1 2 1") == .match(["a": "1", "b": "2"]))
        #expect(!fits("<a> <a>", "1 2"))
        #expect(!fits("<a>", "two words"))
        #expect(!fits("x<a>", "x"))
        #expect(fits("<pid>", "42", ["pid": "42"]))
        #expect(!fits("<pid>", "421", ["pid": "42"]))
        #expect(match("<a>:<b>", "1:2:3") == .match(["a": "1:2", "b": "3"]))
        #expect(fits("<BROADCAST,UP>", "<BROADCAST,UP>"))
        #expect(!fits("<BROADCAST,UP>", "word"))
    }

    @Test("bindings are found by trying again where the first way does not fit")
    func backtracking() {
        #expect(match("…<a>x\n<a>", "12x\n2") == .match(["a": "2"]))
        #expect(match("…\n<a> end\n…\n<a> again", "x\n1 end\n2 end\ny\n2 again") == .match(["a": "2"]))
    }

    @Test("a mismatch names the line of the pattern and the line printed")
    func mismatch() {
        #expect(match("a\nb\nc", "a\nx\nc") == .mismatch(line: 1, expected: "b", actual: "x"))
        #expect(match("a\nb", "a") == .mismatch(line: 1, expected: "b", actual: nil))
        #expect(match("a", "a\nb") == .mismatch(line: 1, expected: "(no more output)", actual: "b"))
    }

    @Test("a pattern that could be read in endless ways ends soon")
    func bounded() {
        let output = String(repeating: "a", count: 3000)
        #expect(!fits(String(repeating: "…a", count: 20) + "b", output))
        let lines = String(repeating: "a\n", count: 2000)
        #expect(!fits(String(repeating: "…\na\n", count: 20) + "b", lines))
        let names = (0..<12).map { "<n\($0)>" }.joined()
        #expect(match(names + "!", String(repeating: "a", count: 200)) == .tooAmbiguous)
    }

    @Test("names that are bound are filled into what is typed")
    func fill() {
        #expect(OutputPattern.fill("kill <pid> <no> <(x) < <pid>", bindings: ["pid": "7"]) == "kill 7 <no> <(x) < 7")
    }
}
