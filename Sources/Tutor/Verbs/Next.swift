// `next`: going on.

import LabKit

extension Verb {
    static let next = Verb(
        "next", summary: "go on to the next step",
        help:
            "Goes on to the next step, once the checks of this one have passed; what became of them since does not matter. `skip` goes "
            + "on without that."
    ) { shell, _ in
        try shell.next()
    }
}

extension TutorialShell {
    fileprivate func next() throws {
        _ = try tutorial.current()
        // What was done stays done, whatever the learner has made of it since.
        if !tutorial.isDone {
            let result = try tutorial.check()
            guard result.status == .pass else {
                show(result)
                say(screen.note("This step is not done yet. `hint` helps, `skip` does it for you."))
                return
            }
        }
        if try tutorial.next() { arrive() } else { sayLabEnds() }
    }
}
