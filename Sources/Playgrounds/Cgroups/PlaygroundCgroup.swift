// The cgroups of a playground: one that limits it, unseen from inside, and one below that the learner works in.

import Glibc
import Isolation
import SystemPackage

/// What a playground may use of the machine where a cgroup limits it, whatever is typed into it.
package struct PlaygroundAllowance: Sendable, Equatable {
    /// Bytes, the files of the playground included: they are in memory.
    package var memory: UInt64 = 1 << 30
    /// Tasks: threads count. What is typed inside meets `RLIMIT_NPROC` first, so that room is left for those with which podlab looks.
    package var tasks: UInt64 = PlaygroundLimits.tasks + 128
    /// Where the machine is busy, half of what an ordinary process gets (100).
    package var cpuWeight: UInt64 = 50

    package init() {}
}

/// Three cgroups in a row, in each hierarchy that has a controller:
///
///     DELEGATED/SESSION          limited; belongs to whoever runs podlab
///     DELEGATED/SESSION/root     the root of the playground's cgroup namespace; delegated to the playground's root user
///     DELEGATED/SESSION/root/node   (v2) where its processes are
///
/// The learner sees the second as `/`, so that its limits are out of reach and those that the learner sets are below. On v2 a cgroup has
/// processes or controllers for its children, never both, so the processes are one further down. See cgroup-v2.rst, "No Internal Process
/// Constraint", and cgroup_namespaces(7).
package struct PlaygroundCgroup {
    let session: Cgroup
    package let root: Cgroup
    /// Where the processes of the playground are.
    let home: Cgroup

    /// Makes them, or nothing.
    /// - Parameter name: that of the session, so that what a killed podlab leaves behind can be told from what lives.
    package static func make(
        _ name: String, in delegated: Cgroup, allowance: PlaygroundAllowance = PlaygroundAllowance(),
        owner: (user: UInt32, group: UInt32)
    ) throws(IsolationError) -> PlaygroundCgroup {
        try delegated.makeRoom()
        let session = try delegated.child(name)
        do throws(IsolationError) {
            for limit in [
                CgroupLimit.memoryMaximum(allowance.memory), .tasksMaximum(allowance.tasks),
                .cpuWeight(allowance.cpuWeight),
            ] where session.controllers.contains(limit.controller) {
                try session.set(limit)
            }
            let root = try session.child("root")
            let isUnified = root.parts.contains { $0.version == .v2 }
            let home = isUnified ? try node(of: root) : root
            if geteuid() != owner.user {
                try root.delegate(to: owner.user, group: owner.group)
                if isUnified { try home.delegate(to: owner.user, group: owner.group) }
            }
            return PlaygroundCgroup(session: session, root: root, home: home)
        } catch {
            try? session.remove(patience: .zero)
            throw error
        }
    }

    /// On v2 a child; on v1 the root itself.
    private static func node(of root: Cgroup) throws(IsolationError) -> Cgroup {
        var parts: [CgroupDirectory] = []
        for part in root.parts {
            if part.version == .v1 {
                parts.append(part)
            } else {
                parts.append(try part.child("node"))
            }
        }
        return Cgroup(parts: parts)
    }

    /// Hands the controllers on to the cgroups that the learner is going to make. Not before PID 1 runs: on v2 a cgroup that hands
    /// controllers on takes no process, and PID 1 must be in this one when it makes the cgroup namespace.
    func handOnControllers() throws(IsolationError) {
        for part in root.parts { try part.enableForChildren(part.hierarchy.controllers) }
    }

    /// Opens those of a session that another podlab runs.
    package static func open(_ name: String, in delegated: Cgroup) throws(IsolationError) -> PlaygroundCgroup {
        func below(_ parts: [CgroupDirectory], _ name: String, onlyUnified: Bool = false) throws(IsolationError)
            -> Cgroup
        {
            var found: [CgroupDirectory] = []
            for part in parts {
                let stays = onlyUnified && part.version == .v1
                found.append(stays ? part : try CgroupDirectory(at: part.path + "/" + name, in: part.hierarchy))
            }
            return Cgroup(parts: found)
        }
        let session = try below(delegated.parts, name)
        let root = try below(session.parts, "root")
        return PlaygroundCgroup(
            session: session, root: root, home: try below(root.parts, "node", onlyUnified: true))
    }

    /// Kills whoever is in them, whatever they are in the middle of.
    package func kill(patience: Duration = .seconds(5)) throws(IsolationError) {
        try session.kill(patience: patience)
    }

    /// Kills whoever is still in them and removes them. What could not be ended or removed in time is noted as `Unended`.
    package func remove() {
        do {
            try session.kill()
            try session.remove()
        } catch {
            Unended.note("\(error)")
        }
    }

    // MARK: Inside

    /// The cgroup v2 of the playground's processes: PID 1 is born there.
    var birthplace: Int32? { home.parts.first { $0.version == .v2 }?.descriptor }

    /// By the rights of the invoking user: into the cgroups v1, and a cgroup namespace whose roots are `root`.
    var entering: [Isolation.Step] {
        let roots = root.parts.filter { $0.version == .v2 }
        return (root.parts.filter { $0.version == .v1 }).map { .joinCgroup(.descriptor($0.descriptor)) }
            + (roots.first.map { [.unshareCgroup(root: $0.descriptor)] } ?? [.unshare([.cgroup])])
    }

    /// For a process that joins later, before it joins the namespaces.
    var joining: [Isolation.Step] { home.joining }

    /// Mounts the hierarchies below `/sys/fs/cgroup` of a new root as this machine has them: v2 alone there, else a folder for each
    /// hierarchy, by the name that the machine gives it.
    func mounts(below sys: String) -> [Isolation.Step] {
        if root.parts.count == 1, root.parts[0].version == .v2 {
            return [.mount(.cgroup2, on: .path(sys + "/fs/cgroup"))]
        }
        var steps: [Isolation.Step] = [.mount(.tmpfs(size: 1 << 20, mode: 0o755), on: .path(sys + "/fs/cgroup"))]
        for part in root.parts {
            let folder = sys + Self.place(of: part, in: root)
            steps.append(.makeDirectory(.path(folder)))
            let fileSystem: Isolation.FileSystem =
                part.version == .v2
                ? .cgroup2
                : .other(
                    type: "cgroup", source: "cgroup",
                    parameters: part.hierarchy.controllerNames.map { FileSystemParameter($0) })
            steps.append(.mount(fileSystem, on: .path(folder)))
            // Controllers that share a hierarchy, as cpu,cpuacct do on most machines, have a link each, as there.
            guard part.version == .v1 else { continue }
            let name = FilePath(folder).lastComponent?.string ?? ""
            for controller in part.hierarchy.controllerNames where controller != name {
                steps.append(.makeSymbolicLink(.path("\(sys)/fs/cgroup/\(controller)"), to: name))
            }
        }
        return steps
    }

    /// Where each controller's root cgroup is, for those who look on.
    package var sides: [String: CgroupRecord.Side] {
        var sides: [String: CgroupRecord.Side] = [:]
        for part in root.parts {
            let side = CgroupRecord.Side(host: part.path, inside: "/sys" + Self.place(of: part, in: root))
            for controller in part.hierarchy.controllers { sides[controller.rawValue] = side }
        }
        return sides
    }

    /// Where a hierarchy is mounted below `/sys`.
    private static func place(of part: CgroupDirectory, in root: Cgroup) -> String {
        if root.parts.count == 1, part.version == .v2 { return "/fs/cgroup" }
        let name = FilePath(part.hierarchy.mountPoint).lastComponent?.string ?? ""
        return "/fs/cgroup/" + (part.version == .v2 ? "unified" : name)
    }
}
