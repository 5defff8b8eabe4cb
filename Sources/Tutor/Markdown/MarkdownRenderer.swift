// Lessons as lines for a terminal: text wrapped to a readable width, code kept whole.

import Text

/// Renders Markdown in a style. Lines carry no trailing spaces; none but lines of code is wider than `style.textWidth`.
package struct MarkdownRenderer: Sendable {
    package let style: Style
    /// Nested blocks stop being indented where less than this would be left for their text.
    private static let narrowest = 10

    package init(style: Style) { self.style = style }

    package func render(_ document: MarkdownDocument) -> [String] {
        style.paint(lines(document.blocks, width: style.textWidth))
    }

    package func render(_ text: String) -> [String] { render(MarkdownDocument(text)) }

    /// A text of one paragraph (a hint, the help of a check) as runs to be wrapped. Only inline marks mean something.
    package func inline(_ text: String, _ look: Look = []) -> [Run] {
        runs(InlineParser.parse(readable(text)), look)
    }

    // MARK: Blocks

    private func lines(_ blocks: [MarkdownBlock], width: Int, isTight: Bool = false) -> [StyledLine] {
        var result: [StyledLine] = []
        for block in blocks {
            let rendered = lines(block, width: width)
            if rendered.isEmpty { continue }
            if !result.isEmpty, !isTight { result.append([]) }
            result += rendered
        }
        return result
    }

    private func lines(_ block: MarkdownBlock, width: Int) -> [StyledLine] {
        switch block {
        case .heading(let level, let title): heading(level, title, width: width)
        case .paragraph(let text): wrap(runs(text), width: width)
        case .code(let info, let code): codeLines(info: info, code, width: width)
        case .quote(let blocks):
            prefixed(blocks, first: Run(style.unicode ? "│ " : "| ", .dim), width: width)
        case .list(let first, let isLoose, let items): list(first, isLoose: isLoose, items, width: width)
        case .table(let table): TableLayout(renderer: self, table: table).lines(width: width)
        case .thematicBreak: [[Run(rule("─", "-", width: width), .dim)]]
        }
    }

    /// Headings of the first two levels are underlined by a line of their own, so that they are seen without colours.
    private func heading(_ level: Int, _ title: [MarkdownInline], width: Int) -> [StyledLine] {
        let marks = level > 2 && style.colour == .none ? String(repeating: "#", count: level) + " " : ""
        let title = wrap([Run(marks)] + runs(title, .bold), width: width)
        guard level <= 2 else { return title }
        let size = title.map { line in line.reduce(0) { $0 + displayWidth($1.text) } }.max() ?? 0
        return title + [[Run(level == 1 ? rule("━", "=", width: size) : rule("─", "-", width: size), .dim)]]
    }

    func rule(_ unicode: Character, _ ascii: Character, width: Int) -> String {
        String(repeating: style.unicode ? unicode : ascii, count: width)
    }

    private func codeLines(info: String, _ code: [String], width: Int) -> [StyledLine] {
        let indent = Run(width >= 60 ? "    " : "  ")
        let isConsole = ["console", "shell-session"].contains(info)
        let lines = isConsole ? ConsoleBlock.lines(code) : code.map { [Run($0)] }
        // A blank line stays blank, and a block without lines is no block.
        return lines.map { line in line.allSatisfy(\.text.isEmpty) ? [] : [indent] + line }
    }

    private func list(
        _ first: Int?, isLoose: Bool, _ items: [[MarkdownBlock]], width: Int
    ) -> [StyledLine] {
        var result: [StyledLine] = []
        let widest = first.map { String($0 + items.count - 1).count + 2 } ?? 2
        for (offset, item) in items.enumerated() {
            let marker = first.map { "\($0 + offset)." } ?? (style.unicode ? "•" : "-")
            let padding = String(repeating: " ", count: max(0, widest - displayWidth(marker) - 1))
            let run = Run(padding + marker + " ", first == nil ? .dim : [])
            if offset > 0, isLoose { result.append([]) }
            result += prefixed(
                item, first: run, rest: Run(String(repeating: " ", count: widest)), width: width, isTight: !isLoose)
        }
        return result
    }

    /// Blocks behind a prefix: a quote's bar, an item's marker.
    private func prefixed(
        _ blocks: [MarkdownBlock], first: Run, rest: Run? = nil, width: Int, isTight: Bool = false
    ) -> [StyledLine] {
        let size = displayWidth(first.text)
        if width - size < Self.narrowest {
            return (rest == nil ? [] : [[first]]) + lines(blocks, width: width, isTight: isTight)
        }
        var inner = lines(blocks, width: width - size, isTight: isTight)
        if inner.isEmpty { inner = [[]] }
        return inner.enumerated().map { offset, line in [offset == 0 ? first : rest ?? first] + line }
    }

    // MARK: Inlines

    func runs(_ inlines: [MarkdownInline], _ base: Look = []) -> [Run] {
        inlines.map { inline in
            var look = base
            if inline.isStrong { look.insert(.bold) }
            if inline.isEmphasised { look.insert(.italic) }
            if inline.isLink { look.insert(.underline) }
            switch inline.kind {
            case .text: return Run(inline.text, look)
            case .hardBreak: return Run("\n")
            case .linkTarget: return Run(" (\(inline.text))", base.union(.dim))
            case .code: return code(inline.text, look)
            }
        }
    }

    /// Inline code keeps its back quotes where no colour can show it.
    private func code(_ text: String, _ look: Look) -> Run {
        let text = text.map { $0 == "\t" ? " " : String($0) }.joined()
        guard style.colour == .none else { return Run(text, look.union(.cyan), isKept: true) }
        guard text.contains("`") else { return Run("`\(text)`", look, isKept: true) }
        return Run("`` \(text) ``", look, isKept: true)
    }
}
