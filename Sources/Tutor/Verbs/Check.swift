// `check`: asking the kernel.

import LabKit

extension Verb {
    static let check = Verb(
        "check", summary: "ask the kernel whether the step is done",
        help:
            "Looks at the kernel and tells which checks of this step hold, and for those that do not, what was expected, "
            + "what is, and where that was read; what to type is told when all hints were. A check changes nothing; use it as often as you like. Some steps ask "
            + "you to be *inside* a box while you check."
    ) { shell, _ in
        try shell.check()
    }
}

extension TutorialShell {
    fileprivate func check() throws {
        let result = try tutorial.check()
        show(result)
        remember(ExitCode(result.checks.map(\.status)))
        if result.status == .pass {
            say(screen.ok("This step is done. `next` goes on."))
        } else if let message = try tutorial.brokenScene() {
            say(screen.note("\(message) Type `reset` for a fresh playground at this step."))
        } else if !tutorial.hasShownHints {
            say(screen.note("`hint` gives the next thought."))
        }
    }
}
