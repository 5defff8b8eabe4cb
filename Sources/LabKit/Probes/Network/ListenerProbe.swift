// listener: who listens at a port of a network namespace?

import KernelState
import Netlink
import StrictYAML

/// A socket that waits for connections or datagrams, and the process that has it open. See sock_diag(7).
package struct ListenerProbe: Sendable, Equatable {
    package enum Transport: String, Sendable, CaseIterable { case tcp, udp }

    package var network: NetworkPlace
    package var transport: Transport
    package var port: Int
    /// What is sent to this address must come to it.
    package var address: String
    package var exists: Bool
    /// A process that must have the socket open.
    package var owner: Selector?
}

extension ListenerProbe.Transport: Keyword {
    package static var placeholder: ListenerProbe.Transport { .tcp }
}

extension ListenerProbe: MappingDecodable {
    package static let shape = Shape(
        "listenerProbe", "Who listens at a port of a network namespace?",
        [
            .required("port", .integer(1...65_535)),
            .optional(
                "in", .networkPlace, "`node`, the one process that a selector picks, or a network namespace by name."),
            .optional("transport", .word("listenerTransport")),
            .optional("address", .text, "What is sent to this address must come to it; 127.0.0.1 when not said."),
            .optional("exists", .truth, default: true),
            .optional("owner", .mapping("selector"), "A process that must have the socket open."),
        ])

    package init(fields: Fields) {
        network = fields.optional("in") ?? .node
        transport = fields.optional("transport") ?? .tcp
        port = fields.number("port")
        address = fields.optional("address") ?? "127.0.0.1"
        NetworkText.check(address, .address, "address", of: fields)
        exists = fields.truth("exists")
        owner = fields.optional("owner")
        if !exists, fields.has("owner") {
            fields.reader.error("'owner' does not go with 'exists: false'", at: fields.place("owner"))
        }
    }
}

extension ListenerProbe: Probe {
    package static let key = "listener"
    package static let asks = "who listens at a port of a network namespace?"
    package static let reads = "sock_diag(7), `/proc/PID/fd`"
    package static let onlyReads = true
    package static let wordLists = [WordList("listenerTransport", Transport.self, "Connections or datagrams.")]

    package var refers: References { References(networks: [network]) }

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = words
        let address = try IPAddress(parsing: self.address)
        guard let sight = try look.network(network) else { return try look.absent(network, expected) }
        let port = UInt16(self.port)
        let all = try NetworkState.read([.listeners], in: sight.namespace).listeners
            .filter { $0.transport == transport.kernel }
        let found = all.filter { $0.takes(address, port: port) }
        let source = "SOCK_DIAG_BY_FAMILY in \(sight.evidenceName)"
        var verdict = NetworkVerdict()
        verdict.note(source, all.isEmpty ? "nobody listens" : all.prefix(8).map(\.summary).joined(separator: "; "))
        guard exists else {
            if let first = found.first { verdict.fail("\(first.summary) is there", "there", first.summary) }
            return verdict.outcome(expected, "nobody listens there")
        }
        guard let listener = found.first else {
            try noteElsewhere(look, address, all, &verdict)
            return verdict.outcome(expected, "")
        }
        if let selector = self.owner {
            let candidates = try look.select(selector)
            let owner = candidates.first { !ProcessState.sockets(of: $0.pid).isDisjoint(with: found.map(\.inode)) }
            if let owner {
                verdict.note("/proc/\(owner.pid)/fd", "\(look.name(owner)): socket:[\(listener.inode)]")
            } else {
                let other = try look.processes().all.first {
                    !ProcessState.sockets(of: $0.pid).isDisjoint(with: found.map(\.inode))
                }
                if let other {
                    verdict.note("/proc/\(other.pid)/fd", "\(look.name(other)): socket:[\(listener.inode)]")
                }
                let has = "another process has that socket: \(other.map(look.name) ?? "unknown")"
                verdict.fail(
                    candidates.isEmpty ? "there is no \(selector); \(has)" : has, "owner", other?.comm ?? "unknown")
            }
        }
        return verdict.outcome(expected, listener.summary)
    }

    /// Says so when somebody listens at that port, at another address or on the node.
    private func noteElsewhere(
        _ look: Judge, _ address: IPAddress, _ here: [Listener], _ verdict: inout NetworkVerdict
    ) throws {
        if let one = here.first(where: { $0.port == UInt16(port) }) {
            return verdict.fail(
                "what is sent to \(address) does not come to \(one.summary)", "address", "\(one.address)")
        }
        if network != .node, let node = try look.network(.node) {
            let there = try NetworkState.read([.listeners], in: node.namespace).listeners
            if let one = there.first(where: {
                $0.transport == transport.kernel && $0.takes(address, port: UInt16(port))
            }) {
                verdict.note("SOCK_DIAG_BY_FAMILY in \(node.evidenceName)", one.summary)
                return verdict.fail("nobody listens there, but on the node somebody does", "node", one.summary)
            }
        }
        verdict.fail("nobody listens there", "none", "\(port)")
    }
}

extension ListenerProbe.Transport {
    fileprivate var kernel: Listener.Transport { self == .tcp ? .tcp : .udp }
}

extension ListenerProbe {
    /// Words for "expected".
    fileprivate var words: String {
        let place = "\(transport.rawValue) port \(port) of \(network.words)"
        guard exists else { return "nobody listens at \(place)" }
        return "a listener at \(place) that takes what is sent to \(address)"
            + (owner.map { ", the socket of a \($0)" } ?? "")
    }
}

extension Listener {
    /// `tcp [::]:8080`
    fileprivate var summary: String {
        let host = address.family == .v6 ? "[\(address)]" : "\(address)"
        return "\(transport) \(host):\(port)"
    }
}
