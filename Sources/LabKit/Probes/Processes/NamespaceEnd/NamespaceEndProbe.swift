// namespaceEnd: did a pid namespace end with its PID 1, and did the kernel end the others in it? Seen over time, so an edge.

import Isolation
import KernelState
import Playgrounds
import StrictYAML
import SystemPackage
import Text

/// When the process that is PID 1 of a pid namespace ends, the kernel sends SIGKILL to every other member. See
/// pid_namespaces(7).
package struct NamespaceEndProbe: Sendable, Equatable {
    /// PID 1 of the namespace, while it lives. Other processes that fit do not count.
    package var of: Selector
    /// How many others must have lived beside it.
    package var others: Count
}

extension NamespaceEndProbe: MappingDecodable {
    package static let shape = Shape(
        "namespaceEndProbe", "Did a pid namespace end with its process 1, and did the kernel end the others in it?",
        [
            .required("of", .mapping("selector"), "Process 1 of the namespace, while it lived."),
            .optional("others", .mapping("count"), "How many lived beside it; at least one when not said."),
        ])

    package init(fields: Fields) {
        of = fields.required("of")
        others = fields.optional("others") ?? .atLeastOne
    }
}

extension NamespaceEndProbe: Probe {
    package static let key = "namespaceEnd"
    package static let asks = "did a pid namespace end with its process 1, and the others by SIGKILL?"
    package static let reads = "pidfds, held from look to look"
    package static let onlyReads = true

    package var memory: Memory { Memory(endings: [self]) }

    package func judge(_ look: Judge) -> ProbeOutcome {
        let expected =
            "a \(of) that ended with \(others) other process beside it, which the kernel ended by SIGKILL"
        let seen = look.sightings.filter { $0.selector == "\(of)" }
        guard let last = seen.last else {
            return outcome(false, expected, "no such process was seen since the step began", [], ["absent": "true"])
        }
        if let good = seen.first(where: { $0.hasEnded && others.contains($0.others.count) && $0.wasTakenDown }) {
            return outcome(true, expected, good.summary, good.evidence)
        }
        var observed: [String: String] = [:]
        if last.first.ending == nil { observed["alive"] = "\(last.first.process.pid)" }
        if last.others.isEmpty { observed["alone"] = "true" }
        return outcome(false, expected, last.summary, last.evidence, observed)
    }
}

extension NamespaceSighting {
    var hasEnded: Bool { first.ending != nil }

    /// Whether the kernel ended every other, as far as it says so.
    var wasTakenDown: Bool {
        others.allSatisfy { other in
            switch other.ending {
            case .signaled(let number): SignalName.of(number) == "KILL"
            case .unknown: true
            case .exited, nil: false
            }
        }
    }

    var summary: String {
        ([first] + others).map { "\($0.description)" }.joined(separator: "; ")
    }

    var evidence: [Evidence] {
        ([first] + others.prefix(5)).map { member in
            Evidence(
                source: "pidfd of \(member.process.pid), in \(namespace)", value: "\(member)")
        }
    }
}

extension NamespaceSighting.Member: CustomStringConvertible {
    package var description: String {
        "\(terminalSafe(comm)), \(numberInside) inside, \(process.pid) on the host: "
            + (ending.map { "\($0)" } ?? "lives")
    }
}
