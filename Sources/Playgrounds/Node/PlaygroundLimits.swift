// How much of the learner's machine a playground may take as long as no cgroup limits it.

import FoundationEssentials
import Glibc
import Isolation
import KernelState
import Linux
import SystemPackage
import Text

/// What everything that runs in a playground is given: PID 1, decoys, shells, and every program that podlab brings in later.
///
/// A fork bomb typed inside meets `RLIMIT_NPROC`. Since Linux 5.14 the kernel counts for it by user *and user namespace*, so that
/// a playground's tasks are counted by themselves, and nobody inside may raise it: that takes `CAP_SYS_RESOURCE` outside. It is
/// set after the id map and the credentials, because the limit in force when a user namespace is made becomes the namespace's own
/// and is compared with all that the user runs outside. See getrlimit(2), user_namespaces(7).
package struct PlaygroundLimits: Equatable, Sendable {
    /// Tasks (processes and threads) that each user of a playground may have. The labs need some tens; a machine bears a thousand.
    package static let tasks: UInt64 = 1024
    /// Short of memory, the kernel ends the playground before the learner's browser. See proc_pid_oom_score_adj(5).
    package static let oomScoreAdjustment = 500

    /// Descriptors that each process inside may have open, and that all of them may have on their way through sockets: the kernel
    /// counts those by user, and the user is often the one who runs podlab. So it is less than what other programs are usually allowed
    /// (1024), which go on as long as no more are on their way than they may have open themselves. See unix(7), ETOOMANYREFS.
    package static let openFiles: UInt64 = 768
    /// What keeps the pods of a node has pipes and pidfds of each.
    static let openFilesOfService: UInt64 = 4096
    /// Signals that wait, which the kernel counts by user as well. See sigqueue(3).
    static let queuedSignals: UInt64 = 1024

    /// `RLIMIT_NPROC`, soft and hard.
    package let processes: UInt64
    /// Nil where this machine does not let it be written.
    package let oomScoreAdjustment: Int?

    /// For a new playground of this process.
    package static var new: PlaygroundLimits {
        let own = Self.maximumOfProcesses(of: .current)
        return PlaygroundLimits(
            wanted: tasks + (countsByNamespace ? 0 : tasksOfRootOwner()), hard: own?.hard)
    }

    /// Those of a playground, or of a box in it, that a process is in.
    init(of process: ProcessID) {
        let theirs = Self.maximumOfProcesses(of: process)?.soft ?? Self.tasks
        self.init(wanted: theirs == .max ? Self.tasks : theirs, hard: Self.maximumOfProcesses(of: .current)?.hard)
    }

    /// Never above the hard limit at hand: that would need a privilege, and whoever set it meant it.
    init(wanted: UInt64, hard: UInt64?) {
        processes = min(wanted, hard ?? .max)
        // Below what a service manager with privileges has set, the kernel refuses it.
        let own = (try? String(contentsOfFile: "/proc/self/oom_score_adj", encoding: .utf8))?
            .trimmed
        oomScoreAdjustment =
            access("/proc/self/oom_score_adj", W_OK) == 0
            ? max(Self.oomScoreAdjustment, own.flatMap { Int($0) } ?? 0) : nil
    }

    /// Where /proc is still the host's own: inside, somebody may have put another file there.
    var outside: [Isolation.Step] { oomScoreAdjustment.map { [.setOOMScoreAdjustment($0)] } ?? [] }

    /// Once the credentials are those of the playground, and what podlab brings in has been handed over.
    var inside: [Isolation.Step] { inside(openFiles: Self.openFiles) }

    func inside(openFiles: UInt64) -> [Isolation.Step] {
        let files = min(openFiles, Self.ownLimit(.openFiles))
        let signals = min(Self.queuedSignals, Self.ownLimit(.queuedSignals))
        return [
            .setResourceLimit(.processes, soft: processes, hard: processes),
            .setResourceLimit(.coreSize, soft: 0, hard: 0),
            .setResourceLimit(.openFiles, soft: files, hard: files),
            .setResourceLimit(.queuedSignals, soft: signals, hard: signals),
        ]
    }

    /// The hard limit of this process.
    private static func ownLimit(_ resource: ResourceLimit) -> UInt64 {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 ? UInt64(limit.rlim_max) : .max
    }

    // MARK: What the kernel says

    /// Since Linux 5.14; before that all tasks that a user has on the machine count.
    package static let countsByNamespace: Bool = {
        let version = kernelRelease().split(separator: ".").prefix(2).map { part in
            Int(part.prefix { $0.isNumber }) ?? 0
        }
        return !version.lexicographicallyPrecedes([5, 14])
    }()

    private static func tasksOfRootOwner() -> UInt64 {
        let owner = Playground.rootOwner.user
        let states = (try? ProcessTable.read(fields: .status))?.all ?? []
        return states.filter { $0.status?.userIDs.real == owner }.reduce(0) { $0 + UInt64($1.status?.threads ?? 1) }
    }

    /// The line `Max processes` of /proc/PID/limits; `UInt64.max` is unlimited. See proc_pid_limits(5).
    static func maximumOfProcesses(of process: ProcessID) -> (soft: UInt64, hard: UInt64)? {
        guard let folder = try? RootDirectory(path: FilePath("/proc/\(process)")),
            let bytes = try? folder.contents(of: "/limits", limit: 8192)
        else { return nil }
        let title = "Max processes"
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(title) }
        let values = (line ?? "").dropFirst(title.count).split(separator: " ").prefix(2).map {
            $0 == "unlimited" ? UInt64.max : UInt64($0)
        }
        guard values.count == 2, let soft = values[0], let hard = values[1] else { return nil }
        return (soft, hard)
    }
}
