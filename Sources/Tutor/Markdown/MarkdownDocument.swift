// The Markdown of lessons as a value. A subset of CommonMark and its tables, chosen for what lessons use and a terminal can
// show; what is not understood stays as text.

import Text

/// A lesson, parsed. Parsing never fails, takes time linear in the text, and bounds its depth.
package struct MarkdownDocument: Sendable, Equatable {
    package var blocks: [MarkdownBlock]

    package init(blocks: [MarkdownBlock]) { self.blocks = blocks }

    /// Parses `text`, made safe for terminals first.
    package init(_ text: String) {
        let lines = readable(text).split(separator: "\n", omittingEmptySubsequences: false)
        blocks = BlockParser(lines: lines, depth: 0).parse()
    }

    /// What stands before the first heading of level 2.
    package var preface: MarkdownDocument {
        MarkdownDocument(blocks: Array(blocks.prefix { !$0.isHeading(level: 2) }))
    }

    /// The stretches that begin with a heading of level 2: in a lesson, one for each step, in order.
    package var sections: [Section] {
        var sections: [Section] = []
        for block in blocks {
            if case .heading(2, let title) = block {
                sections.append(Section(title: title.plainText, content: MarkdownDocument(blocks: [block])))
            } else if !sections.isEmpty {
                sections[sections.count - 1].content.blocks.append(block)
            }
        }
        return sections
    }

    package struct Section: Sendable, Equatable {
        package var title: String
        /// With its heading.
        package var content: MarkdownDocument
    }
}

package indirect enum MarkdownBlock: Sendable, Equatable {
    case heading(Int, [MarkdownInline])
    case paragraph([MarkdownInline])
    /// `info` is the word after the fence, such as `console`; empty where there is none.
    case code(info: String, lines: [String])
    case quote([MarkdownBlock])
    /// `first` is the first number of an ordered list. In a loose list, items are parted by blank lines.
    case list(first: Int?, isLoose: Bool, items: [[MarkdownBlock]])
    case table(MarkdownTable)
    case thematicBreak

    func isHeading(level wanted: Int) -> Bool {
        if case .heading(let level, _) = self { level == wanted } else { false }
    }
}

package struct MarkdownTable: Sendable, Equatable {
    package enum Alignment: Sendable { case left, centre, right }
    package var alignments: [Alignment]
    package var header: [[MarkdownInline]]
    /// Each row has as many cells as the header.
    package var rows: [[[MarkdownInline]]]
}

/// A stretch of a paragraph with one set of marks.
package struct MarkdownInline: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case text, code, hardBreak
        /// Stands after a link's text; `text` is where the link leads.
        case linkTarget
    }
    package var kind: Kind
    package var text: String
    package var isStrong = false
    package var isEmphasised = false
    package var isLink = false

    package init(
        _ kind: Kind = .text, _ text: String, strong: Bool = false, emphasised: Bool = false, link: Bool = false
    ) {
        self.kind = kind
        self.text = text
        isStrong = strong
        isEmphasised = emphasised
        isLink = link
    }
}

extension [MarkdownInline] {
    /// The text without marks and link targets.
    package var plainText: String {
        map { $0.kind == .linkTarget ? "" : $0.kind == .hardBreak ? " " : $0.text }.joined()
    }
}
