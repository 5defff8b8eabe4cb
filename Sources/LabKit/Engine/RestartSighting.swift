// A process whose restart is waited for, as it was seen: kept in the session's record, because no later look can tell.

import KernelState
import Netlink
import SystemPackage

/// A process that fitted a selector at some look, with the one that stood beside it then.
package struct RestartSighting: Codable, Sendable, Equatable {
    /// The words of the two selectors.
    package var selector: String
    package var besides: String
    package var process: SessionRecord.Process
    /// How the process is named in evidence.
    package var name: String
    /// Who stood beside it; nil: nobody who fitted.
    package var companion: SessionRecord.Process?
    /// The namespaces of both, as far as they are asked for: `net:[4026532254]`.
    package var namespaces: [String]
    /// The first of the namespaces that the two did not share; nil: they shared them all.
    package var unshared: NamespaceKind?
    /// The addresses of its network namespace, with the length of their prefixes.
    package var addresses: [String]
    /// The directory at the path that is asked for, by device and inode.
    package var kept: String? = nil
    /// The look that saw it first, and the first that found it ended or ending, in nanoseconds of CLOCK_BOOTTIME; nil while it lives.
    package var since: UInt64 = 0
    package var gone: UInt64? = nil

    /// More than this many are not kept of one probe.
    static let limit = 32
}

extension NamespaceKind: Codable {}

extension Judge {
    /// What was seen before, with what is to be seen now.
    func lookForRestarts(of probes: [RestartProbe], before: [RestartSighting]) -> [RestartSighting] {
        var sightings = before
        for probe in probes {
            // One that is just ending has left its namespaces: what was seen of it before is worth more.
            for now in (try? restartsSeen(of: probe)) ?? [] where now.namespaces.count == probe.kinds.count {
                if let index = sightings.firstIndex(where: { $0.isSame(as: now) }) {
                    sightings[index] = now.after(sightings[index])
                } else if sightings.count < RestartSighting.limit * probes.count {
                    sightings.append(now)
                }
            }
        }
        let ended = sightings.indices.filter { index in
            sightings[index].gone == nil && Self.isEnding(sightings[index].process.identity)
        }
        // One time for the whole look, after all that it saw: who is first seen when another is first missed may have followed it.
        let time = bootTime()
        for index in ended { sightings[index].gone = time }
        for index in sightings.indices where sightings[index].since == 0 { sightings[index].since = time }
        return sightings
    }

    /// The processes that fit just now. One that ended while it was looked at is left out: it may have left its namespaces and its root
    /// between two questions.
    func restartsSeen(of probe: RestartProbe) throws -> [RestartSighting] {
        let companions = try select(probe.beside)
        return try select(probe.of).filter { !$0.isEnding }.compactMap { process in
            let seen = Result { try sighting(of: process, probe, companions) }
            return Self.isEnding(process.identity) ? nil : try seen.get()
        }
    }

    private func sighting(
        of process: ProcessState, _ probe: RestartProbe, _ companions: [ProcessState]
    ) throws -> RestartSighting {
        let companion = companions.first { process.shares(probe.kinds, with: $0) } ?? companions.first
        return RestartSighting(
            selector: "\(probe.of)", besides: "\(probe.beside)", process: .init(process.identity),
            name: name(process), companion: companion.map { .init($0.identity) },
            namespaces: probe.kinds.compactMap { process.namespace($0.kernel)?.description },
            unshared: companion.flatMap { other in probe.kinds.first { !process.shares([$0], with: other) } },
            addresses: probe.address == nil ? [] : try addresses(of: process),
            kept: try probe.keeps.flatMap { try RootDirectory(of: process.pid)?.look(at: FilePath($0)).state }
                .map { "\($0.identity)" })
    }

    private static func isEnding(_ process: ProcessIdentity) -> Bool {
        guard let state = ProcessState.read(process.pid, fields: .status) else { return true }
        return state.identity != process || state.isEnding
    }

    private func addresses(of process: ProcessState) throws -> [String] {
        guard let namespace = try NetworkNamespace.of(process.pid) else { return [] }
        return try NetworkState.read([.addresses], in: namespace).addresses.compactMap { $0.prefix?.description }
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
    fileprivate func isSame(as other: RestartSighting) -> Bool {
        selector == other.selector && besides == other.besides && process == other.process
    }

    /// The same process, seen again. Whom it stood beside may go first: that it did stand there is not forgotten.
    fileprivate func after(_ earlier: RestartSighting) -> RestartSighting {
        var now = self
        now.since = earlier.since
        if companion == nil {
            now.companion = earlier.companion
            now.unshared = earlier.unshared
        }
        return now
    }
}
