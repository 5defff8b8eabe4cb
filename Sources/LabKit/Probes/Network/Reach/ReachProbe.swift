// reach: does a packet that is sent here arrive there, and from whom does it seem to come?

import Glibc
import KernelState
import Netlink
import StrictYAML
import SystemPackage
import Text

/// Packets that podlab really sends, from a socket in one network namespace to a socket in another, with an answer back.
package struct ReachProbe: Sendable, Equatable {
    package enum Transport: String, Sendable, CaseIterable {
        /// A datagram there and one back. See udp(7).
        case udp
        /// A connection, and a byte each way. See tcp(7).
        case tcp
        /// An echo request, which the kernel there answers. See icmp(7).
        case icmp
    }

    /// How long, in milliseconds, and how often it is tried meanwhile.
    package static let patience = 50...10_000
    package static let defaultPatience = 250

    package var from: NetworkPlace
    package var to: NetworkPlace
    /// Where the packets are sent: an address of `to`, or one that leads there.
    package var address: String
    package var transport: Transport
    /// The address that the receiver must see as the sender's.
    package var seenAs: String?
    /// Links whose packet counters, received and sent, must rise meanwhile.
    package var counted: [LinkPlace]
    /// Milliseconds, for all tries together.
    package var patience: Int
}

extension ReachProbe.Transport: Keyword {
    package static var placeholder: ReachProbe.Transport { .udp }
}

extension ReachProbe: MappingDecodable {
    package static let shape = Shape(
        "reachProbe",
        "Does a packet that is sent here arrive there, and does the answer come back? Packets are really sent.",
        [
            .required(
                "from", .networkPlace,
                "Where the sender's socket is: `node`, the one process that a selector picks, or a network namespace by name."
            ),
            .required(
                "to", .networkPlace,
                "Where the receiver's socket is: `node`, the one process that a selector picks, or a network namespace by name."
            ),
            .required("address", .text, "Where the packets are sent."),
            .optional("transport", .word("transport")),
            .optional("seenAs", .text, "The address that the receiver must see as the sender's."),
            .optional("counted", .list(.mapping("linkPlace")), "Links whose packet counters must rise meanwhile."),
            .optional(
                "patience", .integer(ReachProbe.patience), default: .number(ReachProbe.defaultPatience),
                "Milliseconds, for all tries together."),
        ])

    package init(fields: Fields) {
        from = fields.required("from")
        to = fields.required("to")
        address = fields.required("address")
        NetworkText.check(address, .address, "address", of: fields)
        transport = fields.optional("transport") ?? .udp
        seenAs = fields.optional("seenAs")
        if let seenAs { NetworkText.check(seenAs, .address, "seenAs", of: fields) }
        counted = fields.optional("counted") ?? []
        patience = fields.number("patience")
    }
}

extension ReachProbe: Probe {
    package static let key = "reach"
    package static let asks =
        "does a packet from here arrive there, from whom does it seem to come, and is it answered?"
    package static let reads = "packets, really sent"
    package static let onlyReads = false
    package static let wordLists = [
        WordList("transport", Transport.self, "What is sent: a datagram, a connection, an echo request.")
    ]

