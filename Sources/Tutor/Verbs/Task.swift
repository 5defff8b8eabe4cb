// `task`: what the step asks for.

import LabKit
import Text

extension Verb {
    static let task = Verb(
        "task", summary: "what this step asks of you",
        help: "Shows again, in short, what this step asks of you, what is checked, and which variables the lab has set."
    ) { shell, _ in
        try shell.showTask()
    }
}

extension TutorialShell {
    fileprivate func showTask() throws {
        let (_, step) = try tutorial.current()
        say(screen.marked(.open, step.task))
        for check in step.checks { say(screen.text("  · \(check.title)")) }
        if let question = step.question {
            say(screen.note("This step asks for an answer: `answer \(question.format ?? "VALUE")`."))
        }
        if let values = tutorial.attempt?.values.environment, !values.isEmpty {
            let list = values.sorted { $0.key < $1.key }.map { "`$\($0.key)` is `\(terminalSafe($0.value))`" }
            say(screen.note("In the node's shell \(list.joined(separator: ", "))."))
        }
    }
}
