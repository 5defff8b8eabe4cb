// `hint`: hints.

import LabKit

extension Verb {
    static let hint = Verb(
        "hint", summary: "the next hint; each says more than the last",
        help:
            "Shows one more hint for this step, the answer last. What the last `check` found decides which hint comes first."
    ) { shell, _ in
        try shell.hint()
    }
}

extension TutorialShell {
    fileprivate func hint() throws {
        guard let hint = try tutorial.hint() else {
            say(
                screen.note(
                    "There is no further hint. `check` says what to type for what does not hold, `solution` shows all commands."
                ))
            return
        }
        say(screen.note("Hint \(hint.number) of \(hint.of): \(hint.text)"))
    }
}
