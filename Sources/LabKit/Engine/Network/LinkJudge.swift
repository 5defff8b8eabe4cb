// link, address and route: what rtnetlink tells of a network namespace.

import KernelState
import Netlink
import Text

extension Judge {
    func judge(_ probe: LinkProbe) throws -> ProbeOutcome {
        let expected = probe.words
        guard let sight = try network(probe.link.network) else { return try absent(probe.link.network, expected) }
        guard let other = try network(probe.peer?.network ?? probe.link.network) else {
            return try absent(probe.peer?.network ?? probe.link.network, expected)
        }
        let candidates = NetworkNamespaceSet(descriptors: [
            sight.namespace.descriptor, other.namespace.descriptor,
        ])
        let state = try NetworkState.read([.links], in: sight.namespace, peers: candidates)
        let source = "RTM_GETLINK in \(sight.evidenceName)"
        guard let link = state.link(probe.link.name) else {
            let others = state.links.map(\.name).joined(separator: " ")
            return outcome(
                !probe.exists, expected, "there is no \(probe.link.name)",
                [Evidence(source: terminalSafe(source), value: terminalSafe("links: \(others)"))],
                probe.exists ? ["missing": probe.link.name] : [:])
        }
        var verdict = NetworkVerdict()
        verdict.note(source, state.summary(of: link))
        if !probe.exists {
            verdict.fail("\(probe.link.name) is there", "there", probe.link.name)
        }
        if let kind = probe.kind, link.kind != kind {
            verdict.fail("it is \(link.kind.map { "a \($0)" } ?? "of no kind")", "kind", link.kind ?? "none")
        }
        if probe.up == true {
            if !link.isUp {
                verdict.fail("it is down", "down", link.name)
            } else if !link.hasCarrier {
                verdict.fail("it is up, and carries nothing", "carrier", link.name)
            }
        } else if probe.up == false, link.isUp {
            verdict.fail("it is up", "up", link.name)
        }
        if let master = probe.master {
            let actual = link.master.flatMap { state.link(index: $0)?.name }
            if actual != master {
                verdict.fail(
                    actual.map { "it is a port of \($0)" } ?? "it is a port of nothing", "master", actual ?? "none")
            }
        }
        if probe.alone == true, state.links.count > 1 {
            let others = state.links.map(\.name).filter { $0 != link.name }
            verdict.note(source, "other links: " + others.joined(separator: " "))
            verdict.fail("\(others.joined(separator: ", ")) is there, too", "others", others[0])
        }
        if let peer = probe.peer {
            try hold(link, of: state, to: peer, in: other, candidates, &verdict)
        }
        return verdict.outcome(expected, "\(probe.link.name): as expected")
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

    func judge(_ probe: AddressProbe) throws -> ProbeOutcome {
        let expected = "\(probe.link.words) \(probe.exists ? "has" : "does not have") the address \(probe.address)"
        let wanted = try IPPrefix(parsing: probe.address)
        guard let sight = try network(probe.link.network) else { return try absent(probe.link.network, expected) }
        let state = try NetworkState.read([.links, .addresses], in: sight.namespace)
        let source = "RTM_GETADDR in \(sight.evidenceName)"
        guard let link = state.link(probe.link.name) else {
            return outcome(
                false, expected, "there is no \(probe.link.name)",
                [Evidence(source: terminalSafe(source), value: state.links.map(\.name).joined(separator: " "))],
                ["missing": probe.link.name])
        }
        var verdict = NetworkVerdict()
        let own = state.addresses(of: link)
        let list = own.map { "\($0.address)/\($0.prefixLength)" }.joined(separator: " ")
        verdict.note(source, "\(link.name): \(list.isEmpty ? "no address" : list)")
        if !probe.exists {
            if let there = own.first(where: { $0.address == wanted.address }) {
                verdict.fail("it has \(there.address)/\(there.prefixLength)", "there", "\(there.prefixLength)")
            }
        } else if !own.contains(where: { $0.prefix == wanted }) {
            if let near = own.first(where: { $0.address == wanted.address }) {
                verdict.fail("its prefix has the length \(near.prefixLength)", "prefix", "\(near.prefixLength)")
            } else if let far = state.addresses.first(where: { $0.address == wanted.address }) {
                let name = state.link(index: far.linkIndex)?.name ?? "link \(far.linkIndex)"
                verdict.note(source, "\(name): \(far.address)/\(far.prefixLength)")
                verdict.fail("\(name) has that address", "elsewhere", name)
            } else {
                verdict.fail(own.isEmpty ? "it has no address" : "it has \(list)", "none", list)
            }
        }
        return verdict.outcome(expected, list.isEmpty ? "it has no address" : list)
    }

    func judge(_ probe: RouteProbe) throws -> ProbeOutcome {
        let expected = probe.words
        let gateway = try probe.via.map { try IPAddress(parsing: $0) }
        let destination = probe.to == "default" ? nil : try IPPrefix(parsing: probe.to).network
        let family = destination?.family ?? gateway?.family ?? .v4
        guard let sight = try network(probe.network) else { return try absent(probe.network, expected) }
        let state = try NetworkState.read([.links, .routes], in: sight.namespace)
        let source = "RTM_GETROUTE in \(sight.evidenceName)"
        let main = state.routes.filter { $0.table == Route.mainTable && $0.family == family }
        let found = main.filter { $0.destination?.network == destination && $0.kind == .unicast }
        var verdict = NetworkVerdict()
        // Of several the one with the smallest metric is taken.
        guard let route = found.min(by: { $0.metric < $1.metric }) else {
            let others = main.map { state.summary(of: $0) }.joined(separator: "; ")
            verdict.note(source, others.isEmpty ? "no route" : others)
            verdict.fail("there is no route to \(probe.to)", "none", probe.to)
            return verdict.outcome(expected, "")
        }
        verdict.note(source, state.summary(of: route))
        if let gateway, route.gateway != gateway {
            verdict.fail(
                route.gateway.map { "it goes via \($0)" } ?? "it has no gateway", "via",
                route.gateway.map { "\($0)" } ?? "none")
        }
        let name = route.outInterface.flatMap { state.link(index: $0)?.name }
        if let link = probe.link, name != link {
            verdict.fail("it leaves by \(name ?? "no link")", "link", name ?? "none")
        }
        return verdict.outcome(expected, state.summary(of: route))
    }

    func absent(_ place: NetworkPlace, _ expected: String) throws -> ProbeOutcome {
        if case .place(let place) = place { return try nobody(at: place, expected) }
        return outcome(false, expected, "there is no \(place.words)", [], ["absent": place.words])
    }
}

/// What was read, and what of it is not as it should be.
struct NetworkVerdict {
    private var wrong: [String] = []
    private var evidence: [Evidence] = []
    private var observed: [String: String] = [:]

