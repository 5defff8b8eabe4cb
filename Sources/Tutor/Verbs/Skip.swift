// `skip`: having a step done.

import LabKit

extension Verb {
    static let skip = Verb(
        "skip", summary: "have this step done for you and go on",
        help:
            "Does this step for you and goes on: in your playground where its shell is still where the step began, else in a fresh one, "
            + "in which the steps before are done for you too. The step counts as skipped, not as done."
    ) { shell, _ in
        if try shell.tutorial.skip() { shell.arrive() } else { shell.sayLabEnds(skipped: true) }
    }
}
