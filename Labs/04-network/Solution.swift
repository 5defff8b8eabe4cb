// Lab 04 done by the Isolation library: what `demo` shows and runs.

import Isolation
import LabKit
import Netlink

/// Every wire of the lab is a step of a plan, and a plan says in which namespace each is laid.
package enum Lab04Network: LabSolution {
    package static let lab = "04-network"

    package static func perform(_ step: String, on stage: Stage) throws {
        switch step {
        case "alone":
            try stage.run(
                Plan([
                    .unshare([.network]), .bringUpLoopback, .execute("/bin/bash", arguments: ["/bin/bash"]),
                ]), "a bash with a network of its own, and lo up")
        case "cable":
            let pod = try Pod(stage.value("NETNS"), host: 2, stage)
            try stage.run(Plan(pod.cable + [.finish]), "a named network namespace and a cable into it")
        case "packets":
            let pod = try Pod(stage.value("NETNS"), host: 2, stage)
            let node = try prefix(1, stage)
            try stage.run(
                Plan(
                    pod.addressed + [
                        .network(.addAddress(node, to: pod.outside)), .network(.setLink(pod.outside, [.up])), .finish,
                    ]), "addresses on both ends, both ends up")
        case "bridge": try bridge(stage)
        case "out": try out(stage)
        default: throw StageError.unknownStep(step)
        }
    }

    /// A namespace with a cable to the node.
    private struct Pod {
        let name: String
        let inside: LinkName
        let outside: LinkName
        let address: IPPrefix

        init(_ name: String, host: Int, _ stage: Stage) throws {
            self.name = name
            inside = try LinkName(parsing: "eth0")
            outside = try LinkName(parsing: "veth-\(name)")
            address = try prefix(host, stage)
        }

        var cable: [Isolation.Step] {
            [
                .addNetworkNamespace(name),
                .network(.addLink(.veth(outside, peer: inside, in: .named(name)))),
            ]
        }

        var addressed: [Isolation.Step] {
            [
                .network(.addAddress(address, to: inside), in: .named(name)),
                .network(.setLink(inside, [.up]), in: .named(name)),
            ]
        }
    }

    /// An address of the lab's subnet.
    private static func prefix(_ host: Int, _ stage: Stage) throws -> IPPrefix {
        try IPPrefix(parsing: "\(stage.value("SUBNET")).\(host)/24")
    }

    private static func bridge(_ stage: Stage) throws {
        let first = try Pod(stage.value("NETNS"), host: 2, stage)
        let second = try Pod(stage.value("OTHER"), host: 3, stage)
        let bridge = try LinkName(parsing: "br0")
        let node = try prefix(1, stage)
        try stage.run(
            Plan([
                .network(.addLink(.bridge(bridge), [.up])),
                .network(.setLink(first.outside, [.master(bridge)])),
                .network(.deleteAddress(node, from: first.outside)),
                .network(.addAddress(node, to: bridge)), .finish,
            ]), "a bridge, which takes over the address of its port")
        try stage.run(
            Plan(
                second.cable + [.network(.setLink(second.outside, [.master(bridge), .up]))] + second.addressed
                    + [.finish]), "a second pod at the bridge")
    }

    private static func out(_ stage: Stage) throws {
        let gateway = try prefix(1, stage)
        let names = [try stage.value("NETNS"), try stage.value("OTHER")]
        let bridge = try LinkName(parsing: "br0")
        try stage.run(
            Plan(
                names.map { .network(.addRoute(to: .all4, via: gateway.address), in: .named($0)) }
                    + [
                        .network(.setForwarding(.v4, true)),
                        .network(.masquerade(from: gateway.network, leavingBy: .anyBut(bridge), table: "pods")),
                        .finish,
                    ]), "default routes, a node that forwards, and source NAT")
    }
}
