// link: what is this network interface, and where does its other end come out?

import StrictYAML

/// A link of a network namespace, as rtnetlink(7) tells of it. All that is given must hold.
package struct LinkProbe: Sendable, Equatable {
    package var link: LinkPlace
    package var exists = true
    /// `veth`, `bridge`, `dummy` … (IFLA_INFO_KIND).
    package var kind: String?
    /// Set up by someone *and* able to carry packets (operational state up, or unknown, which lo always says).
    package var up: Bool?
    /// The other end of the cable, told by index and by namespace, from both sides.
    package var peer: LinkPlace?
    /// The bridge that it is a port of, in the same namespace.
    package var master: String?
    /// The namespace has this link and no other.
    package var alone: Bool?
}

extension LinkProbe: MappingDecodable {
    package static let shape = Shape(
        name: "linkProbe", required: ["name"], optional: ["in", "exists", "kind", "up", "peer", "master", "alone"])

    package init(fields: Fields) {
        link = LinkPlace(network: fields.optional("in") ?? .node, name: fields.required("name"))
        LinkPlace.checkName("name", of: fields)
        exists = fields.optional("exists") ?? true
        kind = fields.optional("kind")
        up = fields.optional("up")
        peer = fields.optional("peer")
        master = fields.optional("master")
        LinkPlace.checkName("master", of: fields)
        alone = fields.optional("alone")
        if !exists {
            for key in ["kind", "up", "peer", "master", "alone"] where fields.has(key) {
                fields.reader.error("'\(key)' does not go with 'exists: false'", at: fields.place(key))
            }
        }
    }
}
