// lesson.md as a value: its sections and the console blocks that must be true.

import Text

/// The text of a lab, one section for each step.
package struct Lesson: Sendable, Equatable {
    package var title: String
    /// What stands before the first section.
    package var introduction: String
    package var sections: [LessonSection]
}

package struct LessonSection: Sendable, Equatable {
    package var title: String
    /// Line of the heading, from 1.
    package var line: Int
    /// Markdown below the heading, console blocks included.
    package var text: String
    package var consoleBlocks: [ConsoleBlock]
}

extension LessonSection {
    /// The lines that begin and end what is for some kinds of machine only. On a code host they cannot be seen.
    private static let opening = "<!-- only: "
    private static let closing = "<!-- end -->"
    /// What must be true before the next console block is typed. A person sees it; no page shows it.
    private static let waiting = "<!-- wait:"

    /// The text without what is for other kinds of machine: between `<!-- only: WORD, WORD -->` and `<!-- end -->`, and console
    /// blocks with `only=`.
    package func text(for machine: MachineWords) -> String {
        var lines: [Substring] = []
        var isShown = true
        var hidden: CodeFence?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let fence = hidden {
                if fence.isClosed(by: line) { hidden = nil }
            } else if let words = Self.words(of: line) {
                isShown = machine.fit(words)
            } else if line == Self.closing {
                isShown = true
            } else if Self.condition(of: line) != nil {
                continue
            } else if let fence = CodeFence(line), let words = Self.only(fence), !machine.fit(words) {
                hidden = fence
            } else if isShown {
                lines.append(line)
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The words of an opening line; nil for any other line.
    static func words(of line: some StringProtocol) -> [String]? {
        guard line.hasPrefix(opening), line.hasSuffix("-->") else { return nil }
        return line.dropFirst(opening.count).dropLast(3).split(separator: ",").map { String($0).trimmingWhiteSpace }
    }

    /// The command of a waiting line; nil for any other line.
    static func condition(of line: some StringProtocol) -> String? {
        guard line.hasPrefix(waiting), line.hasSuffix("-->") else { return nil }
        return String(line.dropFirst(waiting.count).dropLast(3)).trimmingWhiteSpace
    }

    /// The kinds of machine that a console block is for; nil for one that is for all, and for other code.
    private static func only(_ fence: CodeFence) -> [String]? {
        let words = fence.words
        guard words.first == "console" else { return nil }
        let kinds = words.filter { $0.hasPrefix("only=") }
        return kinds.isEmpty ? nil : kinds.flatMap { $0.dropFirst(5).split(separator: ",").map(String.init) }
    }
}

/// A fenced block with the info word `console`: prompt lines and what they print.
package struct ConsoleBlock: Sendable, Equatable {
    package struct Command: Sendable, Equatable {
        /// As written, such as `node#` or `bash-5.2#`.
        package var prompt: String
        /// The lines to type: the prompt line and its continuation lines.
        package var typed: [String]
        /// Line of the prompt in lesson.md, from 1.
        package var line: Int
        /// Patterns of the lines it prints; see `OutputPattern`.
        package var expected: [String]
    }

    /// Line of the opening fence, from 1.
    package var line: Int
    /// `only=WORD`: kinds of machine for which the block is true; any machine when empty.
    package var only: [String]
    /// `skip`: shown, never run.
    package var skip: Bool
    /// Commands that must succeed before the block is typed, with their lines in lesson.md: the proof waits for that.
    package var waits: [Wait] = []
    package var commands: [Command]

    package struct Wait: Sendable, Equatable {
        package var condition: String
        package var line: Int
    }
}
