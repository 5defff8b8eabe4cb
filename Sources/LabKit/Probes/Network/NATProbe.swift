// nat: is there a rule that rewrites where packets say they come from?

import KernelState
import Netlink
import StrictYAML

/// A rule of source NAT on the way out (hook postrouting): masquerade or SNAT, written by iptables (nf_tables or legacy) or by nft.
package struct NATProbe: Sendable, Equatable {
    package var network: NetworkPlace
    /// It rewrites packets from all of this prefix.
    package var source: String
    /// It rewrites packets that leave by this link.
    package var link: String?
}

extension NATProbe: MappingDecodable {
    package static let shape = Shape(
        "natProbe", "Is there a rule of source NAT? By iptables (nf_tables or legacy) or nft.",
        [
            .required("source", .text, "It rewrites packets from all of this prefix."),
            .optional(
                "in", .networkPlace, "`node`, the one process that a selector picks, or a network namespace by name."),
            .optional("link", .text, "It rewrites packets that leave by this link."),
        ])

    package init(fields: Fields) {
        network = fields.optional("in") ?? .node
        source = fields.required("source")
        NetworkText.check(source, .prefix, "source", of: fields)
        link = fields.optional("link")
        LinkPlace.checkName("link", of: fields)
    }
}

extension NATProbe: Probe {
    package static let key = "nat"
    package static let asks = "is there a rule of source NAT for these packets?"
    package static let reads = "nf_tables and legacy iptables"
    package static let onlyReads = true

    package var refers: References { References(networks: [network]) }

    /// Whether packets really are rewritten, a `reach` probe says; this one says by which rule.
    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = words
        let source = try IPPrefix(parsing: self.source).network
        guard let sight = try look.network(network) else { return try look.absent(network, expected) }
        let nat = try NATState.read(in: sight.namespace)
        var leaving: Link?
        if let name = link {
            leaving = try NetworkState.read([.links], in: sight.namespace).link(name)
            guard leaving != nil else {
                return outcome(false, expected, "there is no \(name)", [], ["missing": name])
            }
        }
        let rules = nat.rules.filter { $0.rewritesSource && $0.concerns(source.family) }
        var verdict = NetworkVerdict()
        for rule in rules.prefix(5) {
            verdict.note("\(rule.backend) in \(sight.evidenceName)", rule.words)
        }
        if rules.isEmpty {
            let silent = NATBackend.allCases.filter { nat.missing[$0] == nil }.map(\.rawValue)
            verdict.note(
                "\(silent.joined(separator: ", ")) in \(sight.evidenceName)", "no rule that rewrites the source")
            verdict.fail("no rule rewrites the source", "none", "true")
            return verdict.outcome(expected, "")
        }
        // The rule that fits best says what is wrong: first by its hook, then by its source, then by its link.
        let met = rules.filter { $0.bases.contains { $0.hook == .postrouting } }
        // A rule for some packets of a source only is none for the others; one for packets to the source itself is for none that leave.
        let hooked = met.filter { $0.transport == nil && !$0.staysWithin(source) }
        func leaves(_ conditions: NATConditions) -> Bool {
            guard let leaving else { return true }
            return conditions.outInterface.map { $0.contains(leaving) } ?? true
        }
        let fitting = hooked.filter { $0.source.map { $0.contains(source) } ?? true }
        var leavingBy = fitting.filter { leaves($0.conditions) }
        // Several rules may share what one would do.
        let parts = hooked.filter { leaves($0.conditions) && $0.source?.isNegated == false }
        if leavingBy.isEmpty, source.isCovered(by: parts.flatMap { $0.source?.values ?? [] }) { leavingBy = parts }
        // What a rule before it takes away is for another to rewrite.
        func missed(_ rule: NATRule) -> IPPrefix? {
            rule.exempt.filter { $0.areOfSourceOnly && leaves($0) }.flatMap { $0.excluded(of: source) }.first {
                prefix in
                !prefix.isCovered(by: parts.filter { $0.exempt.isEmpty }.flatMap { $0.source?.values ?? [] })
            }
        }
        let reached = leavingBy.filter { missed($0) == nil }
        if hooked.isEmpty, let partial = met.first(where: { $0.transport != nil }) {
            let shown = partial.transport.map { "\($0)" } ?? ""
            verdict.fail("it is for packets of \(shown) only", "transport", shown)
        } else if hooked.isEmpty, let inward = met.first {
            let shown = inward.destination.map { "\($0)" } ?? ""
            verdict.fail("it is for packets to \(shown)", "destination", shown)
        } else if hooked.isEmpty {
            verdict.fail("packets on their way out do not meet it", "hook", rules[0].hook.map { "\($0)" } ?? "none")
        } else if fitting.isEmpty, leavingBy.isEmpty {
            let shown = hooked[0].source.map { "\($0)" } ?? ""
            verdict.fail("it is for packets from \(shown)", "source", shown)
        } else if leavingBy.isEmpty {
            let shown = fitting[0].outInterface.map { "\($0)" } ?? ""
            verdict.fail("it is for packets that leave by \(shown)", "link", shown)
        } else if reached.isEmpty, let lost = leavingBy.lazy.compactMap(missed).first {
            verdict.fail("a rule before it lets packets from \(lost) go as they are", "exempt", "\(lost)")
        }
        return verdict.outcome(expected, reached.prefix(5).map(\.words).joined(separator: "; "))
    }
}

