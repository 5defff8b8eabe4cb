// `goto`: going to any step.

import LabKit

extension Verb {
    static let goto = Verb(
        "goto", .one("STEP"), summary: "go to a step of this lab",
        help:
            "Goes to a step of this lab, by its word or its number: `goto enter`, `goto 3`. The steps before it, if you have not done "
            + "them, are done for you.",
        words: .steps
    ) { shell, arguments in
        try shell.tutorial.go(to: arguments.words[0])
        shell.arrive()
    }
}
