// nat: is there a rule that rewrites where packets say they come from?

import StrictYAML

/// A rule of source NAT on the way out (hook postrouting): masquerade or SNAT, written by iptables (nf_tables or legacy) or by nft.
package struct NATProbe: Sendable, Equatable {
    package var network: NetworkPlace
    /// It rewrites packets from all of this prefix.
    package var source: String
    /// It rewrites packets that leave by this link.
    package var link: String?
}

extension NATProbe: MappingDecodable {
    package static let shape = Shape(name: "natProbe", required: ["source"], optional: ["in", "link"])

    package init(fields: Fields) {
        network = fields.optional("in") ?? .node
        source = fields.required("source")
        NetworkText.check(source, .prefix, "source", of: fields)
        link = fields.optional("link")
        LinkPlace.checkName("link", of: fields)
    }
}
