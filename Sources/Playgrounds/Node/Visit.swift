// A short visit to where a process is: its namespaces and its root, by descriptor, to run one program there.

import CIsolation
import Glibc
import Isolation
import KernelState
import Linux
import SystemPackage

/// Runs a program as root of the playground with the namespaces and the root of one of its processes. The process is held by a
/// pidfd and a descriptor of its root, so that another one with its number cannot be meant.
package struct Visit: ~Copyable {
    private let pidfd: Descriptor
    private let root: Descriptor
    /// A visitor has the limits of whom it visits.
    private let limits: PlaygroundLimits
    private let calls: Set<SystemCallGroup>

    /// - Parameter expected: who the process was when it was chosen; another one with its number is refused.
    /// - Parameter calls: those that are not refused to it.
    package init(
        to process: ProcessID, expecting expected: ProcessIdentity? = nil, calls: Set<SystemCallGroup> = []
    ) throws(PlaygroundError) {
        let pidfd = try Self.owner(iso_pidfd_open(process.rawValue), "open process \(process)")
        let root = try Self.owner(
            iso_openat(AT_FDCWD, "/proc/\(process)/root", O_RDONLY | O_DIRECTORY, 0),
            "open the root of process \(process)")
        if let expected, ProcessState.read(process, fields: [])?.identity != expected {
            throw .noSuchProcess("process \(process) has ended meanwhile")
        }
        self.pidfd = pidfd
        self.root = root
        limits = PlaygroundLimits(of: process)
        self.calls = calls
    }

    private static func owner(_ result: Int32, _ operation: String) throws(PlaygroundError) -> Descriptor {
        guard result >= 0 else { throw .system(operation: operation, errno: -result) }
        return Descriptor(taking: result)
    }

    /// The steps that bring a process to the place.
    package var entering: [Isolation.Step] {
        limits.outside + [
            .join(.sandbox, of: .process(pidfd: pidfd.raw)), .setCredentials(),
            .refuseSystemCalls(except: calls),
            .enterProcessNamespace,
        ] + limits.inside + [.chroot(.descriptor(root.raw)), .changeDirectory("/")]
    }

    /// Opens a regular file there for appending, as the root user of the process's user namespace, and closes it again. Nothing is
    /// written and no program of the place is run. Nil: it could be opened; else why not.
    package func attemptToWrite(_ path: String) throws(PlaygroundError) -> Errno? {
        let attempt: Isolation.Step = .openForAppending(.path(path))
        let plan = Plan(entering + [attempt, .finish])
        let visit: Output
        do {
            visit = try plan.output(limit: 0, patience: .seconds(10))
        } catch {
            if error.isAbout(attempt), let errno = error.errno { return errno }
            throw .notRun(error)
        }
        // Whoever is root there may kill it; then it has found out nothing.
        guard visit.status.isSuccess else { throw .visitEnded("\(visit.status)") }
        return nil
    }

    /// Leaves so many children of podlab's behind in the place's pid namespace, which end as soon as their parent has: the process that
    /// is number 1 there has to wait for them.
    package func leaveOrphans(_ count: Int) throws(PlaygroundError) -> Orphans {
        let ended: ExitStatus?
        let child: Child
        do {
            child = try Plan(entering + [.leaveOrphans(count), .finish]).start(
                StartOptions(streams: .null, patience: .seconds(10)))
            defer { child.close() }
            ended = try child.wait(for: .seconds(10))
        } catch {
            throw .notRun(error)
        }
        // Whoever is root there may kill it.
        guard let ended, ended.isSuccess else { throw .visitEnded(ended.map { "\($0)" } ?? "not ended") }
        return child.orphans
    }

    /// - Parameter cgroup: a descriptor of the folder of a cgroup to run in. It is joined by this machine's view, before the
    ///   namespaces are.
    package func run(_ command: [String], seconds: Int, cgroup: Int32? = nil) throws(PlaygroundError) -> Output {
        let joining: [Isolation.Step] = cgroup.map { [.joinCgroup(.descriptor($0))] } ?? []
        do {
            let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
            return try Plan(
                joining + entering
                    + [.execute(.path(command.first ?? ""), arguments: command, environment: environment)]
            ).output(patience: .seconds(seconds))
        } catch {
            throw .notRun(error)
        }
    }
}
