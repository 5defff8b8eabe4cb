// Blocks of Markdown, line by line. A container (quote, list item) collects its lines, without their markers, and parses
// them by a parser of its own, to a bounded depth.

import Text

struct BlockParser {
    /// Deeper nesting is kept as text. It bounds the work on hostile input, and no terminal is wide enough for more.
    static let deepest = 12

    let lines: [Substring]
    let depth: Int
    var index = 0

    init(lines: [Substring], depth: Int) {
        self.lines = lines
        self.depth = depth
    }

    consuming func parse() -> [MarkdownBlock] {
        var blocks: [MarkdownBlock] = []
        while index < lines.count {
            if let block = nextBlock() { blocks.append(block) }
        }
        return blocks
    }

    /// The block at `index`, which moves behind it; `nil` for what shows nothing.
    private mutating func nextBlock() -> MarkdownBlock? {
        let line = lines[index]
        if line.isBlank {
            index += 1
            return nil
        }
        if line.indentation >= 4 { return indentedCode() }
        if let fence = CodeFence(line) { return fencedCode(fence) }
        if line.unindented.hasPrefix("<!--") { return skipComment() }
        if let heading = line.atxHeading {
            index += 1
            return .heading(heading.level, InlineParser.parse(heading.text))
        }
        if line.isThematicBreak {
            index += 1
            return .thematicBreak
        }
        if depth < Self.deepest {
            if line.isQuoted { return quote() }
            if let marker = ListMarker(line) { return list(marker) }
        }
        if let table = tableAtIndex() { return table }
        return paragraph()
    }

    private mutating func indentedCode() -> MarkdownBlock {
        var code: [String] = []
        while index < lines.count, lines[index].isBlank || lines[index].indentation >= 4 {
            code.append(String(lines[index].droppingIndentation(4)))
            index += 1
        }
        while code.last?.isBlank == true { code.removeLast() }
        return .code(info: "", lines: code)
    }

    private mutating func fencedCode(_ fence: CodeFence) -> MarkdownBlock {
        var code: [String] = []
        index += 1
        while index < lines.count, !fence.isClosed(by: lines[index]) {
            code.append(String(lines[index].droppingIndentation(fence.indentation)))
            index += 1
        }
        index += 1
        return .code(info: fence.words.first ?? "", lines: code)
    }

    private mutating func skipComment() -> MarkdownBlock? {
        while index < lines.count {
            index += 1
            if lines[index - 1].containsText("-->") { break }
        }
        return nil
    }

    private mutating func quote() -> MarkdownBlock {
        var inner: [Substring] = []
        var mayContinue = false
        while index < lines.count {
            let line = lines[index]
            if line.indentation < 4, line.isQuoted {
                var content = line.unindented.dropFirst()
                if content.first == " " { content = content.dropFirst() }
                inner.append(content)
                mayContinue = content.isParagraphText
            } else if mayContinue, line.isParagraphText, !startsTable(at: index) {
                inner.append(line)
            } else {
                break
            }
            index += 1
        }
        return .quote(BlockParser(lines: inner, depth: depth + 1).parse())
    }

    private mutating func paragraph() -> MarkdownBlock {
        var text: [Substring] = [lines[index].unindented]
        index += 1
        while index < lines.count {
            let line = lines[index]
            if let level = line.setextLevel {
                index += 1
                return .heading(level, InlineParser.parse(text.joined(separator: "\n")))
            }
            if !line.isParagraphText || startsTable(at: index) { break }
            text.append(line.unindented)
            index += 1
        }
        return .paragraph(InlineParser.parse(text.joined(separator: "\n")))
    }

    private func startsTable(at index: Int) -> Bool { tableHead(at: index) != nil }

    private func tableHead(at index: Int) -> (header: [Substring], alignments: [MarkdownTable.Alignment])? {
        guard index + 1 < lines.count, lines[index].utf8.contains(UInt8(ascii: "|")) else { return nil }
        guard let alignments = TableRow.alignments(lines[index + 1]) else { return nil }
        let header = TableRow.cells(lines[index])
        return header.count == alignments.count ? (header, alignments) : nil
    }

    private mutating func tableAtIndex() -> MarkdownBlock? {
        guard let head = tableHead(at: index) else { return nil }
        index += 2
        var rows: [[[MarkdownInline]]] = []
        while index < lines.count, lines[index].isParagraphText {
            let cells = TableRow.cells(lines[index]).prefix(head.header.count).map { InlineParser.parse($0) }
            rows.append(cells + Array(repeating: [], count: head.header.count - cells.count))
            index += 1
        }
        return .table(
            MarkdownTable(
                alignments: head.alignments, header: head.header.map { InlineParser.parse($0) }, rows: rows))
    }
}
