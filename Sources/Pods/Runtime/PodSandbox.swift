// A pod's sandbox: pause, and what stands and falls with it.

import Glibc
import Isolation
import Linux
import Netlink
import SystemPackage

/// The namespaces, the address and the folder that the containers of one pod share. Used from one thread.
package final class PodSandbox {
    package let spec: PodSpec
    package let identity: PodIdentity
    /// How many sandboxes this pod has had before.
    package let attempt: UInt32
    /// Readable by its pidfd when pause has ended; the namespaces then live as long as containers do.
    package let pause: Child
    /// `.status.podIP`.
    package let address: IPAddress
    let node: PodNode
    let folder: PodFolder
    let cgroup: Cgroup?
    let volumes: [PodVolume]
    private let cable: LinkName
    private var containers: [WeakContainer] = []
    private var isRemoved = false

    /// Makes the sandbox, or nothing.
    package static func start(
        _ spec: PodSpec, _ identity: PodIdentity, attempt: UInt32 = 0, node: PodNode
    ) throws(PodError) -> PodSandbox {
        func refuse(_ meaning: String, hint: String? = nil) -> PodError {
            PodError(
                "start sandbox of pod", identity.name, meaning: meaning, hint: hint, reason: "FailedCreatePodSandBox")
        }
        guard identity.uid.utf8.allSatisfy({ $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ".") && $0 != 0 }),
            !identity.uid.isEmpty
        else { throw refuse("the UID \(identity.uid) is no name of a folder") }
        let folder = PodFolder(identity, in: node.paths)
        let volumes = spec.volumes.map { PodVolume(volume: $0, folder: folder) }
        for volume in volumes { if let problem = volume.problem() { throw problem } }
        guard let cable = NodeNetwork.cableName() else { throw refuse("no name for a link") }
        guard let address = node.takeAddress() else {
            throw refuse(
                "no address is left in \(node.paths.gateway.network)", hint: "delete some pods: podlab pod delete NAME")
        }
        var cgroup: Cgroup?
        do throws(IsolationError) {
            cgroup = try node.cgroups?.pod(spec, identity)
            let pauseGroup =
                try cgroup.map { pod throws(IsolationError) in
                    try node.cgroups?.container("pause", in: pod, limits: nil)
                } ?? nil
            // The plan has its descriptor as a number.
            defer { withExtendedLifetime(pauseGroup) {} }
            for volume in volumes { try volume.mount() }
            let plan = SandboxPlan(
                spec: spec, folder: folder, paths: node.paths, address: address, cable: cable,
                resolver: textOfFile("/etc/resolv.conf") ?? "", joining: pauseGroup?.stepsOfJoining ?? [],
                outOfMemoryScore: max(-998, node.outOfMemoryFloor), volumes: volumes
            ).plan
            let pause = try plan.start(StartOptions(streams: .null, cgroup: pauseGroup?.birthplace))
            return PodSandbox(
                spec: spec, identity: identity, attempt: attempt, pause: pause, address: address.address, node: node,
                folder: folder, cgroup: cgroup, volumes: volumes, cable: cable)
        } catch {
            for volume in volumes where attempt == 0 { volume.unmount() }
            try? cgroup?.remove(patience: .seconds(1))
            TreeRemoval.remove(folder.path, keeping: attempt == 0 ? nil : PodFolder.volumesName)
            node.give(back: address.address)
            throw PodError("start sandbox of pod", identity.name, error, reason: "FailedCreatePodSandBox")
        }
    }

    private struct WeakContainer {
        weak var container: PodContainer?
    }

    private init(
        spec: PodSpec, identity: PodIdentity, attempt: UInt32, pause: Child, address: IPAddress, node: PodNode,
        folder: PodFolder, cgroup: Cgroup?, volumes: [PodVolume], cable: LinkName
    ) {
        self.spec = spec
        self.identity = identity
        self.attempt = attempt
        self.pause = pause
        self.address = address
        self.node = node
        self.folder = folder
        self.cgroup = cgroup
        self.volumes = volumes
        self.cable = cable
    }

    deinit { remove() }

    /// What is started in here goes with it.
    func adopt(_ container: PodContainer) {
        containers.removeAll { $0.container == nil }
        containers.append(WeakContainer(container: container))
    }

    /// Ends pause and what containers are left, and takes everything away: the cgroup, the folder, the address. The cable goes with the
    /// network namespace, which the kernel takes apart in its own time, many at once; `PodNode.sweep` takes those that somebody else
    /// holds. The second time it does nothing.
    /// - Parameter keepingVolumes: for a sandbox that is to be made anew: what is in the pod's volumes lives as long as the pod.
    package func remove(keepingVolumes: Bool = false) {
        guard !isRemoved else { return }
        isRemoved = true
        // A pid namespace's PID 1 ends when all others have been reaped, which is this process's part.
        for container in containers { container.container?.remove() }
        try? cgroup?.kill()
        pause.close(patience: .seconds(10))
        node.retire(cable)
        try? cgroup?.remove(patience: .seconds(2))
        if !keepingVolumes { for volume in volumes { volume.unmount() } }
        TreeRemoval.remove(folder.path, keeping: keepingVolumes ? PodFolder.volumesName : nil)
        node.give(back: address)
    }
}
