// A process whose restart is waited for, as it was seen: kept in the session's record, because no later look can tell.

import Glibc
import KernelState
import Linux
import Netlink
import Playgrounds
import SystemPackage
import Text

/// A process that fitted a selector at some look, with what was to be seen of it and around it while it lived.
package struct RestartSighting: Codable, Sendable, Equatable {
    /// Somebody who stood beside it at some look.
    package struct Companion: Codable, Sendable, Equatable {
        package var process: NodeRecord.Process
        /// The first of the namespaces that the two did not share; nil: they shared them all.
        package var unshared: NamespaceKind?
        /// The first look that found it ended or ending, as of the sighting itself.
        package var gone: UInt64?
    }

    /// One of those who bore it: its parent, the parent of that, and so on.
    package struct Ancestor: Codable, Sendable, Equatable {
        package var process: NodeRecord.Process
        /// It was seen to wait for what somebody types into a terminal.
        package var reads: Bool
    }

    /// What is looked for, see `RestartProbe.key`.
    package var key: String
    package var process: NodeRecord.Process
    /// How the process is named in evidence.
    package var name: String
    package var companions: [Companion] = []
    /// Nearest first, without the node's PID 1, to which orphans come.
    package var ancestors: [Ancestor] = []
    /// Those who fit `renewed` and were in its network namespace.
    package var holders: [NodeRecord.Process] = []
    /// Its namespaces, as far as they are asked for: `net:[4026532254]`.
    package var namespaces: [String]
    /// The addresses of its network namespace, with the length of their prefixes.
    package var addresses: [String] = []
    /// The directory at the path that is asked for, by device and inode.
    package var kept: String?
    /// It had a socket that listens at the port that is asked for.
    package var listens = false
    /// The host name of its UTS namespace, as it was first seen.
    package var hostName: String?
    /// The look that saw it first, and its end as the kernel told it, or the first look that found it ended or ending, in nanoseconds of
    /// CLOCK_BOOTTIME; nil while it lives.
    package var since: UInt64 = 0
    package var gone: UInt64?

    /// More than this many are not kept of one probe.
    static let limit = 32
}

extension NamespaceKind: Codable {}

extension Judge {
    /// What was seen before, with what is to be seen now.
    /// - Parameter end: when a process ended, in nanoseconds of CLOCK_BOOTTIME, as far as somebody knows better than a look.
    func lookForRestarts(
        of probes: [RestartProbe], before: [RestartSighting], end: (ProcessIdentity) -> UInt64? = { _ in nil }
    ) -> [RestartSighting] {
        var sightings = before
        for probe in probes {
            // One that is just ending has left its namespaces: what was seen of it before is worth more.
            for now in (try? restartsSeen(of: probe, before: before)) ?? []
            where now.namespaces.count == probe.kinds.count {
                if let index = sightings.firstIndex(where: { $0.isSame(as: now) }) {
                    sightings[index] = now.after(sightings[index])
                } else {
                    if sightings.count(where: { $0.key == now.key }) >= RestartSighting.limit,
                        let oldest = sightings.firstIndex(where: { $0.key == now.key })
                    {
                        sightings.remove(at: oldest)
                    }
                    sightings.append(now)
                }
            }
        }
        let time = noteEnds(in: &sightings, end: end)
        for index in sightings.indices where sightings[index].since == 0 { sightings[index].since = time }
        return sightings
    }

    /// Notes who has ended since, of those who were seen and of those beside them.
    /// - Returns: the time of the look, in nanoseconds of CLOCK_BOOTTIME.
    @discardableResult
    func noteEnds(in sightings: inout [RestartSighting], end: (ProcessIdentity) -> UInt64?) -> UInt64 {
        func isOver(_ process: ProcessIdentity) -> Bool { end(process) != nil || Self.isEnding(process) }
        let ended = sightings.indices.filter { index in
            sightings[index].gone == nil && isOver(sightings[index].process.identity)
        }
        let companions = Set(sightings.flatMap(\.companions).filter { $0.gone == nil }.map(\.process.identity))
        let left = companions.filter(isOver)
        // One time for the whole look, after all that it saw: who is first seen when another is first missed may have followed it.
        let time = bootTime()
        for index in ended { sightings[index].gone = end(sightings[index].process.identity) ?? time }
        for index in sightings.indices where !left.isEmpty {
            for place in sightings[index].companions.indices
            where sightings[index].companions[place].gone == nil
                && left.contains(sightings[index].companions[place].process.identity)
            {
                sightings[index].companions[place].gone =
                    end(sightings[index].companions[place].process.identity) ?? time
            }
        }
        return time
    }

