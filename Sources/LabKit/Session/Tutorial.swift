// A learner's way through the labs: which lab and step, what is finished, which hints were shown. The tutorial shell and the
// commands stand on it.

import Foundation
import SystemPackage

/// What a front end must say when a verb cannot be done.
package enum TutorialError: Error, CustomStringConvertible {
    case noLab
    case unknownStep(String, lab: String, steps: [String])
    case noSolution(step: String)
    case playgroundEnded
    case replayFailed(step: String, reason: String)

    package var description: String {
        switch self {
        case .noLab: "no lab is started: type `start 1`, or `labs` for the list"
        case .unknownStep(let step, let lab, let steps):
            terminalSafe("\(lab) has no step '\(step)'; its steps are: \(steps.joined(separator: ", "))")
        case .noSolution(let step): "there is no solution for step \(step)"
        case .playgroundEnded: "the playground has ended: type `reset` for a fresh one"
        case .replayFailed(let step, let reason):
            "the state after step \(step) could not be rebuilt: \(terminalSafe(reason))"
        }
    }
}

/// The state behind the verbs. Not thread-safe: one front end drives it.
package final class Tutorial {
    package let catalog: LabCatalog
    package let surroundings: Surroundings
    package let store: ProgressStore
    package private(set) var progress: Progress
    package private(set) var attempt: Attempt?
    package private(set) var stepIndex = 0
    /// The newest judgement of the current step.
    package private(set) var lastResult: StepResult?
    /// What the learner must be told: progress that cannot be saved, a broken progress file.
    package private(set) var notices: [String] = []
    private let terminal: String
    private var size: (rows: UInt16, columns: UInt16)

    package init(
        catalog: LabCatalog, surroundings: Surroundings, store: ProgressStore, terminal: String,
        rows: UInt16 = 24, columns: UInt16 = 120
    ) {
        self.catalog = catalog
        self.surroundings = surroundings
        self.store = store
        self.terminal = terminal
        size = (rows, columns)
        do {
            let loaded = try store.load()
            progress = loaded.progress
            if let notice = loaded.notice { notices.append(notice) }
        } catch {
            progress = Progress()
            notices.append("\(error)")
        }
    }

    /// Something that the learner must be told at the next opportunity.
    package func note(_ text: String) { notices.append(text) }

    package func takeNotices() -> [String] {
        defer { notices = [] }
        return notices
    }

    // MARK: Where the learner is

    package var lab: Lab? { attempt?.lab }
    package var step: Step? { attempt.map { $0.lab.steps[stepIndex] } }

    package func current() throws(TutorialError) -> (attempt: Attempt, step: Step) {
        guard let attempt else { throw .noLab }
        guard attempt.playground.node.isAlive else { throw .playgroundEnded }
        return (attempt, attempt.lab.steps[stepIndex])
    }

    /// The lesson text of the current step.
    package var lessonSection: LessonSection? {
        guard let attempt, attempt.lab.lesson.sections.indices.contains(stepIndex) else { return nil }
        return attempt.lab.lesson.sections[stepIndex]
    }

    package func isFinished(_ step: Step) -> Bool {
        guard let lab = attempt?.lab else { return false }
        return progress.labs[lab.id]?.finishedSteps[step.id] != nil
    }

    // MARK: Verbs

    /// Starts a lab in a fresh playground: at `step`, else where the learner was, else at the first step. The state of the steps
    /// before it is rebuilt by typing their solutions.
    package func start(_ query: String, step: String? = nil) throws {
        let lab = try catalog.lab(query)
        let known = progress.labs[lab.id]
        let seed = known?.seed ?? Self.newSeed()
        let wanted = step ?? known?.currentStep ?? lab.steps[0].id
        guard let index = lab.steps.firstIndex(where: { $0.id == wanted }) else {
            throw TutorialError.unknownStep(wanted, lab: lab.id, steps: lab.steps.map(\.id))
        }
        try open(lab, seed: seed, at: index)
        change { progress in
            progress.currentLab = lab.id
            var own = progress.labs[lab.id] ?? LabProgress(seed: seed)
            own.currentStep = wanted
            progress.labs[lab.id] = own
        }
    }

    /// A fresh playground at the current step.
    package func reset() throws {
        guard let attempt, let lab = catalog.labs.first(where: { $0.id == attempt.lab.id }) else {
            throw TutorialError.noLab
        }
        try open(lab, seed: attempt.seed, at: stepIndex)
    }

    package func go(to step: String) throws {
        guard let lab = attempt?.lab else { throw TutorialError.noLab }
        guard let index = lab.steps.firstIndex(where: { $0.id == step }) else {
            throw TutorialError.unknownStep(step, lab: lab.id, steps: lab.steps.map(\.id))
        }
        try move(to: index)
    }

    /// - Returns: false at the last step.
    package func next() throws -> Bool {
        let (attempt, _) = try current()
        guard stepIndex + 1 < attempt.lab.steps.count else { return false }
        try move(to: stepIndex + 1)
        return true
    }

    /// - Returns: false at the first step.
    package func back() throws -> Bool {
        _ = try current()
        guard stepIndex > 0 else { return false }
        try move(to: stepIndex - 1)
        return true
    }

    /// Does the current step for the learner and goes on to the next one.
    /// - Returns: false when it was the last.
    package func skip() throws -> Bool {
        let (attempt, step) = try current()
        if attempt.check(step).status != .pass { try replay(step, in: attempt) }
        return try next()
    }

    /// Judges the current step and remembers a finished one.
    package func check() throws -> StepResult {
        let (attempt, step) = try current()
        let result = attempt.check(step)
        lastResult = result
        change { progress in
            var own = progress.labs[attempt.lab.id] ?? LabProgress(seed: attempt.seed ?? "")
            own.attempts[step.id, default: 0] += 1
            if result.status == .pass, own.finishedSteps[step.id] == nil { own.finishedSteps[step.id] = Date() }
            progress.labs[attempt.lab.id] = own
        }
        return result
    }

    /// Looks without being asked: the result if the current step has just become done, else nil. Counts as no attempt.
    package func glance() -> StepResult? {
        guard let (attempt, step) = try? current(), lastResult?.status != .pass else { return nil }
        let result = attempt.check(step)
        guard result.status == .pass else { return nil }
        lastResult = result
        change { progress in
            guard progress.labs[attempt.lab.id]?.finishedSteps[step.id] == nil else { return }
            progress.labs[attempt.lab.id]?.finishedSteps[step.id] = Date()
        }
        return result
    }

    /// Why the step cannot be finished any more, if it cannot.
    package func brokenScene() throws -> String? {
        let (attempt, step) = try current()
        return attempt.brokenScene(step)
    }

    package func answer(_ text: String) throws {
        let (attempt, step) = try current()
        try attempt.answer(text, to: step)
        change { progress in
            var own = progress.labs[attempt.lab.id] ?? LabProgress(seed: attempt.seed ?? "")
            own.answers[step.id] = text
            progress.labs[attempt.lab.id] = own
        }
    }

    /// The next hint, chosen by what the kernel says now; nil when all were shown.
    package func hint() throws -> (text: String, number: Int, of: Int)? {
        let (attempt, step) = try current()
        let result = attempt.check(step)
        let shown = progress.labs[attempt.lab.id]?.hintsShown[step.id] ?? []
        guard let index = step.hints(for: result.checks, shown: shown).first else { return nil }
        change { progress in
            var own = progress.labs[attempt.lab.id] ?? LabProgress(seed: attempt.seed ?? "")
            own.hintsShown[step.id, default: []].insert(index)
            progress.labs[attempt.lab.id] = own
        }
        return (step.hints[index].text, shown.count + 1, step.hints.count)
    }

    /// The lines that solve the current step.
    package func solution() throws -> ScriptStep {
        let (attempt, step) = try current()
        guard let script = attempt.lab.solution.step(step.id) else { throw TutorialError.noSolution(step: step.id) }
        return script
    }

    /// Ends the playground.
    package func end() {
        attempt?.end()
        attempt = nil
    }

    // MARK: Parts

    private func open(_ lab: Lab, seed: String?, at index: Int) throws {
        attempt?.end()
        attempt = nil
        let fresh = try Attempt(
            lab: lab, seed: seed, in: surroundings, terminal: terminal, rows: size.rows, columns: size.columns)
        do {
            for step in fresh.lab.steps[..<index] { try replay(step, in: fresh) }
            try fresh.begin(fresh.lab.steps[index])
        } catch {
            fresh.end()
            throw error
        }
        attempt = fresh
        stepIndex = index
        lastResult = nil
        if let notice = try MissingTools(of: lab, in: surroundings.courseRoot).notice {
            notices.append("\(lab.id): \(notice)")
        }
        if lab.requirements.contains(.images),
            let problem = NodeProgram.problem ?? NodeImages(beside: surroundings.courseRoot).problem
        {
            notices.append("\(lab.id): \(problem)")
        }
    }

    private func replay(_ step: Step, in attempt: Attempt) throws {
        guard let script = attempt.lab.solution.step(step.id) else { throw TutorialError.noSolution(step: step.id) }
        try attempt.begin(step)
        if let answer = script.answer { try attempt.answer(answer, to: step) }
        do {
            _ = try attempt.type(script.lines)
        } catch {
            throw TutorialError.replayFailed(step: step.id, reason: "\(error)")
        }
        let result = attempt.check(step)
        if let check = result.checks.first(where: { $0.status != .pass }) {
            throw TutorialError.replayFailed(
                step: step.id, reason: "\(check.reference): \(check.actual ?? check.reason ?? "")")
        }
    }

    private func move(to index: Int) throws {
        let (attempt, _) = try current()
        // What the steps between left undone is done for the learner, so that the new step can be worked on.
        if index > stepIndex {
            for step in attempt.lab.steps[stepIndex..<index] where attempt.check(step).status != .pass {
                try replay(step, in: attempt)
            }
        }
        stepIndex = index
        lastResult = nil
        try attempt.begin(attempt.lab.steps[index])
        change { $0.labs[attempt.lab.id]?.currentStep = attempt.lab.steps[index].id }
    }

    /// Changes the progress, in memory at any rate.
    private func change(_ change: (inout Progress) -> Void) {
        change(&progress)
        do {
            try store.update(change)
        } catch {
            let notice = "\(error)"
            if !notices.contains(notice) { notices.append(notice) }
        }
    }

    /// Eight hexadecimal digits.
    private static func newSeed() -> String {
        let text = String(UInt32.random(in: 0 ... .max), radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }

    package func resize(rows: UInt16, columns: UInt16) {
        size = (rows, columns)
        attempt?.shell.typist.terminal.resize(rows: rows, columns: columns)
    }
}
