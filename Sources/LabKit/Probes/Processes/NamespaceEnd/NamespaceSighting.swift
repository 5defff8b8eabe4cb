// A pid namespace seen alive, and what became of its members: kept in the session's record, because no later look can tell.

import CIsolation
import Glibc
import KernelState
import Playgrounds
import SystemPackage

/// A pid namespace whose PID 1 fitted a selector at some look, with the others that lived in it then.
package struct NamespaceSighting: Codable, Sendable, Equatable {
    package struct Member: Codable, Sendable, Equatable {
        package var process: NodeRecord.Process
        package var comm: String
        package var numberInside: Int32
        /// Nil while it lives.
        package var ending: Ending?
    }

    package enum Ending: Codable, Sendable, Equatable {
        case exited(Int32)
        case signaled(Int32)
        /// It has ended, and this kernel does not say how (Linux before 6.15).
        case unknown
    }

    /// The words of the selector that PID 1 fitted.
    package var selector: String
    package var namespace: String
    package var first: Member
    /// Those that lived as long as PID 1 did, as far as was seen.
    package var others: [Member]

    /// More than this many are not kept of one probe, nor others of one namespace: whoever makes a thousand namespaces must fill neither the
    /// record nor the descriptors of podlab.
    static let limit = 32
}

extension NamespaceSighting.Ending: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exited(let code): "exited with \(code)"
        case .signaled(let number): "ended by SIG\(SignalName.of(number))"
        case .unknown: "ended"
        }
    }
}

/// Follows processes by pidfd from look to look: a pidfd that was opened while its process lived can say how it ended, although
/// the process is no child of podlab's. See `PIDFD_GET_INFO` in ioctl_pidfd(2).
final class NamespaceWatch {
    private var descriptors: [ProcessIdentity: Int32] = [:]
    /// How many processes are followed at once.
    static let most = 256

    deinit { for descriptor in descriptors.values { close(descriptor) } }

    /// What was seen before, brought up to now.
    func look(
        for probes: [NamespaceEndProbe], before: [NamespaceSighting], judge: Judge
    ) -> [NamespaceSighting] {
        var sightings = before.map(advance)
        for probe in probes {
            for first in (try? judge.select(probe.of)) ?? [] where first.numberInside == 1 {
                guard let namespace = first.namespace(.pid), let table = try? judge.processes(),
                    let member = watched(first)
                else { continue }
                let others = table.members(of: namespace).filter { $0.pid != first.pid && !$0.isEnding }
                    .compactMap(watched)
                let name = "\(probe.of)"
                if let index = sightings.firstIndex(where: {
                    $0.selector == name && $0.first.process == member.process
                }) {
                    let known = sightings[index].others.map(\.process)
                    sightings[index].others += others.filter { !known.contains($0.process) }
                    sightings[index].others = Array(sightings[index].others.suffix(NamespaceSighting.limit))
                } else {
                    sightings.append(
                        NamespaceSighting(
                            selector: name, namespace: "\(namespace)", first: member,
                            others: Array(others.suffix(NamespaceSighting.limit))))
                    dropOldest(of: name, &sightings)
                }
            }
        }
        release(allBut: sightings)
        return sightings
    }

    /// The newest are kept, whose ends are still to come.
    private func dropOldest(of selector: String, _ sightings: inout [NamespaceSighting]) {
        while sightings.count(where: { $0.selector == selector }) > NamespaceSighting.limit,
            let oldest = sightings.firstIndex(where: { $0.selector == selector })
        { sightings.remove(at: oldest) }
    }

    /// Lets go of whoever is in no sighting any more.
    private func release(allBut sightings: [NamespaceSighting]) {
        let kept = Set(sightings.flatMap { [$0.first] + $0.others }.map(\.process.identity))
        for (process, descriptor) in descriptors where !kept.contains(process) {
            close(descriptor)
            descriptors[process] = nil
        }
    }

    /// A living process, held by a pidfd from now on; nil when it has ended meanwhile, or when too many are held.
    private func watched(_ process: ProcessState) -> NamespaceSighting.Member? {
        if descriptors[process.identity] == nil {
            guard descriptors.count < Self.most else { return nil }
            let descriptor = iso_pidfd_open(process.pid.rawValue)
            guard descriptor >= 0 else { return nil }
            // Only now is it certain that the number is still that process's.
            guard ProcessState.read(process.pid, fields: [])?.identity == process.identity else {
                close(descriptor)
                return nil
            }
            descriptors[process.identity] = descriptor
        }
        return NamespaceSighting.Member(
            process: .init(process.identity), comm: process.comm,
            numberInside: process.numberInside?.rawValue ?? 0)
    }

    /// Notes who has ended since. An other that ended while PID 1 lived, or whose end had begun then, has nothing to do with PID 1's end and is
    /// forgotten.
    private func advance(_ sighting: NamespaceSighting) -> NamespaceSighting {
        guard sighting.first.ending == nil || sighting.others.contains(where: { $0.ending == nil }) else {
            return sighting
        }
        var now = sighting
        // The others first: when PID 1 is seen alive after them, they ended before it. The kernel kills them when PID 1's own end has begun.
        let leaving = sighting.others.filter { $0.ending == nil && isEnding($0.process.identity) }.map(\.process)
        now.others = sighting.others.map { advance($0) }
        now.first = advance(sighting.first)
        guard now.first.ending == nil else { return now }
        guard isEnding(now.first.process.identity) else {
            now.others.removeAll { $0.ending != nil || leaving.contains($0.process) }
            return now
        }
        // What has begun is over in a moment, and this may be the last look at it.
        guard let descriptor = descriptors[now.first.process.identity] else { return now }
        var end = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&end, 1, Self.endPatience)
        now.others = now.others.map { advance($0) }
        now.first = advance(now.first)
        return now
    }

    /// How long the end of a number 1 that is on its way out is waited for, in milliseconds.
    private static let endPatience: Int32 = 250

    /// The kernel kills the others while PID 1 is in the middle of its own end, and PID 1 waits for them: they go first.
    private func isEnding(_ process: ProcessIdentity) -> Bool {
        guard let state = ProcessState.read(process.pid, fields: .status), state.identity == process else {
            return true
        }
        return state.isEnding
    }

    private func advance(_ member: NamespaceSighting.Member) -> NamespaceSighting.Member {
        guard member.ending == nil, let descriptor = descriptors[member.process.identity] else { return member }
        var member = member
        var how = iso_exit()
        switch iso_pidfd_exit(descriptor, &how) {
        case 0: return member
        case 1: member.ending = how.signaled == 1 ? .signaled(how.status) : .exited(how.status)
        default: member.ending = .unknown
        }
        descriptors[member.process.identity] = nil
        close(descriptor)
        return member
    }
}
