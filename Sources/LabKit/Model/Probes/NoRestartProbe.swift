// noRestart: has a process ended, and has nobody taken its place? Seen over time, so an edge.

import StrictYAML

/// That something does not happen can be seen only for a while, and means something only as long as the one who could have done it
/// is there: the process that stays.
package struct NoRestartProbe: Sendable, Equatable {
    /// Who is not restarted.
    package var of: Selector
    /// Who stays.
    package var beside: Selector
    /// The namespaces that the two have shared.
    package var kinds: [NamespaceKind]
    /// Its host name: a pod's is its name.
    package var hostName: String?
    /// Milliseconds since the end was seen.
    package var time: Int
}

extension NoRestartProbe: MappingDecodable {
    package static let shape = Shape(
        name: "noRestartProbe", required: ["of", "beside", "kinds", "for"], optional: ["hostName"])

    package init(fields: Fields) {
        of = fields.required("of")
        beside = fields.required("beside")
        kinds = fields.nonEmpty("kinds")
        hostName = fields.optional("hostName")
        time = fields.number("for", in: 1...60_000)
    }
}

extension NoRestartProbe {
    /// What must be looked at from look to look, as for `restart`.
    var watched: RestartProbe { RestartProbe(of: of, beside: beside, kinds: kinds, hostName: hostName) }

    /// Words for "expected".
    var words: String {
        "a \(of)\(hostName.map { " with the host name \($0)" } ?? "") that has ended, and for \(time) ms no other"
            + " beside the same \(beside)"
    }
}
