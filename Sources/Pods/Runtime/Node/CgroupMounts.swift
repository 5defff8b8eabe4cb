// The cgroup hierarchies as a container sees them.

import Isolation

/// What is mounted at `/sys/fs/cgroup` of a container, read-only: its own cgroup is the root there, by its cgroup namespace.
struct CgroupMounts: Sendable, Equatable {
    /// Of v1: the names that make up each hierarchy; empty where v2 has all.
    var legacy: [[String]]

    init(legacy: [[String]]) { self.legacy = legacy }

    init(_ cgroup: Cgroup) {
        self.init(legacy: cgroup.parts.filter { $0.version == .v1 }.map(\.hierarchy.controllerNames))
    }

    /// - Parameter root: that of the container, in which sysfs is mounted already.
    func mounting(inside root: String) -> [Step] {
        func place(_ name: String = "") -> Place { .inside(root: root, "/sys/fs/cgroup" + name) }
        let quiet: MountOptions = [.noSuid, .noDevices, .noExecute]
        if legacy.isEmpty { return [.mount(.cgroup2, on: place(), options: quiet.union(.readOnly))] }
        var steps: [Step] = [.mount(.tmpfs(size: 64 << 10, mode: 0o755), on: place(), options: quiet)]
        for names in legacy {
            let folder = names.joined(separator: ",")
            steps += [
                .makeDirectory(place("/" + folder)),
                .mount(
                    .other(type: "cgroup", source: "cgroup", parameters: names.map { FileSystemParameter($0) }),
                    on: place("/" + folder), options: quiet.union(.readOnly)),
            ]
            // Controllers that share a hierarchy have a link each, as on most machines.
            steps += names.filter { $0 != folder }.map { .makeSymbolicLink(place("/" + $0), to: folder) }
        }
        return steps + [.setMountOptions(quiet.union(.readOnly), on: place())]
    }
}
