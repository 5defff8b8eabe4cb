// route: which way do packets go that are meant for there?

import StrictYAML

/// A route of the main table of a network namespace, see ip-route(8).
package struct RouteProbe: Sendable, Equatable {
    package var network: NetworkPlace
    /// `default`, or a prefix such as `10.244.1.0/24`.
    package var to: String
    /// The gateway.
    package var via: String?
    /// The link by which they leave.
    package var link: String?
}

extension RouteProbe: MappingDecodable {
    package static let shape = Shape(name: "routeProbe", required: ["to"], optional: ["in", "via", "link"])

    package init(fields: Fields) {
        network = fields.optional("in") ?? .node
        to = fields.required("to")
        if to != "default" { NetworkText.check(to, .prefix, "to", of: fields) }
        via = fields.optional("via")
        if let via { NetworkText.check(via, .address, "via", of: fields) }
        link = fields.optional("link")
        LinkPlace.checkName("link", of: fields)
    }
}
