// hostname: by which name does a process know its machine?

import StrictYAML

/// The host name of the uts namespace of a place. See uts_namespaces(7).
package struct HostnameProbe: Sendable, Equatable {
    package var place: Place
    package var equals: String
    /// A place that must not be called so: what was named there first was only copied.
    package var hiddenFrom: Place?
}

extension HostnameProbe: MappingDecodable {
    package static let shape = Shape(name: "hostnameProbe", required: ["equals"], optional: ["in", "hiddenFrom"])

    package init(fields: Fields) {
        place = fields.optional("in") ?? .node
        equals = fields.required("equals")
        hiddenFrom = fields.optional("hiddenFrom")
    }
}
