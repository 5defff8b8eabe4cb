// lesson.md as a value: its sections and the console blocks that must be true.

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
    package var commands: [Command]
}
