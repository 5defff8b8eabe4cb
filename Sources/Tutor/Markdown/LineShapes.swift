// What a single line of Markdown can be, by its shape alone.

import Text

/// Rows of pipe tables. See the GitHub Flavored Markdown specification, section 4.10.
enum TableRow {
    /// A row with more cells is not taken for a table's: nobody can read it, and filling up short rows would cost
    /// rows times columns.
    static let mostCells = 32

    static func cells(_ line: Substring) -> [Substring] {
        var cells: [Substring] = []
        var row = line.unindented.droppingTrailingSpaces
        if row.first == "|" { row = row.dropFirst() }
        var start = row.startIndex
        var isEscaped = false
        for index in row.utf8.indices {
            let byte = row.utf8[index]
            if byte == UInt8(ascii: "|"), !isEscaped {
                cells.append(row[start..<index])
                start = row.utf8.index(after: index)
            }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        if !row[start...].isBlank { cells.append(row[start...]) }
        return cells.map { unescapingPipes($0.unindented.droppingTrailingSpaces) }
    }

    /// `\|` is a pipe even inside inline code, so it is undone before inlines are parsed.
    private static func unescapingPipes(_ cell: Substring) -> Substring {
        guard cell.utf8.contains(UInt8(ascii: "\\")) else { return cell }
        var text = ""
        var pending = false
        for character in cell {
            if pending, character != "|" { text.append("\\") }
            if character == "\\", !pending {
                pending = true
            } else {
                text.append(character)
                pending = false
            }
        }
        return Substring(pending ? text + "\\" : text)
    }

    /// The alignments of a delimiter row such as `| --- | :-: |`, or `nil` if the line is none.
    static func alignments(_ line: Substring) -> [MarkdownTable.Alignment]? {
        guard line.indentation < 4, line.utf8.allSatisfy({ "|-: \t".utf8.contains($0) }) else { return nil }
        guard line.utf8.contains(UInt8(ascii: "|")) else { return nil }
        let cells = cells(line)
        guard !cells.isEmpty, cells.count <= mostCells else { return nil }
        var alignments: [MarkdownTable.Alignment] = []
        for cell in cells {
            let dashes = cell.drop { $0 == ":" }.prefix { $0 == "-" }
            let colons = (before: cell.first == ":", after: cell.last == ":")
            let size = dashes.count + (colons.before ? 1 : 0) + (colons.after ? 1 : 0)
            guard !dashes.isEmpty, cell.count == size else { return nil }
            alignments.append(colons.after ? (colons.before ? .centre : .right) : .left)
        }
        return alignments
    }
}

extension Substring {
    /// The line goes on with a paragraph: it is not blank and begins no other block.
    var isParagraphText: Bool {
        if isBlank { return false }
        if indentation >= 4 { return true }
        return !isQuoted && CodeFence(self) == nil && atxHeading == nil && !isThematicBreak
            && !(ListMarker(self)?.interruptsParagraph ?? false) && !unindented.hasPrefix("<!--")
    }

    var isQuoted: Bool { unindented.first == ">" }

    /// `# Title`, levels 1…6, a closing run of `#` dropped.
    var atxHeading: (level: Int, text: Substring)? {
        let rest = unindented
        guard indentation < 4, rest.first == "#" else { return nil }
        let level = rest.prefix(7).prefix { $0 == "#" }.count
        let after = rest.dropFirst(level)
        guard level <= 6, after.isEmpty || after.first == " " || after.first == "\t" else { return nil }
        var text = after.unindented.droppingTrailingSpaces
        if let end = text.lastIndex(where: { $0 != "#" }) {
            if text[end] == " " { text = text[..<end].droppingTrailingSpaces }
        } else {
            text = ""
        }
        return (level, text)
    }

    /// `===` or `---` under a paragraph.
    var setextLevel: Int? {
        let rest = unindented.droppingTrailingSpaces
        guard indentation < 4, let mark = rest.first, mark == "=" || mark == "-" else { return nil }
        return rest.allSatisfy { $0 == mark } ? (mark == "=" ? 1 : 2) : nil
    }

    /// Three or more of one of `-`, `*`, `_`, and spaces.
    var isThematicBreak: Bool {
        guard indentation < 4, let mark = unindented.first, "-*_".contains(mark) else { return false }
        var count = 0
        for character in self where character != " " && character != "\t" {
            guard character == mark else { return false }
            count += 1
        }
        return count >= 3
    }
}

extension StringProtocol {
    var isBlank: Bool { utf8.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }

    /// Columns of white space at the beginning; a tab goes to the next multiple of four.
    var indentation: Int {
        var column = 0
        for byte in utf8 {
            if byte == UInt8(ascii: " ") {
                column += 1
            } else if byte == UInt8(ascii: "\t") {
                column += 4 - column % 4
            } else {
                break
            }
        }
        return column
    }

    var unindented: SubSequence { drop { $0 == " " || $0 == "\t" } }

    /// Without up to `columns` columns of indentation. A tab that reaches further stays whole.
    func droppingIndentation(_ columns: Int) -> SubSequence {
        var column = 0
        var index = startIndex
        while column < columns, index < endIndex {
            if self[index] == " " {
                column += 1
            } else if self[index] == "\t", column + 4 - column % 4 <= columns {
                column += 4 - column % 4
            } else {
                break
            }
            index = self.index(after: index)
        }
        return self[index...]
    }

    /// `contains` for a short text, without Foundation.
    func containsText(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return true }
        var rest = utf8[...]
        while let found = rest.firstIndex(of: first) {
            if rest[found...].starts(with: text.utf8) { return true }
            rest = rest[rest.index(after: found)...]
        }
        return false
    }
}
