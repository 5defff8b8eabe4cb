// `demo`: the solution, done in a terminal of its own.

import LabKit
import Text

extension Verb {
    static let demo = Verb(
        "demo", summary: "see the step done, and what the kernel was asked",
        help:
            "Does this step before your eyes: as the shell commands that a person would type, and as the system calls "
            + "that the kernel sees."
    ) { shell, _ in
        try shell.demo()
    }
}

extension TutorialShell {
    fileprivate func demo() throws {
        let (attempt, step) = try tutorial.current()
        var shown: [UInt8] = []
        try attempt.playSolution(step) { shown += $0 }
        let text = String(decoding: shown, as: UTF8.self).replacing("\r\n", with: "\n")
        say(text.split(separator: "\n").map { terminalSafe(String($0)) })
        say(
            screen.note(
                "Done in a terminal of its own. `check` looks at what it made; `reset` gives a fresh playground."))
    }
}
