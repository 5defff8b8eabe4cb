// zombies: how many ended children has a process not waited for, and does it wait for orphans that come to it?

import Glibc
import Isolation
import KernelState
import Playgrounds
import StrictYAML
import SystemPackage
import Text

/// A process that has ended stays as a zombie until its parent waits for it; an orphan's parent is the process that is number 1 of
/// its pid namespace. See wait(2), pid_namespaces(7).
package struct ZombiesProbe: Sendable, Equatable {
    package static let orphanLimit = 1...64

    package var of: Selector
    /// How many zombies are its children.
    package var count: Count
    /// So many orphans are made in its pid namespace, which end at once: then it has to wait for each of them. Nil: none are made.
    package var orphans: Int?
}

extension ZombiesProbe: MappingDecodable {
    package static let shape = Shape(
        "zombiesProbe", "How many ended children has a process not waited for?",
        [
            .required("of", .mapping("selector"), "Their parent."),
            .required("count", .mapping("count")),
            .optional(
                "orphans", .integer(ZombiesProbe.orphanLimit),
                "So many orphans are left to it first; it must be number 1 of its pid namespace."),
        ])

    package init(fields: Fields) {
        of = fields.required("of")
        count = fields.required("count")
        orphans = fields.optionalNumber("orphans")
    }
}

extension ZombiesProbe: Probe {
    package static let key = "zombies"
    package static let asks = "how many ended children has a process not waited for; does it wait for orphans?"
    package static let reads = "`/proc/PID/stat`; orphans, really made"
    package static let onlyReads = false

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        var expected = "\(self.count) zombies below a \(of)"
        if let orphans { expected += ", after \(orphans) orphans have ended there" }
        guard let parent = try look.one(of) else {
            return try look.nobody(fitting: of, expected)
        }
        var evidence: [Evidence] = []
        var unreaped = 0
        if let orphans {
            guard parent.numberInside == 1 else {
                // Orphans in its namespace would come to another process.
                return outcome(
                    false, expected,
                    "\(look.name(parent)) is number \(parent.numberInside.map { "\($0)" } ?? "?") there, not 1",
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
        let zombies = try look.node.zombies().filter { $0.parent == parent.pid }
        // Its pidfd knows of a zombie in any case.
        let count = max(zombies.count, unreaped)
        evidence += zombies.prefix(5).map { zombie in
            Evidence(
                source: "/proc/\(zombie.pid)/stat",
                value: terminalSafe("\(zombie.comm), \(zombie.numberInside.map { "\($0)" } ?? "?") inside: zombie"))
        }
        return outcome(
            self.count.contains(count), expected, "\(count) below \(look.name(parent))", evidence,
            self.count.contains(count) ? [:] : ["count": "\(count)"])
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
