// What a playground has outside of itself: the folder of its session and its cgroups. Made before it, removed after it.

import Isolation

/// For every playground that podlab starts, a learner's or one for a single command: so that whatever becomes of podlab, the next one
/// finds by name what was left, and ends it.
package final class SessionPlace {
    package let folder: SessionFolder
    /// Nil: none can be had here.
    package let cgroup: PlaygroundCgroup?
    private let cgroups: Cgroups
    private var isOver = false

    /// Makes both, or nothing.
    package init(in surroundings: Surroundings) throws {
        cgroups = surroundings.cgroups
        folder = try SessionFolder.create(in: surroundings.sessions)
        do {
            cgroup = try cgroups.make(folder.name)
        } catch {
            Cgroups.removeUnused()
            folder.remove()
            throw error
        }
    }

    deinit { end(nil) }

    /// Notes who is PID 1, for whoever has to end it when this process is gone.
    package func note(
        _ playground: Playground, changing change: (inout NodeRecord) -> Void = { _ in }
    ) throws -> NodeRecord {
        var record = NodeRecord(owner: .init(SessionFolder.ownIdentity ?? playground.node.initProcess))
        record.playground = .init(playground.node.initProcess)
        record.decoys = playground.decoys.mapValues { .init($0) }
        record.cgroups = CgroupRecord(cgroup, else: cgroups)
        record.programs = playground.programs
        change(&record)
        try folder.write(record)
        return record
    }

    /// Ends the playground and takes everything away, within a bound. The members of its cgroup are killed first: there is no other way to
    /// end one that is frozen.
    package func end(_ playground: Playground?) {
        guard !isOver else { return }
        isOver = true
        if playground != nil {
            do {
                try cgroup?.kill()
            } catch {
                Unended.note("\(error)")
            }
        }
        playground?.end()
        if let cgroup {
            cgroup.remove()
            Cgroups.removeUnused()
        }
        folder.remove()
    }
}
