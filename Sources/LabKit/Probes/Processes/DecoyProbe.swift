// decoy: does a decoy of the scene live?

import CIsolation
import Glibc
import KernelState
import StrictYAML
import SystemPackage
import Text

package struct DecoyProbe: Sendable, Equatable {
    package var name: String
    package var alive: Bool
}

extension DecoyProbe: MappingDecodable {
    package static let shape = Shape(
        "decoyProbe", "Does a decoy of the scene live?",
        [
            .required("name", .text),
            .required("alive", .truth),
        ])

    package init(fields: Fields) {
        name = fields.required("name")
        alive = fields.required("alive")
        fields.reader.note("decoy \(name)", at: fields.place("name"))
    }
}

extension DecoyProbe: Probe {
    package static let key = "decoy"
    package static let asks = "does a decoy live?"
    package static let reads = "`/proc/PID/stat`"
    package static let onlyReads = true

    package var refers: References { References(decoys: [name]) }

    package func judge(_ look: Judge) -> ProbeOutcome {
        let expected = "\(name) \(self.alive ? "runs" : "has ended")"
        guard let decoy = look.decoys[name] else {
            return ProbeOutcome(status: .error, expected: expected, reason: "no decoy \(name) was started")
        }
        let alive = look.isAlive(decoy)
        return outcome(
            alive == self.alive, expected, "\(name) \(alive ? "runs" : "has ended")",
            [Evidence(source: "/proc/\(decoy.pid)/stat", value: alive ? "alive" : "no such process")])
    }
}
