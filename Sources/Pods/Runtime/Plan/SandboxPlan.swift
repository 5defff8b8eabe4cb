// A pod's sandbox as a plan: the namespaces that its containers share, the cable to the bridge, and pause, which holds them open.

import Isolation
import Netlink

/// Everything that pause's process does before it is pause.
struct SandboxPlan {
    var spec: PodSpec
    var folder: PodFolder
    var paths: NodePaths
    var address: IPPrefix
    /// The end of the cable that stays in the node.
    var cable: LinkName
    /// The content of the node's own /etc/resolv.conf.
    var resolver: String
    /// The steps by which it goes into its cgroup, where clone3 does not put it there.
    var joining: [Step]
    var outOfMemoryScore: Int
    var volumes: [PodVolume]

    var plan: Plan {
        Plan(
            [.unshare(spec.shareProcessNamespace ? [.mount, .ipc, .uts, .pid] : [.mount, .ipc, .uts])] + joining
                // The node's end of the cable is made in the node's network namespace, from in here.
                + [.keepNetworkNamespace(as: "node"), .unshare([.network]), .setPropagation(.private)]
                + files + network + ending)
    }

    private var files: [Step] {
        [
            .setFileModeMask(0o022),
            .makeDirectory(.path(folder.pauseRoot), parents: true),
            .makeDirectory(.path(folder.files), parents: true),
            .makeDirectory(.path(folder.containers), parents: true),
            .makeDirectory(.path(folder.volumes), parents: true),
            .makeDirectory(.path(folder.sharedMemory), parents: true),
            .setMode(.path(folder.sharedMemory), 0o1777),
            .writeFile(.path(folder.files + "/hosts"), contents: PodFiles.hosts(spec, address: address.address)),
            .writeFile(.path(folder.files + "/hostname"), contents: PodFiles.hostname(spec)),
            .writeFile(.path(folder.files + "/resolv.conf"), contents: resolver),
        ] + volumes.flatMap(\.making)
    }

    private var network: [Step] {
        guard let end = LinkName("eth0") else { return [] }
        let mac: [LinkSetting] = MACAddress.ofPod(address.address).map { [.mac($0)] } ?? []
        return [
            .setHostname(spec.effectiveHostname),
            .bringUpLoopback,
            .network(
                .addLink(
                    .veth(cable, peer: end, in: .own, peerSettings: mac), [.master(paths.bridge), .up]),
                in: .kept("node")),
            .network(.addAddress(address, to: end)),
            .network(.setLink(end, [.up])),
            .network(.addRoute(to: .all4, via: paths.gateway.address)),
        ]
    }

    /// Pause has a root with nothing in it but itself, so that whoever shares its pid namespace sees nothing of the node by it.
    private var ending: [Step] {
        let program = folder.pauseRoot + "/pause"
        return [
            .setOOMScoreAdjustment(outOfMemoryScore),
            .makeFile(.path(program), mode: 0o755),
            .bind(from: .path(folder.pauseRoot), to: .path(folder.pauseRoot)),
            .bind(from: .path(paths.pause), to: .path(program), options: [.readOnly, .noSuid, .noDevices]),
            .setMountOptions([.readOnly, .noSuid, .noDevices], on: .path(folder.pauseRoot)),
            .pivotRoot(.path(folder.pauseRoot)),
            .newSession,
            .keepCapabilities([]), .noNewPrivileges,
            .dieWithParent(),
            .execute("/pause", arguments: ["/pause"], environment: []),
        ]
    }
}
