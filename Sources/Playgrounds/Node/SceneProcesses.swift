// Processes that stand in the playground before the learner comes: decoys, and hosts with a cable to the node.

import CIsolation
import Glibc
import Isolation
import KernelState
import Netlink

extension Playground {
    func startDecoy(_ decoy: Scene.Decoy) throws {
        try start(decoy.name, arguments: decoy.arguments, preparing: [])
    }

    /// Another machine is a process in a network namespace of its own. It has no route but to the node's end of its cable.
    func startHost(_ host: Scene.Host) throws {
        let own = try LinkName(parsing: "eth0")
        let link = try LinkName(parsing: host.link)
        try start(
            host.name, arguments: [],
            preparing: [
                .keepNetworkNamespace(as: "node"),
                .unshare([.network]),
                .bringUpLoopback,
                .network(.addLink(.veth(own, peer: link, in: .kept("node")))),
                .network(.addAddress(try IPPrefix(parsing: host.address), to: own)),
                .network(.setLink(own, [.up])),
                .network(.addAddress(try IPPrefix(parsing: host.nodeAddress), to: link), in: .kept("node")),
                .network(.setLink(link, [.up]), in: .kept("node")),
                // A new namespace may begin with the machine's setting, which on a machine with containers is on.
                .network(.setForwarding(.v4, false), in: .kept("node")),
            ])
        // The kernel's linkwatch may take a second to notice a carrier. What learners see is a cable that works.
        let network = try NetworkNamespace(path: "/proc/\(node.initProcess.pid)/ns/net")
        var reader = try NetworkReader(in: network)
        let isUp = try reader.awaitLinks(until: .now + .seconds(20)) { links in
            links.contains { $0.name == host.link && $0.operationalState == .up }
        }
        guard isUp else { throw PlaygroundError.notReady("the cable \(host.link) to \(host.name) did not come up") }
    }

    /// Starts a process that has the right name and sleeps, and waits until it has its name and its parent.
    private func start(_ name: String, arguments: [String], preparing steps: [Isolation.Step]) throws {
        var ends: [Int32] = [-1, -1]
        let made = iso_socket_pair(&ends)
        guard made >= 0 else { throw PlaygroundError.system(operation: "make a socket pair", errno: -made) }
        let own = ControlSocket(ends[0])
        let theirs = ControlSocket(ends[1])
        let plan = Plan(
            [.openExecutable(as: "podlab-init")] + entering(directory: "/") + steps + [
                .newSession,
                .duplicate(theirs.descriptor, as: 3),
                .execute(
                    .opened("podlab-init"), arguments: [name] + arguments,
                    environment: ["PODLAB_ROLE=decoy", "PODLAB_CONTROL=3"]),
            ])
        let starter = try started { try plan.start(StartOptions(streams: .null)) }
        defer { starter.close() }
        theirs.close()
        if let trouble = Self.awaitReady(own.descriptor) {
            throw PlaygroundError.notReady("\(name) \(trouble)")
        }
        _ = try? starter.wait(for: .seconds(5))
        // It is a child of PID 1 now, as a daemon is, and no learner has come yet who could have another of its name.
        let table = try node.processes(fields: [])
        guard let state = table.children(of: node.initProcess.pid).first(where: { $0.comm == name }) else {
            throw PlaygroundError.notReady("\(name) is not there")
        }
        decoys[name] = state.identity
    }
}
