// Sessions whose podlab is gone: what is left of them is ended and taken away, within a bound.

import CIsolation
import FoundationEssentials
import Glibc
import Isolation
import KernelState
import Linux
import SystemPackage
import Terminals
import Text

extension SessionFolder {
    /// What was taken away.
    package struct Removed: Sendable {
        package var path: FilePath
        package var kind: NodeRecord.Kind?
        /// Which lab and step it was, as far as its record said.
        package var lab: String?
        package var step: String?
        /// What the lab's variables were drawn from.
        package var seed: String?
        package var owner: Int32
        /// PID 1 of its playground, which still ran.
        package var ended: Int32?

        /// `/run/user/1000/podlab/sessions/812-4711-0 (01-chroot, step enter): its podlab, process 812, is gone`
        package var description: String {
            let place =
                kind == .node
                ? " (the node of pods)" : lab.map { " (\($0)\(step.map { ", step \($0)" } ?? ""))" } ?? ""
            let playground = ended.map { "; its playground (PID 1 is process \($0)) was ended" } ?? ""
            return terminalSafe("\(path)\(place): its podlab, process \(owner), is gone\(playground)")
        }
    }

    /// Ends what is left of the playgrounds of those whose owner is gone, and removes their folders; nothing else. Whether it is gone is
    /// asked by its number and the moment when it started, counted from the start of the machine: the clock on the wall has no part in it.
    /// A folder stays, and `Unended` says why, as long as its playground does: it is how that is found.
    /// - Parameter patience: for all of them.
    @discardableResult
    package static func removeDead(in sessions: FilePath, patience: Duration = .seconds(10)) -> [Removed] {
        let deadline = ContinuousClock.now + patience
        return all(in: sessions).compactMap { folder in
            guard let owner = folder.owner, !folder.isLive else { return nil }
            let record = folder.read()
            var ended: Int32?
            // The kernel takes it down with its podlab, which may have been a moment ago.
            if let playground = record?.playground?.identity, let handle = handle(ofPlayground: playground),
                iso_poll(handle.pidfd, Int32(POLLIN), 500) == 0, !isExiting(playground.pid)
            {
                guard end(handle, until: deadline) else { return nil }
                ended = playground.pid.rawValue
            }
            folder.remove()
            guard !FileManager.default.fileExists(atPath: folder.path.string) else { return nil }
            return Removed(
                path: folder.path, kind: record?.kind, lab: record?.lab, step: record?.step, seed: record?.seed,
                owner: owner.pid.rawValue, ended: ended)
        }
    }

    /// A record is a file: that it names the first process of a pid namespace that is not our own is asked of the kernel.
    private static func handle(ofPlayground process: ProcessIdentity) -> HeldProcess? {
        guard let handle = try? HeldProcess(process),
            let state = ProcessState.read(process.pid, fields: [.status, .namespaces]), state.identity == process,
            state.numberInside == 1, let namespace = state.namespace(.pid),
            let own = ProcessState.read(.current, fields: .namespaces)?.namespace(.pid), namespace != own
        else { return nil }
        return handle
    }

    /// A process that is past its end has no memory any more; it may wait for others to be reaped, by whoever has inherited them.
    private static func isExiting(_ process: ProcessID) -> Bool {
        guard let folder = try? RootDirectory(path: FilePath("/proc/\(process)")),
            let status = try? folder.contents(of: "/status", limit: 16_384)
        else { return true }
        return !String(decoding: status, as: UTF8.self).contains("\nVmSize:")
    }

    /// - Returns: false: it has not ended in time, which is noted.
    private static func end(_ playground: HeldProcess, until deadline: ContinuousClock.Instant) -> Bool {
        let pid = playground.identity.pid.rawValue
        let refusal = iso_pidfd_send_signal(playground.pidfd, SIGKILL)
        guard refusal >= 0 || refusal == -ESRCH else {
            Unended.note(
                "end process \(pid), PID 1 of a playground: \(errnoText(-refusal)); end it as its user, or as root")
            return false
        }
        var members: [Int32] = [pid]
        if let namespace = ProcessState.read(playground.identity.pid, fields: .namespaces)?.namespace(.pid) {
            members += ProcessTable.numbers(within: namespace).map(\.rawValue)
        }
        var pause: Int64 = 20
        while iso_poll(playground.pidfd, Int32(POLLIN), pause) == 0 {
            guard ContinuousClock.now < deadline else {
                Unended.note("process \(pid), PID 1 of a playground whose podlab is gone, has not ended after SIGKILL")
                return false
            }
            // Whatever is frozen takes no signal, and PID 1 waits for all.
            Thaw.processes(members)
            // A tracer may have had it stop at its end: another one wakes it.
            iso_pidfd_send_signal(playground.pidfd, SIGKILL)
            pause = min(200, pause * 2)
        }
        return true
    }
}
