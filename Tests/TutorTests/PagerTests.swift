// The pager at a pseudo-terminal. Keys are typed ahead: a terminal keeps them.
import Glibc
import Terminals
import Testing

@testable import Tutor

@Suite("Pager")
struct PagerTests {
    private let lines = (1...20).map { "line \($0)" }

    private func run(
        _ keys: String, rows: Int = 6, lines: [String]? = nil, style: Style = Style(width: 40)
    ) throws -> (output: String, outcome: Pager.Outcome) {
        let terminal = try #require(PseudoTerminal(rows: rows, columns: 40))
        // Without echo and line-wise input now, keys typed ahead are not held back until a newline.
        let state = try #require(TerminalState.save(terminal.terminal))
        state.setKeyMode()
        let before = terminal.localModes
        try terminal.type(keys)
        let pager = Pager(style: style, input: terminal.terminal, output: terminal.terminal)
        let outcome = try pager.show(lines ?? self.lines)
        #expect(terminal.localModes == before)
        return (terminal.output(), outcome)
    }

    private func shown(_ output: String) -> [Int] {
        output.split { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }.compactMap {
            $0.hasPrefix("line ") ? Int($0.dropFirst(5)) : nil
        }
    }

    @Test("what fits is written at once")
    func fits() throws {
        let result = try run("", lines: Array(lines.prefix(5)))
        #expect(shown(result.output) == [1, 2, 3, 4, 5])
        #expect(result.outcome == .shown)
    }

    @Test("space shows page after page, to the end")
    func pages() throws {
        let result = try run("    ")
        #expect(shown(result.output) == Array(1...20))
        #expect(result.output.containsText("25 % · space: on"))
        #expect(result.outcome == .shown)
    }

    @Test("q leaves", arguments: ["q", "Q", "\u{3}", "\u{4}"])
    func quits(_ key: String) throws {
        let result = try run(key)
        #expect(shown(result.output) == [1, 2, 3, 4, 5])
        #expect(result.outcome == .left)
    }

    @Test("Enter shows one line more, b the page before, G the rest")
    func moves() throws {
        #expect(shown(try run("\r\rq").output) == [1, 2, 3, 4, 5, 6, 7])
        #expect(shown(try run(" bq").output) == Array(1...10) + Array(1...5))
        #expect(shown(try run("  bq").output) == Array(1...15) + Array(6...10))
        #expect(shown(try run("\rbq").output) == Array(1...6) + Array(1...5))
        #expect(shown(try run("Gq").output) == Array(1...20))
        // A key that means nothing is passed over.
        #expect(shown(try run("\u{7}\u{7}\u{1B}[6~q").output) == Array(1...10))
    }

    @Test("the last page is left backward too, and to the prompt by space, by Enter or by typing on")
    func lastPage() throws {
        #expect(shown(try run("Gbq").output) == Array(1...20) + Array(11...15))
        #expect(shown(try run("   bq").output) == Array(1...20) + Array(11...15))
        #expect(try run("G ").outcome == .shown)
        #expect(try run("G\r").outcome == .shown)
        #expect(try run("Gls").outcome == .leftTyping("l"))
        #expect(try run("G ").output.containsText("end · space: on · b: back"))
    }

    @Test("whoever types on leaves, and the first character is not lost")
    func typingOn() throws {
        let result = try run("mkdir")
        #expect(shown(result.output) == [1, 2, 3, 4, 5])
        #expect(result.outcome == .leftTyping("m"))
    }

    @Test("lines wider than the terminal take several rows")
    func wide() throws {
        let wide = ["line 1", String(repeating: "x", count: 90), "line 3", "line 4", "line 5"]
        #expect(shown(try run("q", lines: wide).output) == [1, 3])
    }

    @Test("without colours no escape is written; with them the status is erased")
    func escapes() throws {
        #expect(!(try run(" b q").output).contains("\u{1B}"))
        #expect(try run("q", style: Style(colour: .sixteen, width: 40)).output.containsText("\r\u{1B}[K"))
    }

    @Test("without a terminal all is written")
    func noTerminal() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        try Pager(style: Style(), input: ends[0], output: ends[1]).show(lines)
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(ends[0], &bytes, bytes.count)
        #expect(String(decoding: bytes.prefix(count), as: UTF8.self) == lines.map { $0 + "\n" }.joined())
    }

    @Test("saved modes of a terminal come back, and a pipe has none")
    func state() throws {
        let terminal = try #require(PseudoTerminal(rows: 5, columns: 40))
        let before = terminal.localModes
        let state = try #require(TerminalState.save(terminal.terminal))
        state.setKeyMode()
        #expect(terminal.localModes != before)
        state.restore()
        #expect(terminal.localModes == before)
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        #expect(TerminalState.save(ends[0]) == nil)
    }
}
