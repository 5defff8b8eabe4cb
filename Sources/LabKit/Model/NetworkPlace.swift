// In which network namespace a probe looks, and how that is written in lab.yaml.

import Netlink
import StrictYAML

/// A network namespace of the playground. See network_namespaces(7).
package enum NetworkPlace: Sendable, Equatable {
    /// The node's, or that of the one process that a selector picks.
    case place(Place)
    /// One that a file of the node holds: `/run/netns/NAME`, as ip-netns(8) keeps them.
    case named(String)
    /// That of a host of the scene.
    case host(String)

    static let node = NetworkPlace.place(.node)
}

/// A link of a network namespace.
package struct LinkPlace: Sendable, Equatable {
    package var network: NetworkPlace
    package var name: String
}

/// `{netns: NAME}` or `{host: NAME}`.
private struct NamedNetwork: MappingDecodable {
    var place = NetworkPlace.node

    package static let shape = NetworkPlace.shape

    package init(fields: Fields) {
        if let name: String = fields.optional("netns") {
            place = .named(name)
            if name.isEmpty || name.contains("/") || name == "." || name == ".." {
                fields.reader.error(
                    "'\(name)' is no name of a network namespace: it is a file in /run/netns", at: fields.place("netns")
                )
            }
        } else if let name: String = fields.optional("host") {
            place = .host(name)
            fields.reader.note("decoy \(name)", at: fields.place("host"))
        }
    }
}

/// `node`, a selector of one process, `{netns: NAME}` or `{host: NAME}`.
extension NetworkPlace: NodeDecodable {
    package static let shape = Shape(name: "namedNetwork", optional: ["netns", "host"], isOneKey: true)
    package static var placeholder: NetworkPlace { .node }

    package init(node: Node, reader: YAMLReader) {
        if case .mapping(let mapping) = node,
            mapping.contains(where: { Self.shape.keys.contains($0.key.scalar?.string ?? "") })
        {
            self = NamedNetwork(node: node, reader: reader).place
        } else {
            self = .place(Place(node: node, reader: reader))
        }
    }
}

extension LinkPlace: MappingDecodable {
    package static let shape = Shape(name: "linkPlace", required: ["name"], optional: ["in"])

    package init(fields: Fields) {
        network = fields.optional("in") ?? .node
        name = fields.required("name")
        LinkPlace.checkName("name", of: fields)
    }

    /// Notes a name that no link can have.
    static func checkName(_ key: String, of fields: Fields) {
        guard let name: String = fields.optional(key), LinkName(name) == nil else { return }
        fields.reader.error(
            "'\(name)' is no name of a link: 1 to 15 bytes without white space, '/' and ':'", at: fields.place(key))
    }
}

extension NetworkPlace {
    /// Words for "expected".
    var words: String {
        switch self {
        case .place(.node): "the node"
        case .place(.process(let selector)): "a \(selector)"
        case .named(let name): "network namespace \(name)"
        case .host(let name): "host \(name)"
        }
    }
}

extension LinkPlace {
    var words: String { "\(name) in \(network.words)" }
}
