// zombies: counts the children that a process has not waited for; and tries whether it waits for orphans.

import Glibc
import KernelState
import SystemPackage

extension Judge {
    func judge(_ probe: ZombiesProbe) throws -> ProbeOutcome {
        var expected = "\(probe.count) zombies below a \(probe.of)"
        if let orphans = probe.orphans { expected += ", after \(orphans) orphans have ended there" }
        guard let parent = try select(probe.of).first else {
            return outcome(false, expected, "no \(probe.of)", [], ["absent": "\(probe.of)"])
        }
        var evidence: [Evidence] = []
        if let orphans = probe.orphans {
            guard parent.numberInside == 1 else {
                // Orphans in its namespace would come to another process.
                return outcome(
                    false, expected,
                    "\(name(parent)) is number \(parent.numberInside.map { "\($0)" } ?? "?") there, not 1",
                    [], ["number": parent.numberInside.map { "\($0)" } ?? ""])
            }
            try Visit(to: parent.pid, expecting: parent.identity).leaveOrphans(orphans)
            let left = try awaitOrphans(of: parent)
            evidence.append(
                Evidence(
                    source: "\(orphans) orphans in \(parent.namespace(.pid).map { "\($0)" } ?? "its pid namespace")",
                    value: left == 0 ? "all have ended, and were waited for" : "\(left) are still there"))
        }
        let zombies = try node.zombies().filter { $0.parent == parent.pid }
        evidence += zombies.prefix(5).map { zombie in
            Evidence(
                source: "/proc/\(zombie.pid)/stat",
                value: terminalSafe("\(zombie.comm), \(zombie.numberInside.map { "\($0)" } ?? "?") inside: zombie"))
        }
        return outcome(
            probe.count.contains(zombies.count), expected, "\(zombies.count) below \(name(parent))", evidence,
            probe.count.contains(zombies.count) ? [:] : ["count": "\(zombies.count)"])
    }

    /// How many orphans of podlab's are still there, as zombies or not, when all have gone or the time is up. Whoever waits for its
    /// children at all does so within a few thousandths of a second.
    private func awaitOrphans(of parent: ProcessState) throws -> Int {
        guard let namespace = parent.namespace(.pid) else { return 0 }
        let deadline = ContinuousClock.now + .seconds(1)
        while true {
            // A zombie has no namespaces any more, so it is looked for by its parent.
            let alive = try ProcessTable.within(namespace, fields: []).all.count { $0.comm == Visit.orphanName }
            let dead = try node.zombies().count { $0.parent == parent.pid && $0.comm == Visit.orphanName }
            let left = alive + dead
            if left == 0 || ContinuousClock.now > deadline { return left }
            poll(nil, 0, 2)
        }
    }
}
