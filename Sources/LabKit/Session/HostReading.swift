// The machine at hand, for reports.

import Glibc
import KernelState

extension HostReport {
    /// Read from the kernel now.
    package static var current: HostReport {
        var names = utsname()
        uname(&names)
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return HostReport(
            kernel: text(names.release), cgroup: .current, root: geteuid() == 0, machine: text(names.machine))
    }
}

extension HostReport.Cgroup {
    /// Hybrid: some controllers are on v1 hierarchies while a v2 hierarchy is mounted as well. See cgroups(7).
    package static var current: HostReport.Cgroup {
        guard let mounts = (try? MountTable.read())?.map(\.mounts) ?? nil else { return .none }
        let unified = mounts.contains { $0.fileSystem == "cgroup2" }
        let legacy = mounts.contains {
            $0.fileSystem == "cgroup" && !$0.superOptions.contains { $0.hasPrefix("name=") }
        }
        switch (unified, legacy) {
        case (true, true): return .hybrid
        case (true, false): return .v2
        case (false, true): return .v1
        case (false, false): return .none
        }
    }
}
