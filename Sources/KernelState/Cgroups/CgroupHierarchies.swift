// The control-group hierarchies as the reader's mounts show them, and the folders of cgroups in them.

import Linux
import SystemPackage

/// The hierarchies that the reader can look into. See cgroups(7).
package struct CgroupHierarchies: Sendable, Equatable {
    package struct Hierarchy: Sendable, Equatable {
        package var isUnified: Bool
        package var mountPoint: FilePath
        /// The cgroup that the mount's root is, relative to the reader's cgroup namespace.
        package var root: FilePath
        /// By the kernel's names for this version: `memory`, `blkio`; or `name=systemd`.
        package var controllers: [String]
    }

    package var hierarchies: [Hierarchy]

    /// - Parameter controllersOfUnified: the words of `cgroup.controllers` at the root of a v2 mount.
    package init(mounts: MountTable, controllersOfUnified: (FilePath) -> [String]) {
        hierarchies = []
        for mount in mounts.mounts {
            let isUnified = mount.fileSystem == "cgroup2"
            guard isUnified || mount.fileSystem == "cgroup" else { continue }
            let names =
                isUnified
                ? controllersOfUnified(mount.mountPoint)
                : mount.superOptions.filter { !Self.otherOptions.contains($0) && !$0.hasPrefix("release_agent=") }
            // The first mount of a hierarchy is the usual place.
            if hierarchies.contains(where: { $0.isUnified == isUnified && (isUnified || $0.controllers == names) }) {
                continue
            }
            hierarchies.append(
                Hierarchy(isUnified: isUnified, mountPoint: mount.mountPoint, root: mount.root, controllers: names))
        }
    }

    /// Options of a v1 mount that are no controllers.
    private static let otherOptions: Set<String> = [
        "rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode", "favordynmods", "none",
    ]

    /// Those that the calling process sees.
    package static func read() throws(KernelStateError) -> CgroupHierarchies {
        guard let mounts = try MountTable.read() else {
            throw KernelStateError(operation: "read", object: "/proc/self/mountinfo", errno: .noSuchProcess)
        }
        return CgroupHierarchies(mounts: mounts) { mountPoint in
            let file = mountPoint.appending("cgroup.controllers")
            guard let text = try? CgroupFolder.contents(of: file) else { return [] }
            return text[...].lines.flatMap(\.words).map(\.text)
        }
    }

    /// Where a controller is, by its v2 name (`io` is `blkio` on v1).
    package func hierarchy(of controller: String) -> Hierarchy? {
        hierarchies.first { hierarchy in
            hierarchy.controllers.contains(!hierarchy.isUnified && controller == "io" ? "blkio" : controller)
        }
    }

    /// The folder of a cgroup of a hierarchy; nil when the reader's mount does not show it.
    package func folder(of cgroup: FilePath, in hierarchy: Hierarchy) -> FilePath? {
        var rest = cgroup
        guard rest.removePrefix(hierarchy.root) else { return nil }
        return hierarchy.mountPoint.pushing(rest)
    }

    /// The cgroup of a process in a hierarchy, relative to the reader's cgroup namespace; nil when the process is gone.
    package func membership(of process: ProcessID, in hierarchy: Hierarchy) -> FilePath? {
        let lines = ProcessState.read(process, fields: .cgroups)?.cgroups ?? []
        let names = Set(hierarchy.controllers)
        let line = lines.first { hierarchy.isUnified ? $0.hierarchy == 0 : !names.isDisjoint(with: $0.controllers) }
        return line.map { FilePath($0.path) }
    }
}
