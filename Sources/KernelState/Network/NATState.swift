// All rules of a network namespace that translate addresses, whichever tool wrote them.

import Glibc
import Linux
import Netlink
import SystemPackage

/// The NAT rules of a network namespace at one moment.
package struct NATState: Sendable {
    /// nf_tables' rules first, then those of legacy iptables; in each chain in order.
    package var rules: [NATRule]
    /// What this kernel has not, and why it could not be asked. No error: such a kernel has no rules there either.
    package var missing: [NATBackend: String]

    /// Reads nf_tables and, where the namespace has them, the legacy tables named `nat`. Nothing is made by looking, with one
    /// exception: where the list of legacy tables may not be read, an empty table `nat` may be, in that namespace. That is so for
    /// an ordinary user and a network namespace that was made at once with its user namespace.
    package static func read(in namespace: borrowing NetworkNamespace) throws(KernelStateError) -> NATState {
        var state = NATState(rules: [], missing: [:])
        do throws(NetlinkError) {
            try state.addTables(in: namespace)
            try state.addLegacy(in: namespace)
        } catch {
            throw KernelStateError(error)
        }
        return state
    }

    private mutating func addTables(in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        do throws(NetlinkError) {
            var socket = try NetlinkSocket(.netfilter, in: namespace)
            rules += NATState.rules(in: try NFRuleset.read(&socket))
        } catch {
            // No such protocol, or no such subsystem in it.
            guard [EPROTONOSUPPORT, EINVAL, EOPNOTSUPP].contains(error.errno.rawValue) else { throw error }
            for backend in [NATBackend.nftables, .iptablesNft] {
                missing[backend] = "this kernel has no nf_tables (\(error))"
            }
        }
    }

    private mutating func addLegacy(in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        var isThere = false
        for family in [NetfilterFamily.ipv4, .ipv6] {
            let tables = try LegacySocket.tables(family, in: namespace)
            if case .none = tables { continue }
            isThere = true
            if case .named(let names) = tables, !names.contains("nat") { continue }
            if let table = try LegacySocket.table("nat", family, in: namespace) { rules += table.natRules }
        }
        if !isThere { missing[.iptablesLegacy] = "this kernel has no ip_tables, or nobody has used them yet" }
    }

    /// Those of nf_tables.
    static func rules(in ruleset: NFRuleset) -> [NATRule] {
        let bases = NATBases(ruleset)
        var places: [ChainName: Int] = [:]
        var exempt: [ChainName: [NATConditions]] = [:]
        return ruleset.rules.compactMap { rule in
            let chain = ChainName(family: rule.family, table: rule.table, chain: rule.chain)
            let place = places[chain, default: 0]
            places[chain] = place + 1
            if let conditions = NATDecoder.exit(rule, in: ruleset) { exempt[chain, default: []].append(conditions) }
            var found = NATDecoder.natRule(rule, place: place, bases: bases.leading(to: chain), in: ruleset)
            found?.exempt = exempt[chain] ?? []
            return found
        }
    }
}

/// Names a chain: chain names are unique in their table only.
struct ChainName: Hashable, Sendable {
    var family: NetfilterFamily
    var table: String
    var chain: String
}

extension NATBases<ChainName> {
    /// Jumps are verdicts of rules, and values of the maps that rules look into for a verdict.
    init(_ ruleset: NFRuleset) {
        let dormant = Set(
            ruleset.tables.filter(\.isDormant).map { ChainName(family: $0.family, table: $0.name, chain: "") })
        let roots = ruleset.chains.compactMap { chain -> (ChainName, NATBase)? in
            let table = ChainName(family: chain.family, table: chain.table, chain: "")
            guard let base = chain.base, !dormant.contains(table) else { return nil }
            return (
                ChainName(family: chain.family, table: chain.table, chain: chain.name),
                NATBase(chain: chain.name, hook: base.hook, priority: base.priority)
            )
        }
        let jumps = ruleset.rules.map { rule in
            let targets = rule.expressions.flatMap { expression -> [String] in
                switch expression {
                case .verdict(let verdict): return verdict.chain.map { [$0] } ?? []
                case .lookup(let lookup) where lookup.to == .verdict:
                    let name = NFRuleset.SetName(family: rule.family, table: rule.table, name: lookup.set)
                    return ruleset.sets[name]?.elements.compactMap { element in
                        if case .verdict(let verdict)? = element.value { verdict.chain } else { nil }
                    } ?? []
                default: return []
                }
            }
            return (
                ChainName(family: rule.family, table: rule.table, chain: rule.chain),
                targets.map { ChainName(family: rule.family, table: rule.table, chain: $0) }
            )
        }
        self.init(roots: roots, jumps: jumps)
    }
}
