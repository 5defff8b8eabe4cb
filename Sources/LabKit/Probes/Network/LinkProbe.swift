// link: what is this network interface, and where does its other end come out?

import KernelState
import Netlink
import StrictYAML
import Text

/// A link of a network namespace, as rtnetlink(7) tells of it. All that is given must hold.
package struct LinkProbe: Sendable, Equatable {
    package var link: LinkPlace
    package var exists = true
    /// `veth`, `bridge`, `dummy` … (IFLA_INFO_KIND).
    package var kind: String?
    /// Set up by someone *and* able to carry packets (operational state up, or unknown, which lo always says).
    package var up: Bool?
    /// The other end of the cable, told by index and by namespace, from both sides.
    package var peer: LinkPlace?
    /// The bridge that it is a port of, in the same namespace.
    package var master: String?
    /// The namespace has this link and no other.
    package var alone: Bool?
}

extension LinkProbe: MappingDecodable {
    package static let shape = Shape(
        "linkProbe", "What is this link, and where does its other end come out? All that is given must hold.",
        [
            .required("name", .text, "Of the link."),
            .optional(
                "in", .networkPlace, "`node`, the one process that a selector picks, or a network namespace by name."),
            .optional("exists", .truth, default: true),
            .optional("kind", .text, "veth, bridge, dummy …"),
            .optional("up", .truth, "Set up, and able to carry packets."),
            .optional("peer", .mapping("linkPlace"), "The other end of the cable, by index and namespace."),
            .optional("master", .text, "The bridge that it is a port of."),
            .optional("alone", .truth, "The namespace has this link and no other."),
        ])

    package init(fields: Fields) {
        link = LinkPlace(network: fields.optional("in") ?? .node, name: fields.required("name"))
        LinkPlace.checkName("name", of: fields)
        exists = fields.truth("exists")
        kind = fields.optional("kind")
        up = fields.optional("up")
        peer = fields.optional("peer")
        master = fields.optional("master")
        LinkPlace.checkName("master", of: fields)
        alone = fields.optional("alone")
        if !exists {
            for key in ["kind", "up", "peer", "master", "alone"] where fields.has(key) {
                fields.reader.error("'\(key)' does not go with 'exists: false'", at: fields.place(key))
            }
        }
    }
}

extension LinkProbe: Probe {
    package static let key = "link"
    package static let asks = "what is this network interface, and where does its other end come out?"
    package static let reads = "rtnetlink(7), from both sides"
    package static let onlyReads = true

    package var refers: References { References(networks: [link.network] + [peer?.network].compactMap { $0 }) }

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = words
        guard let sight = try look.network(self.link.network) else {
            return try look.absent(self.link.network, expected)
        }
        guard let other = try look.network(self.peer?.network ?? self.link.network) else {
            return try look.absent(self.peer?.network ?? self.link.network, expected)
        }
        let candidates = NetworkNamespaceSet(descriptors: [
            sight.namespace.descriptor, other.namespace.descriptor,
        ])
        let state = try NetworkState.read([.links], in: sight.namespace, peers: candidates)
        let source = "RTM_GETLINK in \(sight.evidenceName)"
        guard let link = state.link(self.link.name) else {
            let others = state.links.map(\.name).joined(separator: " ")
            return outcome(
                !exists, expected, "there is no \(self.link.name)",
                [Evidence(source: terminalSafe(source), value: terminalSafe("links: \(others)"))],
                exists ? ["missing": self.link.name] : [:])
        }
        var verdict = NetworkVerdict()
        verdict.note(source, state.summary(of: link))
        if !exists {
            verdict.fail("\(self.link.name) is there", "there", self.link.name)
        }
        if let kind, link.kind != kind {
            verdict.fail("it is \(link.kind.map { "a \($0)" } ?? "of no kind")", "kind", link.kind ?? "none")
        }
        if up == true {
            if !link.isUp {
                verdict.fail("it is down", "down", link.name)
            } else if !link.hasCarrier {
                verdict.fail("it is up, and carries nothing", "carrier", link.name)
            }
        } else if up == false, link.isUp {
            verdict.fail("it is up", "up", link.name)
        }
        if let master {
            let actual = link.master.flatMap { state.link(index: $0)?.name }
            if actual != master {
                verdict.fail(
                    actual.map { "it is a port of \($0)" } ?? "it is a port of nothing", "master", actual ?? "none")
            }
        }
        if alone == true, state.links.count > 1 {
            let others = state.links.map(\.name).filter { $0 != link.name }
            verdict.note(source, "other links: " + others.joined(separator: " "))
            verdict.fail("\(others.joined(separator: ", ")) is there, too", "others", others[0])
        }
        if let peer {
            try hold(link, of: state, to: peer, in: other, candidates, &verdict)
        }
        return verdict.outcome(expected, "\(self.link.name): as expected")
    }

    /// Both ends must name each other: an index alone says little, because every namespace counts its own.
    private func hold(
        _ link: Link, of state: NetworkState, to peer: LinkPlace, in other: borrowing NetworkSight,
        _ candidates: NetworkNamespaceSet, _ verdict: inout NetworkVerdict
    ) throws {
        guard let index = link.peerIndex, let place = state.peerNamespace(of: link) else {
            return link.peerIndex == nil
                ? verdict.fail("it has no other end", "peer", "none")
                : verdict.fail("its other end is somewhere else", "peer", "elsewhere")
        }
        let there = try NetworkState.read([.links], in: other.namespace, peers: candidates)
        guard let end = there.link(peer.name) else {
            verdict.note("RTM_GETLINK in \(other.evidenceName)", "no \(peer.name)")
            return verdict.fail(
                "there is no \(peer.words)", "peer", place == state.namespace ? "same" : "missing")
        }
        verdict.note("RTM_GETLINK in \(other.evidenceName)", there.summary(of: end))
        guard place == there.namespace, index == end.index, end.peerIndex == link.index,
            there.peerNamespace(of: end) == state.namespace
        else {
            return verdict.fail(
                "its other end is another link", "peer",
                place == state.namespace && place != there.namespace ? "same" : "other")
        }
    }
}

extension LinkProbe {
    /// For "expected".
    var words: String {
        guard exists else { return "there is no \(link.words)" }
        var parts: [String] = []
        if let kind { parts.append("a \(kind)") }
        if let up { parts.append(up ? "up" : "down") }
        if let master { parts.append("a port of \(master)") }
        if let peer { parts.append("wired to \(peer.words)") }
        if alone == true { parts.append("the only link there") }
        return link.words + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
    }
}
