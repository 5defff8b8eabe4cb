// namespaceEnd: did a pid namespace end with its PID 1, and did the kernel end the others in it? Seen over time, so an edge.

import StrictYAML

/// When the process that is PID 1 of a pid namespace ends, the kernel sends SIGKILL to every other member. See
/// pid_namespaces(7).
package struct NamespaceEndProbe: Sendable, Equatable {
    /// PID 1 of the namespace, while it lives. Other processes that fit do not count.
    package var of: Selector
    /// How many others must have lived beside it.
    package var others: Count
}

extension NamespaceEndProbe: MappingDecodable {
    package static let shape = Shape(name: "namespaceEndProbe", required: ["of"], optional: ["others"])

    package init(fields: Fields) {
        of = fields.required("of")
        others = fields.optional("others") ?? .atLeastOne
    }
}
