// Limits and counters of a cgroup, remembered together: a counter says how often, and not under which limit.

import KernelState
import Playgrounds
import SystemPackage

/// A cgroup whose counters a check asks for, as it was seen since the step began: what was counted while the limits were in force that the
/// check names. An event under another limit shows nothing of this one.
package struct LimitSighting: Codable, Sendable, Equatable {
    /// Which limits of which cgroup, see `CgroupProbe.key`.
    package var key: String
    /// The folder by device and inode: one that is made anew counts from zero.
    package var folder: String
    package var isInForce: Bool
    /// Limits that are not asked for were in force.
    package var hadOther: Bool
    /// By the word for the counter.
    package var counts: [String: Count]

    package struct Count: Codable, Sendable, Equatable {
        /// What it stood at when the limits came into force.
        package var start: UInt64
        /// What was counted under them before another limit took their place.
        package var earlier: UInt64
        /// What it stood at when it was seen last.
        package var last: UInt64 = 0
    }

    /// How much of a counter's number was counted under the limits.
    func counted(_ counter: ExperimentProbe.Counter, _ total: UInt64) -> UInt64 {
        guard let count = counts[counter.rawValue] else { return isInForce ? total : 0 }
        return count.earlier + (isInForce && total > count.start ? total - count.start : 0)
    }
}

extension Judge {
    /// What was seen before, with what is to be seen now. Cgroups that are gone are forgotten.
    /// - Parameter rewritten: whether a limit of the cgroup with this folder was written twice and more since it was seen before: others may have
    ///   been in force meanwhile.
    func lookAtLimits(
        of probes: [CgroupProbe], before: [LimitSighting], rewritten: (FilePath) -> Bool = { _ in false }
    ) -> [LimitSighting] {
        guard let hierarchies = try? CgroupHierarchies.read() else { return before }
        return probes.compactMap { probe -> LimitSighting? in
            guard let side = cgroups.roots[probe.controller.rawValue],
                let hierarchy = hierarchies.hierarchy(of: probe.controller.rawValue),
                let folder = try? CgroupFolder(at: side.folder(probe.path), in: hierarchy)
            else { return nil }
            let earlier = before.first { $0.key == probe.key && $0.folder == "\(folder.identity)" }
            return (try? sighting(of: probe, folder, earlier, isRewritten: rewritten(folder.path))) ?? earlier
        }
    }

    func sighting(
        of probe: CgroupProbe, _ folder: CgroupFolder, _ earlier: LimitSighting?, isRewritten: Bool
    ) throws -> LimitSighting {
        var verdict = CgroupVerdict(inside: "")
        try verdict.hold(probe.limits, against: folder)
        let isInForce = verdict.wrong.isEmpty
        var now =
            earlier
            ?? LimitSighting(
                key: probe.key, folder: "\(folder.identity)", isInForce: false, hadOther: false, counts: [:])
        if isRewritten { now.hadOther = true }
        for (kind, _) in probe.counters?.asked ?? [] {
            let total = try folder.reading(of: kind).number
            var count = now.counts[kind.rawValue] ?? .init(start: 0, earlier: 0)
            if isInForce, !now.isInForce {
                // Where no other limit has been in force there was none that could be met. A cgroup begins at zero.
                count.start = now.hadOther ? total : count.start
            } else if !isInForce, now.isInForce {
                count.earlier += total > count.start ? total - count.start : 0
                count.start = total
            }
            // What came between the writings counts as under another limit.
            if isRewritten, isInForce, now.isInForce {
                count.earlier += count.last > count.start ? count.last - count.start : 0
                count.start = total
            }
            count.last = total
            now.counts[kind.rawValue] = count
        }
        now.isInForce = isInForce
        now.hadOther = now.hadOther || verdict.hasOtherLimit
        return now
    }
}
