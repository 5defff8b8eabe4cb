// The cgroups of sessions: made below what is delegated to this user, and taken away when their session is gone.

import Glibc
import Isolation
import KernelState
import Linux
import SystemPackage

/// Whether playgrounds can have cgroups here.
package enum Cgroups: @unchecked Sendable {
    /// Below this one. Its descriptors are only read; that makes it safe to share.
    case delegated(Cgroup)
    /// Why not, and the one command that would change it.
    case unavailable(reason: String, command: String?)

    /// What this user has on this machine.
    package static func find() -> Cgroups {
        switch CgroupDelegation.find() {
        case .granted(let cgroup): .delegated(cgroup)
        case .refused(let reason, let command): .unavailable(reason: reason, command: command)
        }
    }

    /// Why there is none, and what to do about it.
    package var problem: String? {
        guard case .unavailable(let reason, let command) = self else { return nil }
        return reason + (command.map { "; `\($0)` gives one" } ?? "")
    }

    package var isDelegated: Bool {
        if case .delegated = self { true } else { false }
    }

    /// The name of a session's cgroups. Process numbers mean something in their pid namespace only, while the cgroups of a machine are
    /// seen from all of them (by root in two containers, say), so the namespace is part of the name.
    private static func name(of session: String) -> String { "\(session)@\(pidNamespace)" }

    private static let pidNamespace =
        ProcessState.read(.current, fields: .namespaces)?.namespace(.pid).map { "\($0.inode)" } ?? "unknown"

    /// The session that a cgroup is of, if it was made in this pid namespace.
    private static func session(of cgroup: String) -> String? {
        let mark = "@" + pidNamespace
        return cgroup.hasSuffix(mark) ? String(cgroup.dropLast(mark.count)) : nil
    }

    /// Makes those of a session; nil where none can be had.
    package func make(_ session: String) throws -> PlaygroundCgroup? {
        let name = Self.name(of: session)
        // Root's own folder goes with its last session and so is looked for anew.
        guard geteuid() == 0, isDelegated else {
            guard case .delegated(let parent) = self else { return nil }
            return try PlaygroundCgroup.make(name, in: parent, owner: Playground.rootOwner)
        }
        var attempts = 0
        while true {
            guard case .delegated(let parent) = Cgroups.find() else { return nil }
            do {
                return try PlaygroundCgroup.make(name, in: parent, owner: Playground.rootOwner)
            } catch {
                // Root of a user namespace only: the folder is that of the machine's root.
                if error.errno == .permissionDenied || error.errno == .notPermitted { return nil }
                // The last session of another podlab may end just now and take the folder with it.
                attempts += 1
                guard attempts < 100, error.errno == .noSuchFileOrDirectory || error.errno == Errno(rawValue: ENODEV)
                else { throw error }
            }
        }
    }

    /// Those of a session of another podlab; nil where this process may not enter them.
    package func open(_ session: String) throws -> PlaygroundCgroup? {
        guard case .delegated(let parent) = self else { return nil }
        return try PlaygroundCgroup.open(Self.name(of: session), in: parent)
    }

    /// Removes root's own folder where no session is in it any more. What an administrator handed to a user stays.
    package static func removeUnused() {
        guard geteuid() == 0 else { return }
        for place in CgroupDelegation.places() { place.removeIfEmpty() }
    }

    /// The folders of this very process's sessions that are there now.
    package static func ownFolders() -> [String] { ownSessions().values.joined().map(\.path) }

    /// The cgroups of this very process's sessions, by session.
    static func ownSessions() -> [String: [CgroupDirectory]] {
        guard let own = SessionFolder.ownIdentity else { return [:] }
        return sessions { $0 == own }
    }

    /// The cgroups of sessions of this pid namespace, by session, wherever podlabs of this user have made them.
    private static func sessions(of isMeant: (ProcessIdentity) -> Bool) -> [String: [CgroupDirectory]] {
        var found: [String: [CgroupDirectory]] = [:]
        for place in CgroupDelegation.places() {
            for name in place.children() {
                guard let session = session(of: name), let owner = SessionFolder.owner(of: session), isMeant(owner),
                    let folder = try? CgroupDirectory(at: "\(place.path)/\(name)", in: place.hierarchy)
                else { continue }
                found[session, default: []].append(folder)
            }
        }
        return found
    }

    /// Ends what is left in those of sessions whose podlab is gone, and removes them, and nothing else: those of another pid namespace are
    /// not for this process to judge. They are found by their names below what is delegated to this user, whatever became of the session's
    /// own folder. What could not be ended in time is noted as `Unended`.
    /// - Parameter patience: for all of them.
    /// - Returns: what was removed, in words.
    @discardableResult
    package static func removeDead(patience: Duration = .seconds(15)) -> [String] {
        let deadline = ContinuousClock.now + patience
        var removed: [String] = []
        for (session, parts) in sessions(of: { !SessionFolder.isLive($0) }).sorted(by: { $0.key < $1.key }) {
            // Each gets its try, even when one before it has used up the time.
            let left = max(.milliseconds(200), ContinuousClock.now.duration(to: deadline))
            if let words = end(session, Cgroup(parts: parts), patience: min(left, .seconds(5))) {
                removed.append(words)
            }
        }
        removeUnused()
        return removed
    }

    /// - Returns: what was done; nil: it could not be.
    static func end(_ session: String, _ cgroup: Cgroup, patience: Duration) -> String? {
        let members = Set(cgroup.parts.flatMap { $0.membersOfTree() }).count
        do {
            try cgroup.kill(patience: patience)
            try cgroup.remove(patience: patience)
        } catch {
            Unended.note("\(error)")
            return nil
        }
        let who = members == 0 ? "" : ", and ended \(members == 1 ? "a process" : "\(members) processes") in them"
        return "the control groups of session \(session)\(who)"
    }
}
