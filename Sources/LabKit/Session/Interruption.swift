// What is said at the start when the run before ended without `quit`: a crash, a kill, a closed window, a reboot.

import Playgrounds

/// A learner's session whose podlab is gone.
package struct Interruption: Equatable, Sendable {
    package let lab: String
    package let step: String
    /// The steps before it, whose solutions are typed again.
    package let replayed: [String]

    /// - Parameter removed: the session folders that were just taken away because nobody owned them any more.
    /// - Returns: nil when none of them was where the learner is, with the learner's own values: verifications and graded submissions
    ///   have session folders too.
    package init?(_ removed: [SessionFolder.Removed], progress: CourseProgress, labs: [Lab]) {
        guard let id = progress.currentLab, let own = progress.labs[id], let step = own.currentStep,
            let lab = labs.first(where: { $0.id == id }),
            let index = lab.steps.firstIndex(where: { $0.id == step }),
            removed.contains(where: { $0.lab == id && $0.step == step && $0.seed != nil && $0.seed == own.seed })
        else { return nil }
        self.lab = id
        self.step = step
        replayed = lab.steps[..<index].map(\.id)
    }

    /// Markdown.
    package var text: String {
        let again =
            switch replayed.count {
            case 0: ""
            case 1: "; the solution of the step before it (`\(replayed[0])`) is typed for you first"
            default:
                "; the solutions of the steps before it (\(replayed.map { "`\($0)`" }.joined(separator: ", "))) are typed for"
                    + " you first"
            }
        return
            "The last run ended without `quit`, in \(lab) at the step `\(step)`, and its playground with it. `start` goes on"
            + " there in a fresh one, with the same values\(again)."
    }
}
