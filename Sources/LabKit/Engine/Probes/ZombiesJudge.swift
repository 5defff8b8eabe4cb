// zombies: counts the children that a process has not waited for; and tries whether it waits for orphans.

import Glibc
import Isolation
import KernelState
import SystemPackage
import Text

extension Judge {
    func judge(_ probe: ZombiesProbe) throws -> ProbeOutcome {
        var expected = "\(probe.count) zombies below a \(probe.of)"
        if let orphans = probe.orphans { expected += ", after \(orphans) orphans have ended there" }
        guard let parent = try one(probe.of) else {
            return try nobody(fitting: probe.of, expected)
        }
        var evidence: [Evidence] = []
        var unreaped = 0
        if let orphans = probe.orphans {
            guard parent.numberInside == 1 else {
                // Orphans in its namespace would come to another process.
                return outcome(
                    false, expected,
                    "\(name(parent)) is number \(parent.numberInside.map { "\($0)" } ?? "?") there, not 1",
                    [], ["number": parent.numberInside.map { "\($0)" } ?? ""])
            }
            let made = try Visit(to: parent.pid, expecting: parent.identity).leaveOrphans(orphans)
            let left = awaitReaping(of: made)
            unreaped = left
            guard made.running == 0 else {
                // Then nothing has been shown: nobody can wait for whom somebody keeps from ending.
                return outcome(
                    false, expected, "\(made.running) of podlab's orphans have not ended: somebody holds them", [],
                    ["running": "\(made.running)"])
            }
            evidence.append(
                Evidence(
                    source: "\(orphans) orphans in \(parent.namespace(.pid).map { "\($0)" } ?? "its pid namespace")",
                    value: left == 0 ? "all have ended, and were waited for" : "\(left) are still there"))
        }
        let zombies = try node.zombies().filter { $0.parent == parent.pid }
        // Its pidfd knows of a zombie in any case.
        let count = max(zombies.count, unreaped)
        evidence += zombies.prefix(5).map { zombie in
            Evidence(
                source: "/proc/\(zombie.pid)/stat",
                value: terminalSafe("\(zombie.comm), \(zombie.numberInside.map { "\($0)" } ?? "?") inside: zombie"))
        }
        return outcome(
            probe.count.contains(count), expected, "\(count) below \(name(parent))", evidence,
            probe.count.contains(count) ? [:] : ["count": "\(count)"])
    }

    /// How many of the orphans nobody has waited for when all have gone or the time is up. Whoever waits for its children at all does
    /// so within a few thousandths of a second. There is no event for having been waited for.
    private func awaitReaping(of orphans: Orphans) -> Int {
        let deadline = ContinuousClock.now + .seconds(1)
        while true {
            let left = orphans.unreaped
            if left == 0 || ContinuousClock.now > deadline { return left }
            poll(nil, 0, 2)
        }
    }
}
