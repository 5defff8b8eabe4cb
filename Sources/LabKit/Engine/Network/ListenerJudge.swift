// listener: who listens in a network namespace, and which process has the socket.

import KernelState
import Netlink

extension Judge {
    func judge(_ probe: ListenerProbe) throws -> ProbeOutcome {
        let expected = probe.words
        let address = try IPAddress(parsing: probe.address)
        guard let sight = try network(probe.network) else { return try absent(probe.network, expected) }
        let port = UInt16(probe.port)
        let all = try NetworkState.read([.listeners], in: sight.namespace).listeners
            .filter { $0.transport == probe.transport.kernel }
        let found = all.filter { $0.takes(address, port: port) }
        let source = "SOCK_DIAG_BY_FAMILY in \(sight.evidenceName)"
        var verdict = NetworkVerdict()
        verdict.note(source, all.isEmpty ? "nobody listens" : all.prefix(8).map(\.summary).joined(separator: "; "))
        guard probe.exists else {
            if let first = found.first { verdict.fail("\(first.summary) is there", "there", first.summary) }
            return verdict.outcome(expected, "nobody listens there")
        }
        guard let listener = found.first else {
            try noteElsewhere(probe, address, all, &verdict)
            return verdict.outcome(expected, "")
        }
        if let selector = probe.owner {
            let candidates = try select(selector)
            let owner = candidates.first { !ProcessState.sockets(of: $0.pid).isDisjoint(with: found.map(\.inode)) }
            if let owner {
                verdict.note("/proc/\(owner.pid)/fd", "\(name(owner)): socket:[\(listener.inode)]")
            } else {
                let other = try processes().all.first {
                    !ProcessState.sockets(of: $0.pid).isDisjoint(with: found.map(\.inode))
                }
                if let other { verdict.note("/proc/\(other.pid)/fd", "\(name(other)): socket:[\(listener.inode)]") }
                let has = "another process has that socket: \(other.map(name) ?? "unknown")"
                verdict.fail(
                    candidates.isEmpty ? "there is no \(selector); \(has)" : has, "owner", other?.comm ?? "unknown")
            }
        }
        return verdict.outcome(expected, listener.summary)
    }

    /// Says so when somebody listens at that port, at another address or on the node.
    private func noteElsewhere(
        _ probe: ListenerProbe, _ address: IPAddress, _ here: [Listener], _ verdict: inout NetworkVerdict
    ) throws {
        if let one = here.first(where: { $0.port == UInt16(probe.port) }) {
            return verdict.fail(
                "what is sent to \(address) does not come to \(one.summary)", "address", "\(one.address)")
        }
        if probe.network != .node, let node = try network(.node) {
            let there = try NetworkState.read([.listeners], in: node.namespace).listeners
            if let one = there.first(where: {
                $0.transport == probe.transport.kernel && $0.takes(address, port: UInt16(probe.port))
            }) {
                verdict.note("SOCK_DIAG_BY_FAMILY in \(node.evidenceName)", one.summary)
                return verdict.fail("nobody listens there, but on the node somebody does", "node", one.summary)
            }
        }
        verdict.fail("nobody listens there", "none", "\(probe.port)")
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