    var holds: Bool { wrong.isEmpty }

    mutating func note(_ source: String, _ value: String) {
        evidence.append(Evidence(source: terminalSafe(source), value: terminalSafe(value)))
    }

    mutating func fail(_ words: String, _ key: String, _ value: String) {
        wrong.append(words)
        observed[key] = value
    }

    func outcome(_ expected: String, _ asExpected: String) -> ProbeOutcome {
        ProbeOutcome(
            status: wrong.isEmpty ? .pass : .fail, expected: expected,
            actual: terminalSafe(wrong.isEmpty ? asExpected : wrong.joined(separator: ", ")), evidence: evidence,
            observed: observed)
    }
}

extension NetworkState {
    /// `2: eth0, veth, up, other end 3 in net:[4026532183]`
    func summary(of link: Link) -> String {
        var words = ["\(link.index): \(link.name)"]
        if let kind = link.kind { words.append(kind) }
        words.append(link.isUp ? (link.hasCarrier ? "up" : "up, no carrier") : "down")
        if let master = link.master { words.append("port of \(self.link(index: master)?.name ?? "\(master)")") }
        if let index = link.peerIndex {
            words.append("other end \(index) in \(peerNamespace(of: link).map { "\($0)" } ?? "another namespace")")
        }
        return words.joined(separator: ", ")
    }

    /// The route of the main table that packets to an address take: the longest prefix, and of several the smallest metric.
    func route(to address: IPAddress) -> Route? {
        routes.filter { route in
            route.table == Route.mainTable && route.family == address.family
                && route.destination.map { $0.contains(address) } ?? true
        }.min {
            let (a, b) = ($0.destination?.length ?? 0, $1.destination?.length ?? 0)
            return a != b ? a > b : $0.metric < $1.metric
        }
    }

    /// `default via 10.244.1.1 dev eth0`
    func summary(of route: Route) -> String {
        var text = route.destination.map { "\($0)" } ?? "default"
        if let gateway = route.gateway { text += " via \(gateway)" }
        if let index = route.outInterface { text += " dev \(link(index: index)?.name ?? "\(index)")" }
        return text
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

extension RouteProbe {
    var words: String {
        var text = "in \(network.words), a route to \(to)"
        if let via { text += " via \(via)" }
        if let link { text += " by \(link)" }
        return text
    }
}
