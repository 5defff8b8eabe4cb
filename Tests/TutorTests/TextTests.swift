// Width, safety and style of text.
import Testing

@testable import Tutor

@Suite("Text on a terminal")
struct TextTests {
    @Test(
        "display width is that of terminals",
        arguments: [
            ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("한국어", 6), ("\u{1112}\u{1161}\u{11AB}", 2), ("日本", 4),
            ("ｱ", 1),
            ("Ａ", 2), ("👩‍🚀", 2), ("👍🏽", 2), ("🇩🇪", 2), ("🇩", 1), ("❤️", 2), ("✓", 1), ("●", 1), ("…", 1), ("a\u{200B}b", 2),
            ("\u{7}", 0), ("a\tb", 9), ("\u{1B}[1;31mab\u{1B}[0m", 2), ("नि", 2), ("\u{20000}", 2), ("⌚", 2), ("─", 1),
        ])
    func width(_ text: String, _ expected: Int) {
        #expect(displayWidth(text) == expected)
    }

    private func style(_ environment: [String: String], terminal: Bool = true, columns: Int? = 100) -> Style {
        Style(environment: environment, isTerminal: terminal, windowColumns: columns)
    }

    @Test("colours need a terminal that is not dumb, and no NO_COLOR")
    func colours() {
        let usual = ["TERM": "xterm-256color", "LANG": "de_DE.UTF-8"]
        #expect(style(usual) == Style(colour: .sixteen, unicode: true, width: 100))
        #expect(style(usual, terminal: false).colour == .none)
        #expect(style(usual.merging(["NO_COLOR": "1"]) { $1 }).colour == .none)
        #expect(style(usual.merging(["NO_COLOR": ""]) { $1 }).colour == .sixteen)
        #expect(style(usual.merging(["TERM": "dumb"]) { $1 }).colour == .none)
        #expect(style(["LANG": "C.UTF-8"]).colour == .none)
    }

    @Test("symbols need a UTF-8 locale and a terminal with a font for them")
    func symbols() {
        #expect(style(["TERM": "xterm", "LANG": "C.utf8"]).unicode)
        #expect(!style(["TERM": "xterm"]).unicode)
        #expect(!style(["TERM": "linux", "LANG": "C.UTF-8"]).unicode)
        #expect(!style(["TERM": "dumb", "LANG": "C.UTF-8"]).unicode)
        #expect(!style(["TERM": "xterm", "LANG": "C.UTF-8", "LC_ALL": "C"]).unicode)
        #expect(style(["TERM": "xterm", "LANG": "C", "LC_CTYPE": "en_US.UTF-8", "LC_ALL": ""]).unicode)
        #expect(style(["LANG": "C.UTF-8"], terminal: false).unicode)
    }

    @Test("the window tells the width, then COLUMNS, then it is 80; extremes are bounded")
    func widths() {
        #expect(style(["COLUMNS": "60"]).width == 100)
        #expect(style(["COLUMNS": "60"], columns: nil).width == 60)
        #expect(style(["COLUMNS": "60"], columns: 0).width == 60)
        #expect(style(["COLUMNS": "x"], columns: nil).width == 80)
        #expect(style([:], columns: 3).width == 20)
        #expect(style([:], columns: 5000).width == 500)
    }

    @Test("without colours no escape is written")
    func plain() {
        #expect(Style().paint("a", [.bold, .red]) == "a")
        #expect(Style(colour: .sixteen).paint("a", [.bold, .red]) == "\u{1B}[1;31ma\u{1B}[0m")
        #expect(Style(colour: .sixteen).paint("", .bold) == "")
    }
}
