// Which hint comes next.

extension Step {
    /// The hints still to be shown, best first, as places in `hints`: those whose condition was met, in the order of the
    /// file, then the plain ones. Hints whose condition was not met are held back.
    package func hints(for results: [CheckResult], shown: Set<Int> = []) -> [Int] {
        let byReference = Dictionary(results.map { ($0.reference, $0) }, uniquingKeysWith: { _, last in last })
        let waiting = hints.indices.filter { !shown.contains($0) }
        let fitting = waiting.filter { index in
            guard let when = hints[index].when, let result = byReference[when.check] else { return false }
            return when.condition.holds(for: result)
        }
        return fitting + waiting.filter { hints[$0].when == nil }
    }
}

extension Hint.Condition {
    func holds(for result: CheckResult) -> Bool {
        switch self {
        case .status(let status): result.status == status
        case .observed(let key, nil): result.observed[key] != nil
        case .observed(let key, .some(let value)): result.observed[key] == value
        }
    }
}
