// The cgroups of pods: kubepods/pod<UID>/<container>, in every hierarchy that has something to limit.

import Isolation
import KernelState
import SystemPackage

/// The kubepods cgroup of a node, below which every pod has one.
struct PodCgroups {
    static let name = "kubepods"
    /// What the manifest of a pod can limit. Memory alone would do for most, but a part of the machine is no machine of v2.
    private static let wanted: Set<CgroupController> = [.cpu, .memory]

    let kubepods: Cgroup
    /// For reading the counters: by other code than that which sets the limits.
    private let memory: CgroupHierarchies.Hierarchy?

    /// - Throws: why pods have no cgroups here.
    init(layout: CgroupLayout = .current()) throws(PodError) {
        func refuse(_ meaning: String, _ errno: Errno? = nil) -> PodError {
            PodError(
                "make cgroup", Self.name, errno: errno, meaning: meaning,
                hint: "podlab doctor says how cgroups are delegated to this user; then a new node has them")
        }
        var parts: [CgroupDirectory] = []
        do {
            for hierarchy in layout.hierarchies where !hierarchy.controllers.isDisjoint(with: Self.wanted) {
                guard let root = hierarchy.folder(of: "/") else { continue }
                parts.append(try CgroupDirectory(at: root, in: hierarchy))
            }
            guard parts.contains(where: { $0.hierarchy.controllers.contains(.memory) }) else {
                throw refuse(
                    "no cgroups are delegated to this node: no hierarchy with the memory controller is mounted in it")
            }
            kubepods = try Cgroup(parts: parts).child(Self.name)
            memory = try? CgroupHierarchies.read().hierarchy(of: "memory")
        } catch let error as IsolationError {
            throw refuse("no cgroups can be made in this node: \(error.operation): \(error.meaning)", error.errno)
        } catch let error as PodError {
            throw error
        } catch {
            throw refuse("\(error)")
        }
    }

    func pod(_ spec: PodSpec, _ identity: PodIdentity) throws(IsolationError) -> Cgroup {
        let pod = try kubepods.child("pod" + identity.uid)
        do throws(IsolationError) {
            try apply(ResourceLimits(spec), to: pod)
        } catch {
            try? pod.remove(patience: .zero)
            throw error
        }
        return pod
    }

    /// - Parameter limits: nil: none, for pause.
    func container(_ name: String, in pod: Cgroup, limits: ResourceLimits?) throws(IsolationError) -> Cgroup {
        let cgroup = try pod.child(name)
        do throws(IsolationError) {
            if let limits {
                try apply(limits, to: cgroup)
                // One that the kernel kills for want of memory takes the others of its container along, as with the kubelet on v2.
                if let part = cgroup.part(for: .memory), part.has("memory.oom.group") {
                    try part.write("memory.oom.group", "1")
                }
            }
        } catch {
            try? cgroup.remove(patience: .zero)
            throw error
        }
        return cgroup
    }

    private func apply(_ limits: ResourceLimits, to cgroup: Cgroup) throws(IsolationError) {
        if let part = cgroup.part(for: .cpu) {
            switch part.version {
            // The way by the weight and back would round.
            case .v1: try part.write("cpu.shares", String(limits.cpuShares))
            case .v2: try part.set(.cpuWeight(limits.cpuWeight))
            }
            if let quota = limits.cpuQuota { try part.set(.cpuQuota(quota, period: ResourceLimits.period)) }
        }
        guard let bytes = limits.memory else { return }
        try cgroup.set(.memoryMaximum(bytes))
        do throws(IsolationError) {
            try cgroup.set(.swapMaximum(0))
        } catch {
            // A kernel that does not count swap by cgroup.
            guard error.errno == .notSupported || error.errno == .noSuchFileOrDirectory else { throw error }
        }
    }

    /// How often the kernel has killed a process of this cgroup for want of memory.
    func memoryKills(in cgroup: Cgroup) -> UInt64 {
        guard let memory, let part = cgroup.part(for: .memory),
            let folder = try? CgroupFolder(at: FilePath(part.path), in: memory),
            case .value(let count) = try? folder.memoryKills().bound
        else { return 0 }
        return count
    }
}

extension Cgroup {
    /// The folder in which clone3 makes a process; nil on v1, where a process moves itself.
    var birthplace: Int32? { parts.first { $0.version == .v2 }?.descriptor }

    /// What a process has to do itself.
    var stepsOfJoining: [Step] {
        parts.filter { $0.version == .v1 }.map { .joinCgroup(.descriptor($0.descriptor)) }
    }
}
