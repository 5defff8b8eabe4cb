// Grading one submission: each script typed into a fresh playground, each step judged.

import Foundation
import LabKit
import SystemPackage

/// Grades submissions against the labs of a catalog.
package struct Grader {
    package let labs: [Lab]
    package let surroundings: Surroundings
    /// The course's seed; a learner's own is drawn from it and the learner's name. Nil: every variable has its default.
    package let courseSeed: String?
    /// Seconds that one typed line may take.
    package var patience: Double = 30

    package init(labs: [Lab], surroundings: Surroundings, courseSeed: String?) {
        self.labs = labs
        self.surroundings = surroundings
        self.courseSeed = courseSeed
    }

    package func seed(for learner: String) -> String? { courseSeed.map { "\($0):\(learner)" } }

    /// The results of all labs that the submission has a script for, or of the labs named.
    package func grade(_ submission: SubmissionFolder, labs wanted: [Lab]? = nil) -> [LabResult] {
        let handedIn = labs.filter { submission.scripts[$0.id] != nil || submission.unreadable[$0.id] != nil }
        return (wanted ?? handedIn).map { lab in
            if let reason = submission.unreadable[lab.id] {
                return LabResult(lab: lab, nothingMeasured: .error, reason: "\(lab.id).sh: \(reason)")
            }
            return grade(lab, in: submission)
        }
    }

    private func grade(_ lab: Lab, in submission: SubmissionFolder) -> LabResult {
        let start = ContinuousClock.now
        let steps: [StepResult]
        do {
            steps = try judged(lab, submission)
        } catch {
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            return LabResult(lab: lab, nothingMeasured: .error, reason: "\(error)", seconds: seconds)
        }
        return LabResult(
            id: lab.id, title: lab.title, steps: steps, seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func judged(_ lab: Lab, _ folder: SubmissionFolder) throws -> [StepResult] {
        let file = "\(lab.id).sh"
        let (submission, diagnostics) = Submission.parse(folder.scripts[lab.id] ?? "", file: file, lab: lab)
        if let first = diagnostics.first(where: { $0.severity == .error }) { throw first }
        let attempt = try Attempt(lab: lab, seed: seed(for: folder.learner), in: surroundings)
        defer { attempt.end() }
        func answer(_ step: Step) -> String? {
            folder.answers["\(lab.id)/\(step.id)"] ?? submission.script.step(step.id)?.answer
        }
        if submission.script.isCut {
            return try attempt.lab.steps.map { step in
                let run = try attempt.run(
                    step, lines: submission.lines(for: step.id) ?? [], answer: answer(step), seconds: patience)
                return run.result.explained(by: run.trouble)
            }
        }
        try attempt.beginAll()
        var trouble: String?
        do {
            _ = try attempt.type(submission.script.preamble, seconds: patience)
        } catch {
            trouble = "\(error)"
        }
        for step in attempt.lab.steps {
            if let text = answer(step) { try attempt.answer(text, to: step) }
        }
        return attempt.lab.steps.map { attempt.check($0).explained(by: trouble) }
    }
}

extension StepResult {
    /// Says with every check that failed that the lines could not all be typed.
    fileprivate func explained(by trouble: String?) -> StepResult {
        guard let trouble else { return self }
        var copy = self
        for index in copy.checks.indices where copy.checks[index].status == .fail {
            copy.checks[index].evidence.append(Evidence(source: "typing the submission", value: trouble))
        }
        return copy
    }
}
