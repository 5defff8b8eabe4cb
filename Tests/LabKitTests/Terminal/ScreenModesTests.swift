// What a program makes of a terminal, followed by its output, and how a terminal is put back.

import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct ScreenModesTests {
    private func modes(_ text: String) -> ScreenModes {
        var modes = ScreenModes()
        modes.follow(Array(text.utf8))
        return modes
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("the second screen is noticed by its sequences, also when they come byte by byte")
    func secondScreen() {
        var modes = ScreenModes()
        for byte in "text\u{1B}[1m\u{1B}[?1049h".utf8 { modes.follow([byte]) }
        #expect(modes.isAlternate && modes.takesScreen)
        modes.follow(Array("h l \u{1B}[?25l\u{1B}[?1049l".utf8))
        #expect(!modes.isAlternate)
        modes.follow(Array(repeating: 0x1b, count: 100_000) + Array("[?47h".utf8))
        #expect(modes.isAlternate)
    }

    @Test("a terminal that nothing was asked of gets no sequence")
    func untouched() {
        let modes = modes("plain text\r\n한국 \u{7}\t\u{1B}[2J\u{1B}[H")
        #expect(modes.leaving.isEmpty && modes.entering.isEmpty && modes.isInitial && !modes.takesScreen)
    }

    @Test("whatever was switched on is switched off, and on again")
    func thereAndBack() {
        let asked =
            "\u{1B}[?1049h\u{1B}[?1h\u{1B}=\u{1B}[?2004h\u{1B}[?1000;1006h"
            + "\u{1B}[?25l\u{1B}[?7l\u{1B}[>4;2m\u{1B}[>1u"
        let editor = modes(asked)
        let leaving = text(editor.leaving)
        for sequence in [
            "\u{1B}[?1049l", "\u{1B}[?1l", "\u{1B}>", "\u{1B}[?2004l", "\u{1B}[?1000l", "\u{1B}[?1006l", "\u{1B}[?25h",
            "\u{1B}[?7h", "\u{1B}[>4m", "\u{1B}[<u",
        ] {
            #expect(leaving.contains(sequence), "\(sequence.debugDescription)")
        }
        // What leaves brings a terminal in that state back to the beginning, and what enters makes the state anew.
        var terminal = editor
        terminal.follow(editor.leaving)
        #expect(terminal.isInitial)
        #expect(modes(text(editor.entering)) == editor)
    }

    @Test("what a program has put back itself is not put back again")
    func polite() {
        let modes = modes("\u{1B}[?1049h\u{1B}[?25l\u{1B}=x\u{1B}[?25h\u{1B}>\u{1B}[0m\u{1B}[?1049l")
        #expect(modes.isInitial && modes.leaving.isEmpty)
    }

    @Test("top and less without the second screen take the screen as well; a readline shell does not")
    func keysOnly() {
        #expect(modes("\u{1B}[?1h\u{1B}=\u{1B}[?25l\u{1B}[H").takesScreen)
        #expect(modes("\u{1B}[?1h\u{1B}=").takesScreen)
        #expect(!modes("\u{1B}[?2004h\u{1B}]0;title\u{7}root@node:~# ").takesScreen)
    }

    @Test(
        "a sequence that was left unfinished is ended before anything else is shown",
        arguments: ["\u{1B}]0;a title without end", "\u{1B}Pq#0", "\u{1B}[38;5", "\u{1B}"])
    func unfinished(printed: String) {
        #expect(modes(printed).leaving.first == 0x18)
        var terminal = modes(printed)
        terminal.follow(terminal.leaving)
        #expect(terminal.isInitial)
    }

    @Test("a title holds no modes, and ends with BEL or ESC \\")
    func strings() {
        #expect(modes("\u{1B}]0;[?1049h\u{7}").isInitial)
        #expect(modes("\u{1B}]0;[?1049h\u{1B}\\").isInitial)
        #expect(modes("\u{1B}Pabc\u{1B}[?1049h").isAlternate)
    }

    @Test("colours, line drawing, scrolling and inserting are undone")
    func looks() {
        #expect(text(modes("\u{1B}[1;31m").leaving) == "\u{1B}[0m")
        #expect(modes("\u{1B}[1;31mred\u{1B}[m").isInitial)
        #expect(text(modes("\u{0E}").leaving).contains("\u{0F}"))
        #expect(text(modes("\u{1B}(0").leaving).contains("\u{1B}(B"))
        #expect(text(modes("\u{1B}[2;5r").leaving).contains("\u{1B}[r"))
        #expect(text(modes("\u{1B}[4h").leaving) == "\u{1B}[4l")
        #expect(modes("\u{1B}[4h\u{1B}[?1049h\u{1B}c").isInitial)
    }

    @Test("after any bytes at all, a terminal can be put back", arguments: 0..<10)
    func arbitrary(seed: UInt64) {
        var state = seed &* 6_364_136_223_846_793_005 &+ 1
        var modes = ScreenModes()
        // Bytes of sequences more often than chance has them.
        let likely = Array("\u{1B}\u{1B}\u{1B}[[?()>=;0123456789hlmrqu<>\u{18}]P\\\u{7}".utf8)
        for _ in 0..<5000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let draw = Int(state >> 33)
            modes.follow([draw & 3 == 0 ? UInt8(truncatingIfNeeded: draw >> 2) : likely[(draw >> 2) % likely.count]])
        }
        modes.follow(modes.leaving)
        #expect(modes.isInitial)
    }

    @Test("where the screens were changed last is told")
    func switches() {
        var modes = ScreenModes()
        #expect(modes.follow(Array("abc".utf8)) == nil)
        #expect(modes.follow(Array("a\u{1B}[?1049hb\u{1B}[?1049lcd".utf8)) == 18)
    }
}
