// `back`: going back.

import LabKit

extension Verb {
    static let back = Verb(
        "back", summary: "return to the step before",
        help: "Returns to the step before. What you did stays as it is."
    ) { shell, _ in
        if try shell.tutorial.back() {
            shell.arrive()
        } else {
            shell.say(shell.screen.note("This is the first step."))
        }
    }
}
