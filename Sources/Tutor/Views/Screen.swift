// The blocks that the tutor prints, so that all of them look alike.

import Linux
import Terminals
import Text

/// A mark before a line that says how something went.
package enum Mark: Sendable, CaseIterable {
    case ok, failed, error, skipped, open

    /// All as wide as each other within a style, so that texts behind them line up.
    func run(_ style: Style) -> Run {
        switch self {
        case .ok: Run(style.unicode ? "✓" : "[ok]  ", .green)
        case .failed: Run(style.unicode ? "✗" : "[FAIL]", [.red, .bold])
        case .error: Run(style.unicode ? "!" : "[err] ", [.yellow, .bold])
        case .skipped: Run(style.unicode ? "–" : "[skip]", .dim)
        case .open: Run(style.unicode ? "○" : "[    ]", .dim)
        }
    }
}

/// Makes blocks in a style and prints them. Texts are Markdown of one paragraph, wrapped.
package struct Screen: Sendable {
    package let style: Style
    private let renderer: MarkdownRenderer

    package init(style: Style) {
        self.style = style
        renderer = MarkdownRenderer(style: style)
    }

    /// Writes lines to standard output.
    package func print(_ lines: [String]) throws(SystemError) {
        try writeAll(lines.map { $0 + "\n" }.joined())
    }

    /// A title with a line under it, after a blank line.
    package func heading(_ title: String) -> [String] {
        let lines = wrap(renderer.inline(title, .bold), width: style.textWidth)
        let size = lines.map { $0.reduce(0) { $0 + displayWidth($1.text) } }.max() ?? 0
        return [""] + style.paint(lines + [[Run(renderer.rule("─", "-", width: size), .dim)]])
    }

    /// A text behind a bar.
    package func note(_ text: String) -> [String] {
        let bar = Run(style.unicode ? "│ " : "| ", .dim)
        return style.paint(wrap(renderer.inline(text), width: style.textWidth - 2).map { [bar] + $0 })
    }

    package func text(_ text: String) -> [String] {
        style.paint(wrap(renderer.inline(text), width: style.textWidth))
    }

    package func ok(_ text: String) -> [String] { marked(.ok, text) }
    package func failed(_ text: String) -> [String] { marked(.failed, text) }
    package func error(_ text: String) -> [String] { marked(.error, text) }
    package func skipped(_ text: String) -> [String] { marked(.skipped, text) }

    package func marked(_ mark: Mark, _ text: String) -> [String] { style.paint(markedLines(mark, text)) }

    func markedLines(_ mark: Mark, _ text: String, _ look: Look = []) -> [StyledLine] {
        let first = mark.run(style)
        let size = displayWidth(first.text) + 1
        let lines = wrap(renderer.inline(text, look), width: style.textWidth - size)
        return hang(lines, first: [first, Run(" ")], rest: [Run(String(repeating: " ", count: size))])
    }

    /// Two columns, the first as wide as its widest entry and never broken; for `help` and `labs`. Where the second would
    /// become too narrow, it stands below the first.
    package func pairs(_ pairs: [(String, String)]) -> [String] {
        let names = pairs.map { terminalSafe($0.0) }
        let size = names.map { displayWidth($0) }.max() ?? 0
        let isNarrow = style.textWidth - size - 4 < 20
        return zip(names, pairs).flatMap { name, pair in
            let indent = isNarrow ? 4 : size + 4
            let lines = wrap(renderer.inline(pair.1), width: style.textWidth - indent)
            let rest = [Run(String(repeating: " ", count: indent))]
            let first = [Run("  "), Run(name, .bold)]
            if isNarrow { return style.paint([first] + lines.map { rest + $0 }) }
            let gap = Run(String(repeating: " ", count: indent - 2 - displayWidth(name)))
            return style.paint(hang(lines, first: first + [gap], rest: rest))
        }
    }
}
