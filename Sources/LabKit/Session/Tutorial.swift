// A learner's way through the labs: which lab and step, what is finished, which hints were shown. The tutorial shell and the
// commands stand on it.

import FoundationEssentials
import Glibc
import KernelState
import Playgrounds
import SystemPackage
import Terminals
import Text

/// What a front end must say when a verb cannot be done.
package enum TutorialError: Error, CustomStringConvertible {
    case noLab
    case unknownStep(String, lab: String, steps: [String])
    case noSuchStepNumber(Int, lab: String, steps: [String])
    case noSolution(step: String)
    case playgroundEnded
    case replayFailed(step: String, reason: String)

    package var description: String {
        switch self {
        case .noLab: "no lab is started: type `start 1`, or `labs` for the list"
        case .unknownStep(let step, let lab, let steps):
            terminalSafe("\(lab) has no step '\(step)'; its steps are: \(steps.joined(separator: ", "))")
        case .noSuchStepNumber(let number, let lab, let steps):
            terminalSafe("\(lab) has no step \(number); it has \(steps.count): \(steps.joined(separator: ", "))")
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
    /// What was seen of this playground.
    private var attention = Attention()
    /// How many steps from the first one on podlab itself has done in this playground, and who waited at the terminal then: the lines of
    /// the next step's solution can be typed there, and nowhere else.
    private var replayed: (steps: Int, place: ProcessIdentity?) = (0, nil)
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

    /// Whether the current step was seen done, in this playground or in an earlier one: then it stays done.
    package var isDone: Bool { step.map { attention.hasSeen($0) || isFinished($0) } ?? false }

    /// The place of a step that is named by its word or by its number, as the headings count them.
    package func stepIndex(of name: String) throws(TutorialError) -> Int {
        guard let lab = attempt?.lab else { throw .noLab }
        return try Self.index(of: name, in: lab)
    }

    private static func index(of name: String, in lab: Lab) throws(TutorialError) -> Int {
        if let index = lab.steps.firstIndex(where: { $0.id == name }) { return index }
        guard let number = Int(name) else {
            throw .unknownStep(name, lab: lab.id, steps: lab.steps.map(\.id))
        }
        guard lab.steps.indices.contains(number - 1) else {
            throw .noSuchStepNumber(number, lab: lab.id, steps: lab.steps.map(\.id))
        }
        return number - 1
    }

    // MARK: Verbs

    /// Starts a lab in a fresh playground: at `step`, else where the learner goes on, else at the first step. The state of the steps
    /// before it is rebuilt by typing their solutions.
    package func start(_ query: String, step: String? = nil) throws {
        let lab = try catalog.lab(query)
        let known = progress.labs[lab.id]
        let seed = known?.seed ?? Self.newSeed()
        let named = try step.map { name throws(TutorialError) in try Self.index(of: name, in: lab) }
        let index = named ?? Self.goesOn(lab, known)
        try open(lab, seed: seed, at: index)
        if index > 0 { notices.append(Self.rebuilt(lab.steps[..<index])) }
        if named == nil, known?.isFinished(lab) == true {
            notices.append(
                "You have done every step of this lab: it begins anew. `goto \(lab.steps.count)` goes to its last step."
            )
        }
        change { progress in
            progress.currentLab = lab.id
            var own = progress.labs[lab.id] ?? LabProgress(seed: seed)
            own.currentStep = lab.steps[index].id
            progress.labs[lab.id] = own
        }
    }

    /// Where `start` without a lab goes on; nil for who has begun none.
    package var goesOn: (lab: String, step: String)? {
        guard let id = progress.currentLab, let lab = catalog.labs.first(where: { $0.id == id }),
            let known = progress.labs[id], known.currentStep != nil
        else { return nil }
        return (id, lab.steps[Self.goesOn(lab, known)].id)
    }

    /// Where somebody goes on who was here before: at their step, behind it if that is done, from the beginning if all is.
    private static func goesOn(_ lab: Lab, _ known: LabProgress?) -> Int {
        guard let known, !known.isFinished(lab),
            let index = lab.steps.firstIndex(where: { $0.id == known.currentStep })
        else { return 0 }
        let isDone = known.finishedSteps[lab.steps[index].id] != nil
        return isDone && index + 1 < lab.steps.count ? index + 1 : index
    }

    private static func rebuilt(_ steps: ArraySlice<Step>) -> String {
        let names = steps.map { "`\($0.id)`" }
        let list =
            names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
        return
            "This is a fresh playground, with \(list) done for you: what you had built yourself is not in it, and its shell stands "
            + "where the solution of `\(steps.last?.id ?? "")` ends."
    }

    /// A fresh playground at the current step.
    package func reset() throws {
        guard let attempt, let lab = catalog.labs.first(where: { $0.id == attempt.lab.id }) else {
            throw TutorialError.noLab
        }
        try open(lab, seed: attempt.seed, at: stepIndex)
    }

    package func go(to step: String) throws { try move(to: stepIndex(of: step)) }

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
        let (attempt, _) = try current()
        guard stepIndex + 1 < attempt.lab.steps.count else {
            try doSteps(stepIndex...stepIndex)
            return false
        }
        return try next()
    }

    /// Judges the current step and remembers a finished one.
    package func check() throws -> StepResult {
        let (attempt, step) = try current()
        let result = attempt.check(step)
        lastResult = result
        if result.status == .pass { attention.note(step) }
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
        guard let (attempt, step) = try? current() else { return nil }
        let wasDone = attention.hasSeen(step)
        // What was done may be undone by now, and the prompt shows what is.
        guard let result = attention.look(at: step, of: attempt) else { return nil }
        if wasDone { lastResult = result }
        guard !wasDone, result.status == .pass else { return nil }
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

    /// What the answer of the current step is worth; nil when there is none yet.
    package func verdictOnAnswer() throws -> AnswerVerdict? {
        let (attempt, step) = try current()
        return attempt.verdict(onAnswerTo: step)
    }

    /// Whether every hint of the current step was shown.
    package var hasShownHints: Bool {
        guard let attempt, let step else { return false }
        let shown = progress.labs[attempt.lab.id]?.hintsShown[step.id] ?? []
        return shown.count >= step.hints.count
    }

    /// The next hint, chosen by what the kernel says now; the answer at the end; nil when all were shown.
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

    /// A playground in place of the one there is, which stays if the new one cannot be had.
    private func open(_ lab: Lab, seed: String?, at index: Int) throws {
        let fresh: Attempt
        do {
            fresh = try attempt(at: lab, seed: seed)
        } catch  where attempt != nil {
            // What the learner's processes have used up may be in the way.
            attempt?.end()
            attempt = nil
            fresh = try attempt(at: lab, seed: seed)
        }
        do {
            for step in fresh.lab.steps[..<index] { try replay(step, in: fresh) }
            try fresh.begin(fresh.lab.steps[index])
        } catch {
            fresh.end()
            throw error
        }
        attempt?.end()
        attempt = fresh
        stepIndex = index
        lastResult = nil
        attention = Attention(done: fresh.lab.steps[..<index])
        replayed = (index, fresh.shell.typist.place)
        if let notice = try MissingTools(of: lab, in: surroundings.courseRoot).notice {
            notices.append("\(lab.id): \(notice)")
        }
        if lab.requirements.contains(.images),
            let problem = NodeProgram.problem ?? NodeImages(beside: surroundings.courseRoot).problem
        {
            notices.append("\(lab.id): \(problem)")
        }
    }

    private func attempt(at lab: Lab, seed: String?) throws -> Attempt {
        try Attempt(lab: lab, seed: seed, in: surroundings, terminal: terminal, rows: size.rows, columns: size.columns)
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
        // What the shell has to say of jobs that have ended, it says before its next prompt, and not to the learner.
        attempt.shell.typist.letShellReport()
    }

    /// Does those steps of a range that are not done yet, so that what comes after them can be worked on. The lines of a solution go on
    /// where those of the step before have ended: where the learner's shell is not there, a fresh playground is made.
    private func doSteps(_ range: ClosedRange<Int>) throws {
        let (attempt, _) = try current()
        let open = range.filter { index in
            let step = attempt.lab.steps[index]
            return !attention.hasSeen(step) && attempt.check(step).status != .pass
        }
        guard let last = open.last else { return }
        if open.first == replayed.steps, open.count == last - replayed.steps + 1, let place = replayed.place,
            place == attempt.shell.typist.place, (try? open.forEach { try redo($0, in: attempt) }) != nil
        {
            return
        }
        guard let lab = catalog.labs.first(where: { $0.id == attempt.lab.id }) else { throw TutorialError.noLab }
        let index = min(range.upperBound + 1, lab.steps.count - 1)
        try self.open(lab, seed: attempt.seed, at: index)
        // The last step has none behind it.
        if index == range.upperBound, let fresh = self.attempt { try redo(index, in: fresh) }
        notices.append(Self.rebuilt(lab.steps[...range.upperBound]))
    }

    private func redo(_ index: Int, in attempt: Attempt) throws {
        try replay(attempt.lab.steps[index], in: attempt)
        attention.note(attempt.lab.steps[index])
        replayed = (index + 1, attempt.shell.typist.place)
    }

    private func move(to index: Int) throws {
        _ = try current()
        if index > stepIndex { try doSteps(stepIndex...(index - 1)) }
        let (attempt, _) = try current()
        stepIndex = index
        let step = attempt.lab.steps[index]
        try attempt.begin(step)
        lastResult = nil
        if attention.hasSeen(step) {
            lastResult = attempt.check(step)
            notices.append("This step was done in this playground. `reset` gives a fresh one in which it is not.")
        }
        change { $0.labs[attempt.lab.id]?.currentStep = step.id }
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