    /// The processes that fit just now. One that ended while it was looked at is left out: it may have left its namespaces and its root
    /// between two questions.
    private func restartsSeen(of probe: RestartProbe, before: [RestartSighting]) throws -> [RestartSighting] {
        let key = probe.key
        let companions = try probe.beside.map { try select($0) } ?? []
        let holders = try probe.renewed.map { try select($0) } ?? []
        return try select(probe.of).filter { !$0.isEnding }.compactMap { process in
            let earlier = before.first { $0.key == key && $0.process.identity == process.identity }
            let seen = Result { try sighting(of: process, probe, companions, holders, earlier, before) }
            return Self.isEnding(process.identity) ? nil : try seen.get()
        }
    }

    private func sighting(
        of process: ProcessState, _ probe: RestartProbe, _ companions: [ProcessState],
        _ holders: [ProcessState], _ earlier: RestartSighting?, _ before: [RestartSighting]
    ) throws -> RestartSighting {
        var seen = RestartSighting(
            key: probe.key, process: .init(process.identity), name: name(process),
            namespaces: probe.kinds.compactMap { process.namespace($0.kernel)?.description })
        seen.companions = companions.prefix(RestartSighting.limit).map { other in
            .init(
                process: .init(other.identity), unshared: probe.kinds.first { !process.shares([$0], with: other) })
        }
        seen.holders = holders.filter { process.shares([.net], with: $0) }.map { .init($0.identity) }
        if probe.loop { seen.ancestors = try ancestors(of: process) }
        if probe.address != nil { seen.addresses = try addresses(of: process) }
        if let path = probe.keeps {
            seen.kept = try RootDirectory(of: process.pid)?.look(at: FilePath(path)).state.map { "\($0.identity)" }
        }
        if let port = probe.port { seen.listens = try earlier?.listens == true || listens(process, at: UInt16(port)) }
        if probe.asksForHostName {
            seen.hostName =
                try earlier?.hostName ?? sharedHostName(seen, probe, before) ?? UTSVisit.hostname(of: process.pid)
        }
        return seen
    }

    /// The host name that was seen in its UTS namespace before: that of one beside whom the same process stood, in the same namespaces. A container
    /// that is killed as soon as it is back would be gone before a child has visited its namespace.
    private func sharedHostName(
        _ seen: RestartSighting, _ probe: RestartProbe, _ before: [RestartSighting]
    ) -> String? {
        guard probe.kinds.contains(.uts) else { return nil }
        let beside = seen.companions.filter { $0.unshared == nil }.map(\.process)
        return before.first { one in
            one.key == seen.key && one.hostName != nil && one.namespaces == seen.namespaces
                && one.companions.contains { $0.unshared == nil && beside.contains($0.process) }
        }?.hostName
    }

    /// Who bore it, and who of them waits for a person: a shell that somebody types into is no loop.
    private func ancestors(of process: ProcessState) throws -> [RestartSighting.Ancestor] {
        let table = try processes()
        // Whom an orphan's parent was is told by its process group: a shell without job control puts all that it starts into its own.
        var lineage = ancestors(of: process, in: table)
        if lineage.isEmpty, process.stat.processGroup != process.pid, let leader = table[process.stat.processGroup],
            leader.pid != node.initProcess.pid, leader.stat.startTime <= process.stat.startTime
        {
            lineage = [leader] + ancestors(of: leader, in: table)
        }
        return lineage.prefix(RestartSighting.limit).map { one -> RestartSighting.Ancestor in
            let terminal = one.stat.terminal.map { Terminal(number: $0) }
            return RestartSighting.Ancestor(
                process: .init(one.identity),
                reads: terminal.map { WaitingReader.isWaitingForInput(one.pid, terminal: $0) } ?? false)
        }
    }

    /// Those of the node, nearest first, without its number 1, to which orphans come.
    private func ancestors(of process: ProcessState, in table: ProcessTable) -> [ProcessState] {
        Array(table.ancestors(of: process.pid).prefix { $0.pid != node.initProcess.pid })
    }

