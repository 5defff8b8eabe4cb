// A line of output before it is text: pieces, each with a look.

/// How a piece of text looks. Without colours a look leaves no trace.
package struct Look: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let bold = Look(rawValue: 1)
    package static let dim = Look(rawValue: 1 << 1)
    package static let italic = Look(rawValue: 1 << 2)
    package static let underline = Look(rawValue: 1 << 3)
    package static let red = Look(rawValue: 1 << 4)
    package static let green = Look(rawValue: 1 << 5)
    package static let yellow = Look(rawValue: 1 << 6)
    package static let cyan = Look(rawValue: 1 << 7)

    /// Look and its parameter of Select Graphic Rendition (ECMA-48, 8.3.117).
    private static let parameters: [(Look, String)] = [
        (.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"),
        (.red, "31"), (.green, "32"), (.yellow, "33"), (.cyan, "36"),
    ]

    var escape: String {
        let chosen = Self.parameters.filter { contains($0.0) }.map(\.1)
        return chosen.isEmpty ? "" : "\u{1B}[\(chosen.joined(separator: ";"))m"
    }
}

/// A stretch of text with one look.
package struct Run: Sendable, Equatable {
    package var text: String
    package var look: Look
    /// Its spaces are no place to break a line, as long as it fits on one: inline code.
    package var isKept = false

    package init(_ text: String, _ look: Look = [], isKept: Bool = false) {
        self.text = text
        self.look = look
        self.isKept = isKept
    }
}

package typealias StyledLine = [Run]

extension Style {
    /// One line as text: no trailing spaces, and no look that reaches beyond its end, so that lines can be shown in
    /// any order.
    package func paint(_ line: StyledLine) -> String {
        var runs = line
        while let last = runs.last {
            let kept = last.text.droppingTrailingSpaces
            if !kept.isEmpty {
                runs[runs.count - 1].text = String(kept)
                break
            }
            runs.removeLast()
        }
        guard colour == .sixteen else { return runs.map(\.text).joined() }
        var text = ""
        var look: Look = []
        for run in runs where !run.text.isEmpty {
            if run.look != look {
                if !look.isEmpty { text += "\u{1B}[0m" }
                text += run.look.escape
                look = run.look
            }
            text += run.text
        }
        return look.isEmpty ? text : text + "\u{1B}[0m"
    }

    package func paint(_ lines: [StyledLine]) -> [String] { lines.map { paint($0) } }

    /// One piece of text with a look.
    package func paint(_ text: String, _ look: Look) -> String {
        colour == .sixteen && !look.isEmpty && !text.isEmpty ? look.escape + text + "\u{1B}[0m" : text
    }
}

extension StringProtocol {
    var droppingTrailingSpaces: SubSequence {
        guard let last = lastIndex(where: { $0 != " " && $0 != "\t" }) else { return prefix(0) }
        return self[...last]
    }
}
