// From which base chains the packets come that a chain sees.

/// Follows jumps from base chains. Chains are named by any key.
struct NATBases<Chain: Hashable & Sendable> {
    private var reached: [Chain: [NATBase]] = [:]

    /// - Parameters:
    ///   - roots: the base chains, in the order in which they are to be named.
    ///   - jumps: for each chain those that its rules lead to. Circles end.
    init(roots: [(Chain, NATBase)], jumps: [(Chain, [Chain])]) {
        let next = Dictionary(jumps, uniquingKeysWith: +)
        for (root, base) in roots {
            var seen: Set<Chain> = [root]
            var waiting = [root]
            while let chain = waiting.popLast() {
                reached[chain, default: []].append(base)
                for target in next[chain] ?? [] where seen.insert(target).inserted { waiting.append(target) }
            }
        }
    }

    func leading(to chain: Chain) -> [NATBase] { reached[chain] ?? [] }
}
