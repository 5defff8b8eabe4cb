// The order in which checks are judged, and what a failed one does to those that need it.

/// The checks of one step or of several, with their needs.
package struct CheckGraph: Sendable {
    /// What is wrong with the needs of a lab's checks.
    package enum Problem: Sendable, Equatable {
        /// The check needs one that does not exist.
        case dangling(CheckReference, need: CheckReference)
        /// The check needs one of a later step.
        case later(CheckReference, need: CheckReference)
        /// Each of these needs the next, and the last the first.
        case cycle([CheckReference])
    }

    private let checks: [Check]

    package init(_ checks: [Check]) { self.checks = checks }

    /// Every problem in the needs of a lab's checks.
    package static func problems(in steps: [Step]) -> [Problem] {
        var problems: [Problem] = []
        let places = Dictionary(
            steps.enumerated().flatMap { place, step in step.checks.map { ($0.reference, place) } },
            uniquingKeysWith: { first, _ in first })
        for (place, step) in steps.enumerated() {
            for check in step.checks {
                for need in check.needs {
                    switch places[need] {
                    case nil: problems.append(.dangling(check.reference, need: need))
                    case .some(let other) where other > place:
                        problems.append(.later(check.reference, need: need))
                    default: break
                    }
                }
            }
            problems += CheckGraph(step.checks).cycles.map(Problem.cycle)
        }
        return problems
    }

    /// The checks so that each comes after those it needs, otherwise in the order given. Checks on a cycle, or behind
    /// one, are left out.
    package var order: [Check] {
        var placed: Set<CheckReference> = []
        var rest = checks
        var result: [Check] = []
        let known = Set(checks.map(\.reference))
        while let index = rest.firstIndex(where: { $0.needs.allSatisfy { placed.contains($0) || !known.contains($0) } })
        {
            let check = rest.remove(at: index)
            placed.insert(check.reference)
            result.append(check)
        }
        return result
    }

    /// A check and those that it needs, by whatever detour, in the order given.
    package func needed(for reference: CheckReference) -> [Check] {
        let byReference = Dictionary(checks.map { ($0.reference, $0) }, uniquingKeysWith: { first, _ in first })
        var wanted: Set<CheckReference> = []
        var open = [reference]
        while let next = open.popLast() {
            if wanted.insert(next).inserted { open += byReference[next]?.needs ?? [] }
        }
        return checks.filter { wanted.contains($0.reference) }
    }

    /// The cycles among the checks, each once, starting at its first check in the order given.
    var cycles: [[CheckReference]] {
        let needs = Dictionary(checks.map { ($0.reference, $0.needs) }, uniquingKeysWith: { first, _ in first })
        var found: [[CheckReference]] = []
        var done: Set<CheckReference> = []

        func visit(_ reference: CheckReference, path: [CheckReference]) {
            if let start = path.firstIndex(of: reference) {
                found.append(Array(path[start...]))
                return
            }
            guard !done.contains(reference) else { return }
            for need in needs[reference] ?? [] { visit(need, path: path + [reference]) }
            done.insert(reference)
        }
        for check in checks { visit(check.reference, path: []) }
        return found
    }

    /// Judges every check, needed ones first, and answers in the order given.
    ///
    /// A check one of whose needs did not pass is not evaluated: it is a *skip* that names the check at fault. A need
    /// outside the graph counts by its status in `earlier`; one that is not there is not held against the learner,
    /// because the order of the steps asked for it already.
    package func run(
        earlier: [CheckReference: Status] = [:], evaluate: (Check) -> ProbeOutcome
    ) -> [CheckResult] {
        var results: [CheckReference: CheckResult] = [:]
        var blockers: [CheckReference: Blocker] = [:]
        let clock = ContinuousClock()
        for check in order {
            let blocker = check.needs.lazy.compactMap { need -> Blocker? in
                guard let status = results[need]?.status ?? earlier[need], status != .pass else { return nil }
                return blockers[need] ?? Blocker(reference: need, status: status, reason: results[need]?.reason)
            }.first
            if let blocker {
                blockers[check.reference] = blocker
                results[check.reference] = CheckResult(
                    check: check, outcome: ProbeOutcome(status: .skip, reason: blocker.sentence(for: check)),
                    seconds: 0)
                continue
            }
            let start = clock.now
            let outcome = evaluate(check)
            results[check.reference] = CheckResult(
                check: check, outcome: outcome, seconds: (clock.now - start) / .seconds(1))
        }
        return checks.map { check in
            results[check.reference]
                ?? CheckResult(
                    check: check, outcome: ProbeOutcome(status: .error, reason: "its needs go round in a circle"),
                    seconds: 0)
        }
    }

    /// The check at the root of a skip.
    private struct Blocker {
        var reference: CheckReference
        var status: Status
        var reason: String?

        func sentence(for check: Check) -> String {
            let name = reference.step == check.reference.step ? reference.check : reference.description
            switch status {
            case .error: return "needs \(name), which could not be judged"
            case .skip: return "needs \(name), which was skipped" + (reason.map { ": \($0)" } ?? "")
            case .fail, .pass: return "needs \(name), which failed"
            }
        }
    }
}
