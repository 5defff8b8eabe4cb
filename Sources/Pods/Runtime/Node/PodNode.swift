// A node, as pods need it: a bridge with addresses to give, cgroups where there are some, and folders.

import CIsolation
import Glibc
import Isolation
import KernelState
import Linux
import Netlink
import SystemPackage

/// What all pods of one node have in common. One for each node, used from one thread.
package final class PodNode {
    package let paths: NodePaths
    /// Why nothing can be limited on this node; nil: it can.
    package let cgroupWarning: String?
    let network: NodeNetwork
    let cgroups: PodCgroups?
    let ids: NodeIDs
    /// The node's own `oom_score_adj`, which no pod goes below.
    let outOfMemoryFloor: Int
    /// Bytes.
    let memory: UInt64
    private var pool: AddressPool
    /// Cables of sandboxes that are gone.
    private var retired: Set<LinkName> = []
    private static let mostRetired = 64
    private var databases: [String: UserDatabase] = [:]

    /// Looks at the node, and makes the bridge and the kubepods cgroup if they are not there.
    package init(paths: NodePaths = .standard) throws(PodError) {
        self.paths = paths
        network = NodeNetwork(bridge: paths.bridge, gateway: paths.gateway)
        pool = AddressPool(gateway: paths.gateway)
        ids = .current()
        outOfMemoryFloor =
            Int((textOfFile("/proc/self/oom_score_adj", limit: 1 << 18) ?? "").prefix { $0 != "\n" }) ?? 0
        memory = Self.totalMemory(textOfFile("/proc/meminfo", limit: 1 << 18) ?? "")
        var warning: String?
        do throws(PodError) {
            cgroups = try PodCgroups()
        } catch {
            cgroups = nil
            warning = error.meaning
        }
        cgroupWarning = warning
        guard access(paths.pause, X_OK) == 0 else {
            throw PodError(
                "find", paths.pause, errno: Errno(rawValue: errno), meaning: "the pause program is not in this node",
                hint: "podlab root build puts it into the course root")
        }
        try network.setUp()
    }

    static func totalMemory(_ meminfo: String) -> UInt64 {
        let line = meminfo.split(separator: "\n").first { $0.hasPrefix("MemTotal:") } ?? ""
        return (line.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0) << 10
    }

    /// `.status.hostIP` of its pods.
    package var hostIP: IPAddress { paths.gateway.address }

    /// One line for each limit that a pod asks for and that this node cannot enforce.
    package func limitWarnings(_ spec: PodSpec) -> [String] {
        guard let cgroupWarning else { return [] }
        return (spec.initContainers + spec.containers).flatMap { container -> [String] in
            let limits = container.resources.limits
            let asked = [limits.memory.map { _ in "memory" }, limits.cpuMillis.map { _ in "cpu" }].compactMap { $0 }
            return asked.map { "container \(container.name): resources.limits.\($0) is not enforced: \(cgroupWarning)" }
        }
    }

    // MARK: What it gives

    func retire(_ cable: LinkName) { retired.insert(cable) }

    func takeAddress() -> IPPrefix? {
        // Whoever never has an idle moment gets rid of what others hold all the same.
        if retired.count >= Self.mostRetired { sweep() }
        return pool.take()
    }
    func give(back address: IPAddress) { pool.give(back: address) }

    /// The users and groups of an image, read once.
    func users(of image: ContainerImage) throws(Errno) -> UserDatabase {
        if let known = databases[image.id] { return known }
        let database = try UserDatabase(of: image)
        databases[image.id] = database
        return database
    }

    // MARK: Leftovers

    /// Ends and removes what an agent that was killed has left behind: processes, cgroups, cables, mounts, folders. Nothing may run here
    /// that this node has started.
    package func cleanUp() {
        if let kubepods = cgroups?.kubepods, hasChildren(kubepods) {
            try? kubepods.kill()
            endStrays()
            // What is in the process of ending holds its cgroup.
            for part in kubepods.parts {
                for name in part.children() {
                    try? CgroupDirectory(at: part.path + "/" + name, in: part.hierarchy).remove()
                }
            }
        } else {
            endStrays()
        }
        network.remove(network.cables())
        for mount in mountsOfPods().reversed() {
            _ = iso_umount(mount, Int32(ISO_UMOUNT_DETACH | ISO_UMOUNT_NO_FOLLOW))
        }
        for name in folders(in: paths.pods) { TreeRemoval.remove(paths.pods + "/" + name) }
    }

    /// Takes away the cables of removed sandboxes that are still there: because the kernel has not come to them, or because somebody
    /// else is in the network namespace. For a moment in which nothing is to be done; each takes some milliseconds.
    package func sweep() {
        guard !retired.isEmpty else { return }
        network.remove(network.cables().filter { retired.contains($0) })
        retired = []
    }

    /// Takes the bridge and the empty kubepods cgroup away.
    package func shutDown() {
        if let kubepods = cgroups?.kubepods { for part in kubepods.parts { part.removeIfEmpty() } }
        sweep()
        network.remove([paths.bridge])
    }

    private func hasChildren(_ cgroup: Cgroup) -> Bool { cgroup.parts.contains { !$0.children().isEmpty } }

    private func folders(in path: String) -> [String] {
        ((try? FolderListing.entries(in: path)) ?? []).map(\.text)
    }

    /// Mount points of this node below the folders of pods, outermost first.
    private func mountsOfPods() -> [String] {
        ((try? MountTable.read())?.mounts ?? []).map(\.mountPoint.string).filter { $0.hasPrefix(paths.pods + "/") }
    }

    /// A container's process dies with the agent, unless it has asked the kernel not to. It is found by its root, an overlay whose upper
    /// layer is a pod's: nobody can change that without CAP_SYS_ADMIN.
    private func endStrays() { endProcesses(withUpperLayerBelow: paths.pods + "/") }

    /// Ends the processes that have an overlay with such an upper layer as their root. This looks at every process, so it is for the
    /// rare cases in which neither a cgroup nor a pid namespace holds them together.
    /// - Parameter namespace: the mount namespace that they must have, which spares reading the mounts of the others; nil: any but
    ///   this process's. Its number alone would not do: it is used again.
    func endProcesses(withUpperLayerBelow folder: String, in namespace: ino_t? = nil) {
        // What forks meanwhile is found the next time.
        for _ in 0..<100 {
            let found = processes(withUpperLayerBelow: folder, in: namespace)
            if found.isEmpty { return }
            Self.kill(found)
        }
    }

    /// The number of a process's mount namespace; nil when it has none any more, as a zombie.
    static func mountNamespace(of process: String) -> ino_t? {
        var status = stat()
        return stat("/proc/\(process)/ns/mnt", &status) == 0 ? status.st_ino : nil
    }

    private func processes(withUpperLayerBelow folder: String, in namespace: ino_t?) -> [Int32] {
        let own = Self.mountNamespace(of: "self")
        return folders(in: "/proc").compactMap { Int32($0) }.filter { pid in
            guard let other = Self.mountNamespace(of: "\(pid)"), other != own, other == namespace ?? other,
                let table = try? MountTable.read(ProcessID(pid))
            else { return false }
            return table.mounts.contains {
                $0.mountPoint.string == "/" && $0.superOption("upperdir")?.hasPrefix(folder) == true
            }
        }
    }

    /// SIGKILL, and until they are gone: at most a second.
    private static func kill(_ processes: [Int32]) {
        var pidfds = processes.compactMap { try? SharedDescriptor(result: iso_pidfd_open($0)) }
        for pidfd in pidfds { iso_pidfd_send_signal(pidfd.raw, SIGKILL) }
        let deadline = ContinuousClock.now + .seconds(1)
        while let pidfd = pidfds.last, ContinuousClock.now < deadline {
            if iso_poll(pidfd.raw, Int32(POLLIN), 100) > 0 { pidfds.removeLast() }
        }
    }
}
