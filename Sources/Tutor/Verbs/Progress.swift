// `progress`: how far the lab is done.

import LabKit

extension Verb {
    static let progress = Verb(
        "progress", summary: "what is done in this lab",
        help: "Shows the steps of this lab with their checks, and your score."
    ) { shell, _ in
        try shell.showProgress()
    }
}

extension TutorialShell {
    fileprivate func showProgress() throws {
        guard let lab = tutorial.lab else {
            showLabs()
            return
        }
        for (index, step) in lab.steps.enumerated() {
            let here = index == tutorial.stepIndex ? " (you are here)" : ""
            say(screen.marked(tutorial.isFinished(step) ? .ok : .open, "\(step.id) · \(step.title)\(here)"))
        }
    }
}
