// The looks that the tutorial shell takes by itself, after each line that a learner types.

/// What a tutor has seen of one playground: which steps were done at some moment.
package struct Attention {
    /// They stay done, whatever has become of them since.
    package private(set) var seenDone: Set<String> = []

    package init() {}

    /// - Parameter steps: those that were done before anybody could look.
    package init(done steps: some Sequence<Step>) { seenDone = Set(steps.map(\.id)) }

    package func hasSeen(_ step: Step) -> Bool { seenDone.contains(step.id) }

    package mutating func note(_ step: Step) { seenDone.insert(step.id) }

    /// Looks at a step, once more when it is done: then only where looking changes nothing.
    /// - Returns: how its checks stand; nil where not all were looked at.
    package mutating func look(at step: Step, of attempt: Attempt) -> StepResult? {
        if hasSeen(step), !step.checks.allSatisfy({ $0.kind == .edge || $0.probe.onlyReads }) { return nil }
        guard let result = attempt.glance(at: step) else { return nil }
        if result.status == .pass { note(step) }
        return result
    }
}
