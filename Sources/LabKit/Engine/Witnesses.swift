// Several processes may fit a selector, and the learner means one of them: which one is found by trying.

import KernelState
import Playgrounds

/// Who stands for a selector. "A bash in a network namespace of its own" is one process, the same for every check of a step that speaks
/// of it, and it need not be the first that fits: an earlier try may have been left running beside it.
struct Witnesses {
    /// By its place among those that fit, in ascending order of numbers on the host; the first where nothing is said.
    fileprivate var choices: [Selector: Int] = [:]
    /// The selectors that several processes fit, and how many, in the order in which they were met.
    fileprivate var contested: [(selector: Selector, count: Int)] = []
    /// Those that stand for one process in some check.
    fileprivate var subjects: Set<Selector> = []
    /// Those that several fit, and that another selector has named before it was known that they stand for one.
    fileprivate var unbound: Set<Selector> = []
    /// What the check at hand has asked for.
    fileprivate var asked: Set<Selector> = []
    /// What checks came to, and with whom.
    fileprivate var known: [CheckReference: [(with: [Selector: Int], outcome: ProbeOutcome)]] = [:]

    /// More are not tried: somebody may have started hundreds that fit.
    fileprivate static let mostTrials = 64
    /// Nor for longer than this after the first.
    fileprivate static let patience = Duration.seconds(3)

    /// The next combination; false: all were tried.
    fileprivate mutating func advance() -> Bool {
        for (selector, count) in contested {
            let next = (choices[selector] ?? 0) + 1
            if next < count {
                choices[selector] = next
                return true
            }
            choices[selector] = 0
        }
        return false
    }

    /// Who is chosen, of those that were asked for.
    fileprivate var chosen: [Selector: Int] {
        Dictionary(uniqueKeysWithValues: asked.filter(isContested).map { ($0, choices[$0] ?? 0) })
    }

    private func isContested(_ selector: Selector) -> Bool { contested.contains { $0.selector == selector } }
}

extension Judge {
    /// The process that stands for a selector; nil: none fits.
    func one(_ selector: Selector) throws(KernelStateError) -> ProcessState? {
        witnesses.subjects.insert(selector)
        let found = try select(selector)
        note(selector, found.count)
        return found.isEmpty ? nil : found[min(witnesses.choices[selector] ?? 0, found.count - 1)]
    }

    /// The process that stands for a place; nil: none fits.
    func process(at place: Place) throws(KernelStateError) -> ProcessID? {
        switch place {
        case .node: node.initProcess.pid
        case .process(let selector): try one(selector)?.pid
        }
    }

    /// Whom a selector that stands in another one means: all that fit, or the one that stands for it in the checks at hand.
    func meant(by selector: Selector) throws(KernelStateError) -> [ProcessState] {
        if witnesses.subjects.contains(selector) { return try one(selector).map { [$0] } ?? [] }
        let found = try select(selector)
        if found.count > 1 { witnesses.unbound.insert(selector) }
        return found
    }

    private func note(_ selector: Selector, _ count: Int) {
        guard count > 1 else { return }
        witnesses.asked.insert(selector)
        if !witnesses.contested.contains(where: { $0.selector == selector }) {
            witnesses.contested.append((selector, count))
        }
    }

    /// What the checks of a step come to when some one process stands for each selector, the same in all of them. Of several choices the
    /// first counts that leaves nothing to be desired, else the one that is worth most.
    /// - Parameters:
    ///   - trial: judges with those who are chosen.
    ///   - worth: whether a result can be no better, and what it is worth.
    func trying<Result>(_ trial: () -> Result, worth: (Result) -> (isBest: Bool, points: Int)) -> Result {
        witnesses = Witnesses()
        func settled() -> Result {
            let result = trial()
            guard !witnesses.unbound.isDisjoint(with: witnesses.subjects) else { return result }
            // What was meant by all of them is meant by one.
            witnesses.unbound = []
            witnesses.known = [:]
            return trial()
        }
        var best = settled()
        var (isBest, points) = worth(best)
        let deadline = ContinuousClock.now + Witnesses.patience
        var trials = 1
        while !isBest, trials < Witnesses.mostTrials, ContinuousClock.now < deadline, witnesses.advance() {
            let result = settled()
            let value = worth(result)
            if value.isBest || value.points > points {
                best = result
                (isBest, points) = value
            }
            trials += 1
        }
        return best
    }

    /// `evaluateOnce`, or what it came to with the same processes before.
    func outcome(of check: Check) -> ProbeOutcome {
        for (with, outcome) in witnesses.known[check.reference] ?? []
        where with.allSatisfy({ witnesses.choices[$0.key] ?? 0 == $0.value }) {
            return outcome
        }
        witnesses.asked = []
        let outcome = evaluateOnce(check.probe.base)
        witnesses.known[check.reference, default: []].append((witnesses.chosen, outcome))
        return outcome
    }

    /// What a probe comes to, whoever of several makes it hold. What podlab could not find out is an *error* with its reason, never a
    /// *fail*.
    package func evaluate(_ probe: any Probe) -> ProbeOutcome {
        trying {
            evaluateOnce(probe)
        } worth: {
            ($0.status != .fail, 0)
        }
    }
}
