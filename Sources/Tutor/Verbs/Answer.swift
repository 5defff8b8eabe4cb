// `answer`: handing in a fact.

import Playgrounds
import LabKit
import Text

extension Verb {
    static let answer = Verb(
        "answer", .text("VALUE"), summary: "hand in a fact that the step asks for",
        help:
            "Some steps ask for a fact: `answer VALUE`. The value is expanded as the playground's shell would do it, so "
            + "`answer $(stat -c '%d:%i' /)` hands in what `stat` prints."
    ) { shell, arguments in
        try shell.answer(arguments.text)
    }
}

extension TutorialShell {
    /// A value that the playground's shell must expand is handed in by the shell; any other is taken as it is.
    fileprivate func answer(_ text: String) throws {
        let (attempt, step) = try tutorial.current()
        guard step.asksForAnswer else {
            say(screen.note("This step asks for no answer. `task` shows what it asks for."))
            return
        }
        if text.contains("$") || text.contains("`") {
            guard case .waiting(_, isShell: true) = attempt.shell.typist.reader() else {
                say(
                    screen.failed(
                        "Another program has the terminal: leave it with `exit`, or answer with the plain value."))
                return
            }
            type("answer \(text)")
        } else {
            try tutorial.answer(text)
            say(screen.text("answer noted: \(terminalSafe(text))"))
            let done = tutorial.glance() != nil
            tellAnswer()
            if done { say(screen.ok("This step is done. `next` goes on.")) }
        }
    }
}
