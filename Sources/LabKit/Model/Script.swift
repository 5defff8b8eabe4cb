// Lines to type into a playground, cut by step: a solution, a mutant, a submission.

/// One line as it will be typed, and where it stands in its file.
package struct TypedLine: Sendable, Equatable {
    package var text: String
    /// From 1; of the line that it was made from, where it stands in no script.
    package var line: Int

    package init(text: String, line: Int) {
        self.text = text
        self.line = line
    }
}

/// The part of a script between one `# step: ID` line and the next.
package struct ScriptStep: Sendable, Equatable {
    package var id: String
    /// Line of the `# step:` line, from 1.
    package var line: Int
    package var lines: [TypedLine]
    /// From an `# answer: TEXT` line: what the learner answers at an answer step.
    package var answer: String?
}

/// A file of shell lines. Typed line by line; never run as a program.
package struct Script: Sendable, Equatable {
    /// Lines above the first `# step:` line; all lines when there is none.
    package var preamble: [TypedLine] = []
    package var steps: [ScriptStep] = []

    /// Whether the file is cut by step lines. One that is not is typed whole, and then all is checked.
    package var isCut: Bool { !steps.isEmpty }

    package func step(_ id: String) -> ScriptStep? { steps.first { $0.id == id } }
}
