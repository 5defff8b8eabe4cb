// No lesson, however broken or hostile, may crash the renderer, overrun the width or take more than linear time.
import Glibc
import TestSupport
import Testing
import Text

@testable import Tutor

@Suite("Markdown that nobody would write")
struct MarkdownFuzzTests {
    /// Fragments that mean something in Markdown, or on a terminal.
    private static let fragments = [
        "*", "**", "_", "`", "``", "```", "~~~", "[", "]", "(", ")", "](", "<", ">", "!", "\\", "#", "## ", "- ", "+ ",
        "1. ",
        "> ", "|", "|---|", ":-:", "\n", "\n\n", "  \n", "    ", "\t", " ", "---", "===", "&lt;", "<!--", "-->", "word",
        "https://example.org/a/b", "한국어", "日本", "e\u{301}", "👩‍🚀", "\u{1B}[31m", "\u{9B}", "\u{202E}", "\u{200D}", "\r\n",
        "\0",
        "console", "node# ls", "$ ", "\u{FE0F}", "🇩🇪", "\u{A0}",
    ]

    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    @Test("any text renders within the width, code aside", arguments: [20, 40, 80, 500])
    func staysWithinWidth(width: Int) {
        var generator = Generator(state: UInt64(width))
        for round in 0..<150 {
            let count = Int.random(in: 1...60, using: &generator)
            let text = (0..<count).compactMap { _ in Self.fragments.randomElement(using: &generator) }.joined()
            let style = Style(colour: round % 2 == 0 ? .none : .sixteen, unicode: round % 3 > 0, width: width)
            let document = MarkdownDocument(text)
            for line in MarkdownRenderer(style: style).render(document.withoutCode) {
                #expect(displayWidth(line) <= style.textWidth, "\(line.debugDescription) of \(text.debugDescription)")
                #expect(line == String(line.droppingTrailingSpaces), "trailing space: \(text.debugDescription)")
                let foreign = readable(line.replacingStyles)
                #expect(foreign == line.replacingStyles, "escape: \(text.debugDescription)")
            }
            // Code may be wide; it must not crash either.
            _ = MarkdownRenderer(style: style).render(document)
        }
    }

    static let hostile: [(String, String)] = [
        ("stars", "*a "), ("closers", "a**"), ("mixed", "*_"), ("brackets", "["), ("links", "[a]("), ("closed", "]"),
        ("nested links", "[a](b"), ("backquotes", "`a"), ("growing backquotes", "` `` ``` "), ("angles", "<a:"),
        ("quotes", ">"), ("lists", "- "), ("numbers", "1. "), ("pipes", "|"), ("fences", "```\n"), ("rules", "-"),
        ("indented list", "- a\n\n  "), ("comments", "<!--\n\n"), ("entities", "&"), ("escapes", "\\"), ("wide", "한"),
        ("combining", "\u{301}"), ("table", "a|b\n-|-\n"), ("spaces", "  \n"), ("titles", "[a](b \"c"),
        ("bullets", "a\n- "),
    ]

    @Test("time is linear in the text", arguments: hostile.indices)
    func isLinear(index: Int) {
        let (name, fragment) = Self.hostile[index]
        let renderer = MarkdownRenderer(style: Style(width: 80))
        func time(_ count: Int) -> Duration {
            let text = String(repeating: fragment, count: count)
            return (0..<3).map { _ in processorTime { _ = renderer.render(text) } }.min() ?? .zero
        }
        let small = time(1_000)
        let large = time(8_000)
        // Eight times the text; quadratic would be sixty-four times. Generous, because caches are shared with other tests.
        #expect(large < small * 32 + .milliseconds(100), "\(name): \(small), then \(large)")
    }
}

extension MarkdownDocument {
    fileprivate var withoutCode: MarkdownDocument { MarkdownDocument(blocks: Self.dropCode(blocks)) }

    private static func dropCode(_ blocks: [MarkdownBlock]) -> [MarkdownBlock] {
        blocks.compactMap { block in
            switch block {
            case .code: nil
            case .quote(let inner): .quote(dropCode(inner))
            case .list(let first, let isLoose, let items):
                .list(first: first, isLoose: isLoose, items: items.map(dropCode))
            default: block
            }
        }
    }
}

extension String {
    /// Without the escape sequences that a style makes.
    fileprivate var replacingStyles: String {
        var skipper = EscapeSkipper()
        return String(filter { !skipper.consumes($0) })
    }
}
