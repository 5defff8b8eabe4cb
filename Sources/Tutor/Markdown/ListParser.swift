// Lists of Markdown: which line begins an item, and which lines belong to it.

import Text

/// The marker of a list item: `-`, `*`, `+`, `1.` or `1)`.
struct ListMarker {
    /// Columns before the marker.
    let indentation: Int
    /// Columns before the text of the item; the item's further lines are indented as far.
    let contentOffset: Int
    /// The bullet, or the character after the number: items with another one belong to another list.
    let delimiter: Character
    /// The number of an ordered item.
    let number: Int?
    let content: Substring

    init?(_ line: Substring) {
        indentation = line.indentation
        var rest = line.unindented
        let digits = rest.prefix { ("0"..."9").contains($0) }
        var width = 1
        if digits.isEmpty {
            guard let bullet = rest.first, "-*+".contains(bullet), !line.isThematicBreak else { return nil }
            delimiter = bullet
            number = nil
        } else {
            rest = rest[digits.endIndex...]
            guard digits.count <= 9, let after = rest.first, after == "." || after == ")" else { return nil }
            delimiter = after
            number = Int(digits)
            width += digits.count
        }
        rest = rest.dropFirst()
        let spaces = rest.indentation
        guard indentation < 4, rest.isEmpty || spaces > 0 else { return nil }
        // Five spaces or more: one of them is the gap, the others begin indented code.
        let gap = rest.isBlank || spaces > 4 ? 1 : spaces
        contentOffset = indentation + width + gap
        content = rest.droppingIndentation(gap)
    }

    /// Whether a line with this marker may end a paragraph: not an empty item, and not a number that a sentence may
    /// happen to begin its line with.
    var interruptsParagraph: Bool { !content.isBlank && (number == nil || number == 1) }
}

extension BlockParser {
    mutating func list(_ first: ListMarker) -> MarkdownBlock {
        var items: [[MarkdownBlock]] = []
        var isLoose = false
        var marker = first
        while true {
            let item = collectItem(marker)
            items.append(BlockParser(lines: item.lines, depth: depth + 1).parse())
            isLoose = isLoose || item.isLoose
            guard index < lines.count, lines[index].indentation < 4, !lines[index].isThematicBreak,
                let next = ListMarker(lines[index]),
                next.delimiter == marker.delimiter, (next.number == nil) == (marker.number == nil)
            else { break }
            isLoose = isLoose || item.endsWithBlank
            marker = next
        }
        return .list(first: first.number, isLoose: isLoose, items: items)
    }

    /// Takes the lines of one item. Blank lines after its last are taken as well; `endsWithBlank` says so.
    private mutating func collectItem(
        _ marker: ListMarker
    ) -> (lines: [Substring], isLoose: Bool, endsWithBlank: Bool) {
        var collected = [marker.content]
        var fence = CodeFence(marker.content)
        var blanks = 0
        var isLoose = false
        index += 1
        while index < lines.count {
            let line = lines[index]
            if line.isBlank {
                blanks += 1
                index += 1
                continue
            }
            let isInside = line.indentation >= marker.contentOffset
            let continuesParagraph =
                blanks == 0 && fence == nil && line.isParagraphText && ListMarker(line) == nil
                && collected.last?.isBlank == false
            guard isInside || continuesParagraph else { break }
            let content = isInside ? line.droppingIndentation(marker.contentOffset) : line.unindented
            // A blank line between two blocks of the item itself, not inside a nested one, makes the list loose.
            if blanks > 0, fence == nil, content.indentation < 2 { isLoose = true }
            collected.append(contentsOf: repeatElement("", count: blanks))
            blanks = 0
            if let open = fence {
                if open.isClosed(by: content) { fence = nil }
            } else {
                fence = CodeFence(content)
            }
            collected.append(content)
            index += 1
        }
        return (collected, isLoose, blanks > 0)
    }
}