extension NATConditions {
    /// Nothing is asked but from where a packet comes and by which link it leaves.
    fileprivate var areOfSourceOnly: Bool {
        destination == nil && inInterface == nil && transport == nil && sourcePorts == nil && destinationPorts == nil
            && other.isEmpty
    }

    /// The part of a prefix for which they hold.
    fileprivate func excluded(of prefix: IPPrefix) -> [IPPrefix] {
        guard let source else { return [prefix] }
        // Which part that is of one from which others are taken out needs no answer: it is none, or some.
        if source.isNegated { return prefix.isCovered(by: source.values) ? [] : [prefix] }
        return source.values.compactMap { value in
            value.contains(prefix) ? prefix : prefix.contains(value) ? value : nil
        }
    }
}

extension NATMatch<IPPrefix> {
    /// Every address of the prefix fits.
    func contains(_ prefix: IPPrefix) -> Bool {
        isNegated
            ? !values.contains { $0.contains(prefix) || prefix.contains($0) } : prefix.isCovered(by: values)
    }
}

extension NATMatch<InterfacePattern> {
    func contains(_ link: Link) -> Bool {
        values.contains { $0.matches(name: link.name, index: UInt32(bitPattern: link.index)) } != isNegated
    }
}

extension NATRule {
    var rewritesSource: Bool {
        switch action {
        case .masquerade, .snat: true
        case .dnat, .redirect: false
        }
    }

    /// Whether it is only for packets that go to where they come from.
    fileprivate func staysWithin(_ source: IPPrefix) -> Bool {
        guard let destination, !destination.isNegated else { return false }
        return destination.values.allSatisfy(source.contains)
    }

    func concerns(_ family: IPAddress.Family) -> Bool {
        self.family == .inet || self.family == (family == .v4 ? .ipv4 : .ipv6)
    }

    /// `nat POSTROUTING (postrouting): from 10.244.1.0/24, out by ! br0: masquerade, 1 packets`
    var words: String {
        var conditions: [String] = []
        if let source { conditions.append("from \(source)") }
        if let destination { conditions.append("to \(destination)") }
        if let outInterface { conditions.append("out by \(outInterface)") }
        if let transport { conditions.append("\(transport)") }
        conditions += otherConditions
        let act =
            switch action {
            case .masquerade: "masquerade"
            case .snat(let target): "snat to \(target.address.map { "\($0)" } ?? target.map ?? "several")"
            case .dnat: "dnat"
            case .redirect: "redirect"
            }
        let count = packets.map { ", \($0) packets" } ?? ""
        let hooks = bases.map { "\($0.hook)" }.joined(separator: " ")
        return "\(table) \(chain) (\(hooks.isEmpty ? "never reached" : hooks)): "
            + (conditions.isEmpty ? "all" : conditions.joined(separator: ", ")) + ": \(act)\(count)"
    }
}

extension NATProbe {
    /// For "expected".
    var words: String {
        "in \(network.words), a rule that rewrites the source of packets from \(source)"
            + (link.map { " that leave by \($0)" } ?? "")
    }
}
