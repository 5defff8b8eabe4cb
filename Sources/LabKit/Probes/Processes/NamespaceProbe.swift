// namespace: do processes share a namespace?

import CIsolation
import Glibc
import KernelState
import Playgrounds
import StrictYAML
import SystemPackage
import Text

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
        "namespaceProbe", "Do processes share a namespace?",
        [
            .required("kinds", .filledList(.word("namespaceKind"))),
            .required("of", .mapping("selector")),
            .required("expect", .word("sameOrDifferent")),
            .optional(
                "comparedTo", .either([.literal("node"), .mapping("selector"), .filledList(.place)]),
                "`node`, the one process that a selector picks, or a list of these: with each of them."),
        ])

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

extension NamespaceProbe: Probe {
    package static let key = "namespace"
    package static let asks = "same namespace, or another?"
    package static let reads = "`/proc/PID/ns/*`"
    package static let onlyReads = true
    package static let wordLists = [WordList("sameOrDifferent", Expectation.self, "What is expected.")]

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let kinds = NamespaceKind.list(self.kinds)
        var others: [(name: String, namespaces: [KernelState.NamespaceKind: NamespaceID])] = []
        for place in comparedTo {
            switch place {
            case .node: others.append(("the node", look.node.namespaces))
            case .process(let selector):
                guard let process = try look.one(selector), let namespaces = process.namespaces else {
                    return try look.nobody(fitting: selector, "a \(selector)")
                }
                others.append((look.name(process), namespaces))
            }
        }
        let expected =
            "a \(of), whose \(kinds) "
            + (self.kinds.count == 1 ? "is " : "are ")
            + (expect == .same ? "" : "not ")
            + (others.map(\.name) == ["the node"]
                ? "the node's" : "shared with " + others.map(\.name).joined(separator: " or with "))
        guard let process = try look.one(of), let own = process.namespaces else {
            return try look.nobody(fitting: of, expected)
        }
        var wrong: [NamespaceKind] = []
        var words: [String] = []
        var evidence: [Evidence] = []
        for other in others {
            for kind in self.kinds {
                guard let mine = own[kind.kernel], let theirs = other.namespaces[kind.kernel] else {
                    return ProbeOutcome(
                        status: .error, expected: expected, evidence: evidence,
                        reason: "/proc/\(process.pid)/ns/\(kind.rawValue) could not be read")
                }
                evidence.append(
                    Evidence(
                        source: "/proc/\(process.pid)/ns/\(kind.rawValue)",
                        value: "\(mine); \(other.name): \(theirs)"))
                guard (mine == theirs) != (expect == .same) else { continue }
                wrong.append(kind)
                words.append(
                    expect == .same
                        ? "its \(kind.words) namespace is \(mine), that of \(other.name) is \(theirs)"
                        : "its \(kind.words) namespace is that of \(other.name), \(theirs)")
            }
        }
        let actual = "\(look.name(process)): " + (wrong.isEmpty ? "as expected" : words.joined(separator: "; "))
        return outcome(wrong.isEmpty, expected, actual, evidence, wrong.isEmpty ? [:] : ["kinds": wrong[0].rawValue])
    }
}