    package var refers: References { References(networks: [from, to] + counted.map(\.network)) }

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = words
        let address = try IPAddress(parsing: self.address)
        let seenAs = try self.seenAs.map { try IPAddress(parsing: $0) }
        guard let sender = try look.network(from) else { return try look.absent(from, expected) }
        guard let receiver = try look.network(to) else { return try look.absent(to, expected) }
        // A link that is to carry the packets is there before they are sent.
        var counters: [LinkCounter] = []
        for link in counted {
            guard let counter = try self.counter(of: link, look) else {
                return outcome(
                    false, expected, "there is no link \(link.words)", [], ["missing": link.name])
            }
            counters.append(counter)
        }
        // All are asked, whatever the first says. A port of a bridge passes nothing on before its carrier has been noticed, so the node that
        // may stand between the two is asked as well.
        let isUnsettled = try [from, to, .node].map { try self.isUnsettled($0, look) }.contains(true)
        let trial = PacketTrial(
            address: address, transport: transport,
            patience: .milliseconds(patience + (isUnsettled ? 1000 : 0)),
            seenAs: seenAs, exchanges: counters.isEmpty || transport == .tcp ? 1 : LinkCounter.exchanges)
        let report = try trial.run(from: sender.namespace, to: receiver.namespace)
        var evidence = report.evidence(transport, from: sender.evidenceName, to: receiver.evidenceName)
        for index in counters.indices {
            counters[index].after = try counter(of: counted[index], look)?.before
            evidence.append(counters[index].evidence)
        }
        // A connection is a few packets by itself.
        let least: UInt64 = transport == .tcp ? 2 : UInt64(LinkCounter.exchanges)
        var finding = report.finding(transport, seenAs: seenAs, still: counters.first { !$0.hasMoved(by: least) })
        if report.seen == nil, let router = try forwarding(look) {
            evidence.append(router.evidence)
            if !router.isOn { finding.observed["forwarding"] = "off" }
        }
        if !finding.holds { evidence += try whatLeads(look, to: address, from: sender) }
        return outcome(finding.holds, expected, finding.words, evidence, finding.observed)
    }

    /// What decides the way of a packet that did not come through: the sender's route, the receiver's way back, and how the node
    /// between them rewrites sources. So nobody is told to add what is there.
    private func whatLeads(
        _ look: Judge, to address: IPAddress, from sender: borrowing NetworkSight
    ) throws -> [Evidence] {
        let state = try NetworkState.read([.links, .routes], in: sender.namespace)
        let route = state.route(to: address)
        var all = [
            Evidence(
                source: terminalSafe("RTM_GETROUTE in \(sender.evidenceName)"),
                value: terminalSafe(route.map { "to \(address): \(state.summary(of: $0))" } ?? "no route to \(address)")
            )
        ]
        guard from != .node, to != .node, let sight = try look.network(.node) else { return all }
        let rules = try NATState.read(in: sight.namespace).rules.filter(\.rewritesSource)
        all += rules.prefix(3).map {
            Evidence(source: terminalSafe("\($0.backend) in \(sight.evidenceName)"), value: terminalSafe($0.words))
        }
        if rules.isEmpty {
            all.append(
                Evidence(
                    source: terminalSafe("NAT in \(sight.evidenceName)"), value: "no rule that rewrites the source"))
        }
        return all
    }

    private func counter(of link: LinkPlace, _ look: Judge) throws -> LinkCounter? {
        guard let sight = try look.network(link.network) else { return nil }
        let state = try NetworkState.read([.links, .statistics], in: sight.namespace)
        guard let statistics = state.link(link.name)?.statistics else { return nil }
        return LinkCounter(
            name: link.words,
            before: .init(received: statistics.receivedPackets, sent: statistics.sentPackets))
    }

    /// Whether the node passes packets on, where it stands between the two.
    private func forwarding(_ look: Judge) throws -> (isOn: Bool, evidence: Evidence)? {
        guard from != to, from != .node, to != .node, let sight = try look.network(.node),
            let isOn = try NetworkState.read([.forwarding], in: sight.namespace).forwardsIPv4
        else { return nil }
        return (isOn, Evidence(source: "net.ipv4.ip_forward in \(sight.evidenceName)", value: isOn ? "1" : "0"))
    }

    /// What was done just now may take a second to work. A link whose carrier is new sends nothing until the kernel's linkwatch has
    /// noticed, mostly at once: that is waited for. A neighbour that nobody answered for is asked for again after a second, and not
    /// before (retrans_time_ms in arp(7)): packets to it need more patience, which is what this says.
    ///
    /// Asked once in a look: what a trial of podlab's own has left unanswered is nothing to wait for.
    private func isUnsettled(_ place: NetworkPlace, _ look: Judge) throws -> Bool {
        guard let sight = try look.network(place) else { return false }
        if let known = look.unsettled[sight.namespace.id] { return known }
        var reader = try NetworkReader(in: sight.namespace)
        _ = try reader.awaitLinks(until: .now + .milliseconds(1200)) { !$0.contains(where: \.isMute) }
        let isUnsettled = try reader.read([.neighbours]).neighbours.contains { $0.state.contains(.incomplete) }
        look.unsettled[sight.namespace.id] = isUnsettled
        return isUnsettled
    }
}

