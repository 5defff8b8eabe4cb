// namespace: do two processes share a namespace?

/// Compares namespaces by device and inode, see namespaces(7).
package struct NamespaceProbe: Sendable, Equatable {
    package enum Expectation: String, Sendable, CaseIterable {
        case same, different
    }

    package var kinds: [NamespaceKind]
    package var of: Selector
    package var comparedTo: Place
    package var expect: Expectation
}

extension NamespaceProbe: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        of.eachString(change)
        comparedTo.eachString(change)
    }
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
        comparedTo = fields.optional("comparedTo") ?? .node
        expect = fields.required("expect")
    }
}
