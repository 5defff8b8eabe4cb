// procView: whose processes does the proc file system list that a process has?

import StrictYAML

/// The proc mounted at a path of a process must belong to the pid namespace of that process. See "/proc and PID namespaces" in
/// pid_namespaces(7).
package struct ProcViewProbe: Sendable, Equatable {
    package var of: Selector
    /// A path as the process sees it.
    package var at: String
}

extension ProcViewProbe: MappingDecodable {
    package static let shape = Shape(name: "procViewProbe", required: ["of"], optional: ["at"])

    package init(fields: Fields) {
        of = fields.required("of")
        at = fields.optional("at") ?? "/proc"
    }
}
