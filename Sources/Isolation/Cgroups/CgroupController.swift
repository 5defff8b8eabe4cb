// The controllers of control groups, and what each version of the interface calls them.

/// Which interface a hierarchy speaks. See cgroups(7).
package enum CgroupVersion: Sendable, Equatable {
    /// A hierarchy for each controller, or for a few. Documentation/admin-guide/cgroup-v1 of the kernel.
    case v1
    /// One hierarchy for all. Documentation/admin-guide/cgroup-v2.rst of the kernel.
    case v2
}

/// A kind of resource that the kernel accounts and limits.
package enum CgroupController: String, Sendable, CaseIterable, Hashable {
    case cpu, cpuset, io, memory, pids
    /// Only v1 has a controller for it; on v2 every cgroup can be frozen.
    case freezer
    /// Only v1; the `cpu` controller of v2 accounts too.
    case cpuacct

    /// As mount options and `cgroup.controllers` name it; nil where that version has none.
    package func name(in version: CgroupVersion) -> String? {
        switch (self, version) {
        case (.io, .v1): "blkio"
        case (.freezer, .v2), (.cpuacct, .v2): nil
        default: rawValue
        }
    }

    /// The controller of that name.
    init?(name: String, in version: CgroupVersion) {
        guard let found = Self.allCases.first(where: { $0.name(in: version) == name }) else { return nil }
        self = found
    }
}
