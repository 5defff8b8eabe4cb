// address: has this link that address?

import StrictYAML

/// An address of a link with the length of its prefix, as `ip address` shows it: `10.244.1.2/24`.
package struct AddressProbe: Sendable, Equatable {
    package var link: LinkPlace
    package var address: String
    /// Whether the link must have it, or must not, whatever the length of its prefix.
    package var exists = true
}

extension AddressProbe: MappingDecodable {
    package static let shape = Shape(name: "addressProbe", required: ["link", "address"], optional: ["in", "exists"])

    package init(fields: Fields) {
        link = LinkPlace(network: fields.optional("in") ?? .node, name: fields.required("link"))
        LinkPlace.checkName("link", of: fields)
        address = fields.required("address")
        NetworkText.check(address, .prefix, "address", of: fields)
        exists = fields.optional("exists") ?? true
    }
}
