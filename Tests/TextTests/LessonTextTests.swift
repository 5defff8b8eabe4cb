// What lessons are made of, line by line: fences of code, and prompts.

import Testing
import Text

@Suite("Lines of lessons")
struct LessonTextTests {
    @Test(
        "a fence has three marks or more of one kind, at most three columns in",
        arguments: [
            ("```console only=memory-v2", "console only=memory-v2"), ("   ~~~~ swift ", "swift"), ("```", ""),
            ("~~~ a`b", "a`b"), ("    ```", nil), ("\t```", nil), ("``", nil), ("``` a`b", nil), ("`~`", nil),
            ("", nil),
        ] as [(String, String?)])
    func opens(line: String, info: String?) { #expect(CodeFence(line)?.info == info) }

    @Test("a block ends with as many of the same mark, and with nothing behind them")
    func closes() throws {
        let fence = try #require(CodeFence("  ````console"))
        #expect(fence.indentation == 2 && fence.words == ["console"])
        for line in ["````", "   `````  ", "````\t"] { #expect(fence.isClosed(by: line), "\(line)") }
        for line in ["```", "~~~~", "````x", "    ````", ""] { #expect(!fence.isClosed(by: line), "\(line)") }
    }

    @Test(
        "the prompts of lessons are known, and what a program prints is none",
        arguments: [
            ("node# ls", .place), ("host$ podlab", .place), ("pod#", .place), ("bash-5.2# ls", .shell),
            ("sh-5# x", .shell), ("/ # ls", .folder), ("/var/www # ls", .folder), ("$ ls", .bare),
            ("# a comment", nil), ("nobody# x", nil), ("bash-x# y", nil), ("a / # x", nil), ("$HOME", nil),
            ("node#x", nil), ("", nil), ("100 # x", nil),
        ] as [(String, ConsolePrompt.Kind?)])
    func prompts(line: String, kind: ConsolePrompt.Kind?) { #expect(ConsolePrompt(line)?.kind == kind) }
}

@Suite("Prose")
struct ReadableTests {
    @Test("what a terminal obeys is left out, newlines and tabs stay")
    func safe() {
        #expect(
            readable("a\u{1B}[2J\n\tb\r\u{0}\u{7F}\u{85}\u{9B}1m\u{202E}\u{2066}\u{200F}\u{2028}한")
                == "a[2J\n\tb1m한")
    }

    @Test("zero-width joiners of emoji and Indic scripts stay")
    func joiners() {
        #expect(readable("👩‍🚀 \u{200C}") == "👩‍🚀 \u{200C}")
    }
}
