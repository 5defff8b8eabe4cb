// Grading one submission: each script typed into a fresh playground, each step judged, all of it in bounded time.

import LabKit
import Playgrounds
import StrictYAML

/// Grades submissions against the labs of a catalog.
package struct Grader {
    package let labs: [Lab]
    package let surroundings: Surroundings
    /// The course's seed; a learner's own is drawn from it and the learner's name. Nil: every variable has its default.
    package let courseSeed: String?
    package var limits = GradingLimits()

    package init(labs: [Lab], surroundings: Surroundings, courseSeed: String?) {
        self.labs = labs
        self.surroundings = surroundings
        self.courseSeed = courseSeed
    }

    /// What a learner's variables are drawn from; nil: they have their defaults.
    package static func seed(course: String?, learner: String) -> String? { course.map { "\($0):\(learner)" } }

    /// The labs that are judged: those named, else those that the submission has a script or an answer for.
    package func labs(of submission: SubmissionFolder, wanted: [Lab]?) -> [Lab] {
        wanted ?? labs.filter { submission.isHandedIn($0.id) }
    }

    /// The results of all labs that the submission has something for, or of the labs named.
    package func grade(_ submission: SubmissionFolder, labs wanted: [Lab]? = nil) -> [LabResult] {
        var results: [LabResult] = []
        grade(submission, labs: wanted) { results.append($0) }
        return results
    }

    /// The same, one after another as soon as each is there.
    package func grade(
        _ submission: SubmissionFolder, labs wanted: [Lab]?, onResult: (LabResult) throws -> Void
    ) rethrows {
        let whole = TimeLimit(.submission, seconds: limits.submission)
        for lab in labs(of: submission, wanted: wanted) { try onResult(grade(lab, in: submission, within: whole)) }
    }

    private func grade(_ lab: Lab, in submission: SubmissionFolder, within whole: TimeLimit) -> LabResult {
        if let reason = submission.unreadable[lab.id] {
            return LabResult(lab: lab, nothingMeasured: .error, reason: reason)
        }
        if let over = [whole].over { return LabResult(lab: lab, nothingMeasured: .error, reason: over.notJudged) }
        let start = ContinuousClock.now
        let steps: [StepResult]
        do {
            steps = try judged(lab, submission, within: [TimeLimit(.lab, seconds: limits.lab), whole])
        } catch {
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            return LabResult(lab: lab, nothingMeasured: .error, reason: "\(error)", seconds: seconds)
        }
        return LabResult(
            id: lab.id, title: lab.title, steps: steps, seconds: (ContinuousClock.now - start) / .seconds(1))
    }

    private func judged(_ lab: Lab, _ folder: SubmissionFolder, within outer: [TimeLimit]) throws -> [StepResult] {
        let file = folder.files[lab.id] ?? "\(lab.id).sh"
        let (submission, diagnostics) = Submission.parse(folder.scripts[lab.id] ?? "", file: file, lab: lab)
        if let first = diagnostics.first(where: { $0.severity == .error }) { throw first }
        let attempt = try Attempt(
            lab: lab, seed: Self.seed(course: courseSeed, learner: folder.learner), in: surroundings)
        defer { attempt.end() }
        func answer(_ step: Step) -> String? {
            folder.answers["\(lab.id)/\(step.id)"] ?? submission.script.step(step.id)?.answer
        }
        /// What is not judged before a lab or a submission is out of time is not judged at all.
        func judge(_ step: Step, _ trouble: String?) -> StepResult {
            attempt.check(step) { outer.over?.notJudged }.explained(by: trouble)
        }
        if submission.script.isCut {
            return attempt.lab.steps.map { step in
                // What was judged before stays judged.
                do {
                    if outer.over == nil { try attempt.begin(step) }
                    let all = outer + [TimeLimit(.step, seconds: limits.step)]
                    let typed = attempt.type(
                        submission.lines(for: step.id) ?? [], patience: limits.line, within: all, keepingOutput: false)
                    // The last answer counts: one handed in beside the script goes before one that the script types.
                    if let text = answer(step) { try attempt.answer(text, to: step) }
                    return judge(step, typed.trouble)
                } catch {
                    return StepResult(step, unjudged: "\(error)")
                }
            }
        }
        try attempt.beginAll()
        let typed = attempt.type(submission.script.preamble, patience: limits.line, within: outer, keepingOutput: false)
        for step in attempt.lab.steps {
            if let text = answer(step) { try attempt.answer(text, to: step) }
        }
        return attempt.lab.steps.map { judge($0, typed.trouble) }
    }
}

extension TimeLimit {
    /// Why something is an error and not a fail.
    var notJudged: String { "not judged, and nothing scored: \(words)" }
}

extension StepResult {
    /// Nothing of the step could be looked at.
    fileprivate init(_ step: Step, unjudged reason: String) {
        self.init(
            id: step.id,
            checks: step.checks.map {
                CheckResult(check: $0, outcome: ProbeOutcome(status: .error, reason: reason), seconds: 0)
            })
    }

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