extension Link {
    /// Whether nothing gets out of it yet. The end that was set up last works at once, and between ends of one number may say otherwise
    /// for a second; see linkwatch_urgent_event() in the kernel's net/core/link_watch.c. A bridge does not forward to a port before that.
    fileprivate var isMute: Bool {
        isComingUp && (kind == "bridge" || kind == "veth" && (index != peerIndex || master != nil))
    }
}

/// The packet counters of a link, before and after.
private struct LinkCounter {
    struct Count {
        var received: UInt64
        var sent: UInt64
    }

    /// A link sends and receives a packet of its own now and then, for IPv6 mostly; hardly three of each in a millisecond.
    static let exchanges = 3

    let name: String
    var before: Count
    /// Nil when the link has gone meanwhile.
    var after: Count?

    /// By at least as many each way as were exchanged over it.
    func hasMoved(by least: UInt64) -> Bool {
        guard let after else { return false }
        return after.received >= before.received + least && after.sent >= before.sent + least
    }

    var evidence: Evidence {
        let change =
            after.map { "received \(before.received) → \($0.received), sent \(before.sent) → \($0.sent)" }
            ?? "it has gone"
        return Evidence(source: terminalSafe("packets of \(name)"), value: change)
    }
}

extension PacketReport {
    fileprivate func evidence(_ transport: ReachProbe.Transport, from: String, to: String) -> [Evidence] {
        let way = "\(sentFrom.map { "\($0)" } ?? "no address") → \(sentTo)"
        let trouble = error.map { ", \($0)" } ?? ""
        let arrival =
            seen.map { "from \($0)\(isAnswered ? ", and the answer came back" : ", and the answer did not come back")" }
            ?? "nothing in \(Int(milliseconds.rounded())) ms"
        return [
            Evidence(
                source: terminalSafe("\(transport.rawValue) socket in \(from)"),
                value: "\(way), \(tries) tries\(trouble)"),
            Evidence(source: terminalSafe("\(transport.rawValue) socket in \(to)"), value: arrival),
        ]
    }

    /// What it comes to: what went wrong first is named.
    fileprivate func finding(
        _ transport: ReachProbe.Transport, seenAs: IPAddress?, still counter: LinkCounter?
    ) -> (holds: Bool, words: String, observed: [String: String]) {
        guard let seen else {
            if tries == 0, let error {
                return (false, "could not be sent: \(error)", ["unreachable": "\(error)"])
            }
            // Of half a connection nobody there is told.
            let what = transport == .tcp ? "no connection came about" : "nothing arrived there"
            let why = isAddressThere ? "" : "; nobody there has the address \(sentTo.address)"
            return (false, what + why, ["lost": "\(sentTo)"])
        }
        if let seenAs, seen.address != seenAs {
            return (false, "it arrived from \(seen.address)", ["source": "\(seen.address)"])
        }
        guard isAnswered else {
            return (false, "it arrived, and the answer did not come back", ["unanswered": "\(seen.address)"])
        }
        if let counter {
            return (false, "it arrived, but not over \(counter.name)", ["uncounted": counter.name])
        }
        return (true, "it arrived from \(seen), and the answer came back", [:])
    }
}

extension ReachProbe {
    /// For "expected".
    var words: String {
        let what =
            switch transport {
            case .udp: "a datagram"
            case .tcp: "a connection"
            case .icmp: "an echo request"
            }
        var text = "\(what) from \(from.words) to \(address) arrives in \(to.words)"
        if let seenAs { text += " as from \(seenAs)" }
        text += ", and the answer comes back"
        if !counted.isEmpty { text += ", over \(counted.map(\.words).joined(separator: " and "))" }
        return text
    }
}
