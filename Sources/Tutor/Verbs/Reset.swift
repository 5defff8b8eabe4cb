// `reset`: a fresh playground.

import LabKit

extension Verb {
    static let reset = Verb(
        "reset", summary: "a fresh playground at this step",
        help:
            "Ends everything that runs in your playground, throws its files away, and begins this step in a fresh one. The steps "
            + "before it are done for you."
    ) { shell, _ in
        try shell.tutorial.reset()
        shell.say(shell.screen.ok("A fresh playground. The steps before this one have been done for you."))
    }
}
