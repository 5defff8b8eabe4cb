// What podlab could leave behind on a machine, counted before and after.

import FoundationEssentials
import Glibc
import KernelState
import LabKit
import Playgrounds
import SystemPackage

/// A count of everything that a playground makes and that must be gone when it is.
struct Leftovers {
    /// Processes that are podlab's init, by number and start time.
    var processes: Set<String>
    var mounts: Set<String>
    var sessions: Set<String>
    var links: Set<String>
    var cgroups: Set<String>
    var namespaces: Set<String>

    static func now(_ surroundings: Surroundings) -> Leftovers {
        let table = (try? ProcessTable.read(fields: [.namespaces])) ?? ProcessTable([])
        let own = ProcessState.read(.current, fields: .namespaces)
        // Processes and namespaces that this process started, however deep: its descendants.
        let descendants = table.descendants(of: .current)
        let mounts = (try? MountTable.read())?.map(\.mounts) ?? []
        return Leftovers(
            processes: Set(descendants.map { "\($0.comm) \($0.pid)" }),
            mounts: Set(mounts.map { "\($0.id) \($0.mountPoint)" }),
            sessions: Set(SessionFolder.all(in: surroundings.sessions).filter(\.isOwn).map(\.path.string)),
            links: Set((try? FileManager.default.contentsOfDirectory(atPath: "/sys/class/net")) ?? []),
            cgroups: Set(Cgroups.ownFolders()),
            namespaces: Set(
                descendants.flatMap { $0.namespaces?.values.map { "\($0)" } ?? [] }
            )
            .subtracting(own?.namespaces?.values.map { "\($0)" } ?? []))
    }

    func list(beyond before: Leftovers) -> [String] {
        [
            ("process", processes, before.processes), ("mount", mounts, before.mounts),
            ("session folder", sessions, before.sessions), ("link", links, before.links),
            ("cgroup", cgroups, before.cgroups), ("namespace", namespaces, before.namespaces),
        ].flatMap { kind, now, then in now.subtracting(then).sorted().map { "\(kind) \($0)" } }
    }

    var evidence: [Evidence] {
        [
            Evidence(source: "/proc, descendants of podlab", value: "\(processes.count) processes"),
            Evidence(source: "/proc/self/mountinfo", value: "\(mounts.count) mounts"),
            Evidence(source: "sessions", value: "\(sessions.count) folders"),
            Evidence(source: "/sys/class/net", value: "\(links.count) links"),
        ]
    }
}
