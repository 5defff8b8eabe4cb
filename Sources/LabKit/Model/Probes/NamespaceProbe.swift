// namespace: do processes share a namespace?

import StrictYAML

/// Compares namespaces by device and inode, see namespaces(7).
package struct NamespaceProbe: Sendable, Equatable {
    package enum Expectation: String, Sendable, CaseIterable {
        case same, different
    }

    package var kinds: [NamespaceKind]
    package var of: Selector
    /// With each of them.
    package var comparedTo: [Place]
    package var expect: Expectation
}

extension NamespaceProbe.Expectation: Keyword {
    package static var placeholder: NamespaceProbe.Expectation { .same }
}

extension NamespaceProbe: MappingDecodable {
    package static let shape = Shape(
        name: "namespaceProbe", required: ["kinds", "of", "expect"], optional: ["comparedTo"])

    package init(fields: Fields) {
        kinds = fields.nonEmpty("kinds")
        of = fields.required("of")
        comparedTo = fields.optional("comparedTo", as: PlaceList.self)?.places ?? [.node]
        expect = fields.required("expect")
    }
}

/// `node`, a selector, or a list of these.
struct PlaceList: NodeDecodable {
    var places: [Place]

    static var placeholder: PlaceList { PlaceList(places: [.node]) }

    init(places: [Place]) { self.places = places }

    init(node: Node, reader: YAMLReader) {
        guard case .sequence(let sequence) = node else {
            places = [Place(node: node, reader: reader)]
            return
        }
        places = sequence.map { Place(node: $0, reader: reader) }
        if places.isEmpty {
            reader.error("'comparedTo' is empty: it needs at least one entry", at: SourcePosition(node))
        }
    }
}
