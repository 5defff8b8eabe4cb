// Ending whatever is in a cgroup, frozen or not, within a bound; freezing and thawing.

import CIsolation
import Glibc
import Linux
import SystemPackage

extension CgroupDirectory {
    /// Whether it is of v1's freezer. What that has frozen takes a SIGKILL only when it is thawed.
    var isFreezer: Bool { version == .v1 && has("freezer.state") }

    /// Kills every process in it and below, also those that are being forked meanwhile, and waits until they have ended.
    /// - Throws: ETIMEDOUT with who is still there after `patience`, and why.
    package func kill(patience: Duration = .seconds(5)) throws(IsolationError) {
        try kill(thawing: isFreezer ? [self] : [], counting: has("pids.max") ? self : nil, until: .now + patience)
    }

    /// `cgroup.kill` (v2, Linux 5.14) reaches all at once. Elsewhere nobody may fork any more (`pids.max`), so that each round leaves
    /// fewer.
    /// - Parameters:
    ///   - freezers: the same cgroup in v1's freezer. They are thawed whole before each round: a member may freeze another one.
    ///   - counter: the same cgroup where tasks are counted.
    func kill(
        thawing freezers: [CgroupDirectory], counting counter: CgroupDirectory?, until deadline: ContinuousClock.Instant
    ) throws(IsolationError) {
        let limit = counter.flatMap { try? $0.read("pids.max") }
        defer { if let counter, let limit { try? counter.write("pids.max", limit) } }
        if let counter, limit != nil { try? counter.write("pids.max", "0") }
        let canKill = version == .v2 && has("cgroup.kill")
        var rounds = 0
        while true {
            if canKill { try? write("cgroup.kill", "1") }
            let members = membersOfTree()
            if members.isEmpty { return }
            for member in members { Glibc.kill(member, SIGKILL) }
            // After the signal: whoever is thawed before it may run on and freeze others.
            for freezer in freezers { freezer.thawTree() }
            // Who has not ended at once may be in a freezer elsewhere.
            if rounds > 0 { Thaw.processes(members) }
            rounds += 1
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else {
                throw IsolationError(
                    "kill the processes of \(path)", errno: .timedOut,
                    meaning: "still there: " + members.prefix(8).map { Unended.words(for: $0) }.joined(separator: "; "),
                    hint: "`podlab clean` tries again")
            }
            waitForChange(members, milliseconds: min(left.milliseconds, rounds == 1 ? 20 : 100))
        }
    }

    /// Thaws it and everything below, from the top down.
    package func thawTree() {
        guard isFreezer else { return }
        try? write("freezer.state", "THAWED")
        walkDescendants { parent, name in
            let folder = iso_openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
            guard folder >= 0 else { return }
            try? CgroupDirectory(descriptor: folder, path: "\(path)/…/\(name)", hierarchy: hierarchy)
                .write("freezer.state", "THAWED")
        }
    }

    /// Stops every process in it and below, and returns when they stand still. On any error they run again.
    package func freeze(patience: Duration = .seconds(5)) throws(IsolationError) {
        let deadline = ContinuousClock.now + patience
        do throws(IsolationError) {
            try write(version == .v2 ? "cgroup.freeze" : "freezer.state", version == .v2 ? "1" : "FROZEN")
            while try !isFrozen() {
                guard ContinuousClock.now < deadline else {
                    throw IsolationError("freeze \(path)", errno: .timedOut)
                }
                if version == .v2 {
                    waitForChange([], milliseconds: 20)
                } else {
                    // A v1 cgroup that is still freezing has to be asked again; it sends no event.
                    _ = poll(nil, 0, 1)
                    try write("freezer.state", "FROZEN")
                }
            }
        } catch {
            try? thaw()
            throw error
        }
    }

    package func thaw() throws(IsolationError) {
        try write(version == .v2 ? "cgroup.freeze" : "freezer.state", version == .v2 ? "0" : "THAWED")
    }

    private func isFrozen() throws(IsolationError) -> Bool {
        if version == .v1 { return try read("freezer.state") == "FROZEN" }
        return try read("cgroup.events").split(separator: "\n").contains("frozen 1")
    }
}

/// Thawing processes wherever v1's freezer holds them.
package enum Thaw {
    /// Thaws the cgroups that these processes are in, from podlab's own folder downwards. Nothing above that, and nothing that podlab did
    /// not make, is touched.
    package static func processes(_ processes: [Int32], layout: CgroupLayout = .current()) {
        guard let freezer = layout.hierarchies.first(where: { $0.version == .v1 && $0.controllers.contains(.freezer) })
        else { return }
        for path in Set(processes.compactMap { cgroup(of: $0) }) {
            for folder in folders(ofPodlab: path) {
                guard let place = freezer.folder(of: folder) else { continue }
                try? CgroupDirectory(at: place, in: freezer).thaw()
            }
        }
    }

    /// The cgroup of v1's freezer that a process is in; nil: there is no such hierarchy, or no such process.
    static func cgroup(of process: Int32) -> String? {
        for line in (readFile("/proc/\(process)/cgroup", limit: 1 << 18) ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[1].split(separator: ",").contains("freezer") else { continue }
            return String(fields[2])
        }
        return nil
    }

    /// From the folder `podlab-UID` of a cgroup's path down to the cgroup itself.
    static func folders(ofPodlab path: String) -> [String] {
        var folders: [String] = []
        var folder = ""
        for part in path.split(separator: "/") {
            folder += "/" + part
            let isOwn = part.hasPrefix("podlab-") && part.dropFirst(7).allSatisfy(\.isNumber)
            if isOwn || !folders.isEmpty { folders.append(folder) }
        }
        return folders
    }
}
