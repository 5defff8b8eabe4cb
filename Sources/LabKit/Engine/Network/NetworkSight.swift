// The network namespace that a probe means, held by descriptor, and how it is named in evidence.

import KernelState
import Netlink
import Playgrounds
import SystemPackage

/// A network namespace of the playground.
struct NetworkSight: ~Copyable {
    let namespace: NetworkNamespace
    /// `the node`, `the network namespace blue`, or the process that was picked.
    let name: String

    /// `the node, net:[4026532183]`.
    var evidenceName: String { "\(name), net:[\(namespace.inode)]" }
}

extension Judge {
    /// Nil: there is no such place; a playground has network namespaces that come and go.
    func network(_ place: NetworkPlace) throws -> NetworkSight? {
        switch place {
        case .place(.node): return try network(of: node.initProcess.pid, place.words)
        case .place(.process(let selector)):
            guard let process = try one(selector) else { return nil }
            return try network(of: process.pid, name(process))
        case .host(let name):
            guard let host = decoys[name], isAlive(host) else { return nil }
            return try network(of: host.pid, place.words)
        case .named(let name):
            // What stands in that folder is the learner's: nothing but a network namespace is taken for one.
            guard let namespace = try node.root().networkNamespace(at: FilePath("/run/netns/\(name)")) else {
                return nil
            }
            return NetworkSight(namespace: namespace, name: place.words)
        }
    }

    private func network(of process: ProcessID, _ name: String) throws -> NetworkSight? {
        guard let namespace = try NetworkNamespace.of(process) else { return nil }
        return NetworkSight(namespace: namespace, name: name)
    }

    /// A *fail* because there is no such place.
    func absent(_ place: NetworkPlace, _ expected: String) throws -> ProbeOutcome {
        if case .place(let place) = place { return try nobody(at: place, expected) }
        return ProbeOutcome(
            status: .fail, expected: expected, actual: "there is no \(place.words)", observed: ["absent": place.words])
    }
}
