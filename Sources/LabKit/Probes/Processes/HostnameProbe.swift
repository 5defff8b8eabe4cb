// hostname: by which name does a process know its machine?

import Isolation
import KernelState
import Playgrounds
import StrictYAML
import SystemPackage
import Text

/// The host name of the uts namespace of a place. See uts_namespaces(7).
package struct HostnameProbe: Sendable, Equatable {
    package var place: Place
    package var equals: String
    /// A place that must not be called so: what was named there first was only copied.
    package var hiddenFrom: Place?
}

extension HostnameProbe: MappingDecodable {
    package static let shape = Shape(
        "hostnameProbe", "Which host name has a uts namespace?",
        [
            .required("equals", .text),
            .optional("in", .place, "`node`, or the one process that a selector picks."),
            .optional("hiddenFrom", .place, "A place that must not have that name."),
        ])

    package init(fields: Fields) {
        place = fields.optional("in") ?? .node
        equals = fields.required("equals")
        hiddenFrom = fields.optional("hiddenFrom")
    }
}

extension HostnameProbe: Probe {
    package static let key = "hostname"
    package static let asks = "which host name has a place?"
    package static let reads = "gethostname(2), by podlab in that uts namespace"
    package static let onlyReads = true

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let elsewhere = hiddenFrom.map { ", which is not that of the \($0.words)" } ?? ""
        let expected = "the host name \(equals)\(elsewhere)"
        guard let process = try look.process(at: self.place) else { return try look.nobody(at: self.place, expected) }
        let name = try UTSVisit.hostname(of: process)
        var evidence = [
            Evidence(source: "gethostname in the uts namespace of process \(process)", value: terminalSafe(name))
        ]
        guard name == equals else {
            return outcome(false, expected, terminalSafe(name), evidence, ["name": name])
        }
        if let place = hiddenFrom {
            guard let other = try look.process(at: place) else { return try look.nobody(at: place, expected) }
            let theirs = try UTSVisit.hostname(of: other)
            evidence.append(
                Evidence(source: "gethostname in the uts namespace of the \(place.words)", value: terminalSafe(theirs)))
            if theirs == name {
                return outcome(
                    false, expected, "the \(place.words) is called \(terminalSafe(theirs)), too", evidence,
                    ["seen": theirs])
            }
        }
        return outcome(true, expected, terminalSafe(name), evidence)
    }
}