    static func isEnding(_ process: ProcessIdentity) -> Bool {
        guard let state = ProcessState.read(process.pid, fields: .status) else { return true }
        return state.identity != process || state.isEnding
    }

    private func addresses(of process: ProcessState) throws -> [String] {
        guard let namespace = try NetworkNamespace.of(process.pid) else { return [] }
        return try NetworkState.read([.addresses], in: namespace).addresses.compactMap { $0.prefix?.description }
    }

    private func listens(_ process: ProcessState, at port: UInt16) throws -> Bool {
        guard let namespace = try NetworkNamespace.of(process.pid) else { return false }
        let listeners = try NetworkState.read([.listeners], in: namespace).listeners
            .filter { $0.transport == .tcp && $0.port == port }
        return !listeners.isEmpty && !ProcessState.sockets(of: process.pid).isDisjoint(with: listeners.map(\.inode))
    }
}

extension ProcessState {
    /// It has ended, or nothing can keep it from that any more: kill(2) returns before the one whom it has killed is gone.
    var isEnding: Bool {
        let signals = status?.signals
        let isKilled =
            signals?.pending.contains(signal: 9) == true || signals?.sharedPending.contains(signal: 9) == true
        return isZombie || stat.isExiting || isKilled
    }
}

extension RestartSighting {
    /// When its process was started, in nanoseconds of CLOCK_BOOTTIME; the kernel tells it in hundredths of a second.
    var started: UInt64 { process.startTime * 1_000_000_000 / UInt64(sysconf(Int32(_SC_CLK_TCK))) }

    func isSame(as other: RestartSighting) -> Bool { key == other.key && process == other.process }

    /// The same process, seen again. Whom it stood beside may go first: that it did stand there is not forgotten. Who bore it is told by the
    /// first look: an orphan has another parent.
    fileprivate func after(_ earlier: RestartSighting) -> RestartSighting {
        var now = self
        now.since = earlier.since
        now.gone = earlier.gone
        now.companions += earlier.companions.filter { old in !companions.contains { $0.process == old.process } }
        now.companions = Array(now.companions.suffix(Self.limit))
        now.holders += earlier.holders.filter { !holders.contains($0) }
        now.holders = Array(now.holders.suffix(Self.limit))
        now.ancestors = earlier.ancestors.map { old in
            Ancestor(
                process: old.process, reads: old.reads || ancestors.contains { $0.process == old.process && $0.reads })
        }
        return now
    }

    /// Who bore both: a loop as far as nobody of them reads what somebody types. Whoever stands above one that does only bore that one.
    func bearers(with other: RestartSighting) -> (loops: [NodeRecord.Process], hands: [NodeRecord.Process]) {
        let both = ancestors.filter { one in other.ancestors.contains { $0.process == one.process } }
        let hands = both.filter { one in
            one.reads || other.ancestors.contains { $0.process == one.process && $0.reads }
        }
        return (both.prefix { !hands.contains($0) }.map(\.process), hands.map(\.process))
    }
}

extension RestartSighting {
    /// Milliseconds for which nobody was there, as far as looks can tell: not more than there were.
    func pause(after gone: UInt64?) -> Int {
        guard let gone, started > gone else { return 0 }
        return Int((started - gone) / 1_000_000)
    }

    /// It may not have come so far yet.
    var isYoung: Bool { gone == nil && bootTime() < since + 500_000_000 }

    var evidence: Evidence {
        let shared = companions.first { $0.unshared == nil } ?? companions.first
        var place = namespaces + (shared.map { ["beside process \($0.process.pid)"] } ?? [])
        if !ancestors.isEmpty {
            place.append(
                "started by "
                    + ancestors.prefix(4).map { "\($0.process.pid)\($0.reads ? " (reads a terminal)" : "")" }
                    .joined(separator: " by "))
        }
        place += hostName.map { ["host name \($0)"] } ?? []
        place += holders.map { "in the network namespace of process \($0.pid)" }
        place += kept.map { ["directory \($0)"] } ?? []
        place += ["started \(started / 1_000_000) ms after the machine"]
        place += gone.map { ["gone after \($0 / 1_000_000) ms"] } ?? []
        return Evidence(
            source: "/proc/\(process.pid)/ns, \(process.isAlive ? "now" : "before its end")",
            value: terminalSafe("\(name): " + (place + addresses).joined(separator: ", ")))
    }
}
