// command: run something and look at what it came to. The last resort.

import Isolation
import KernelState
import StrictYAML
import SystemPackage
import Text

/// Runs a program and looks at what it came to. For what no other probe can say.
package struct CommandProbe: Sendable, Equatable {
    package var run: [String]
    package var place: Place
    package var expect: CommandExpectation
    /// After this many seconds the outcome is an error.
    package var timeout: Int
}

extension CommandProbe: MappingDecodable {
    package static let shape = Shape(
        "commandProbe", "Runs a program: for what no other probe can say.",
        [
            .required("run", .filledList(.text)),
            .required("expect", .mapping("commandExpectation")),
            .optional("in", .place, "`node`, or the one process that a selector picks."),
            .optional("timeout", .integer(1...600), default: 10, "Seconds."),
        ])

    package init(fields: Fields) {
        run = fields.nonEmpty("run")
        place = fields.optional("in") ?? .node
        expect = fields.required("expect")
        timeout = fields.number("timeout")
    }
}

extension CommandProbe: Probe {
    package static let key = "command"
    package static let asks = "the same without control"
    package static let reads = "a program run there"
    package static let onlyReads = false

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        try look.run(run, in: place, expecting: expect, seconds: timeout)
    }
}
