// How selectors, places and what probes share are written in lab.yaml.

import Playgrounds
import StrictYAML

extension NamespaceKind: Keyword {
    package static var placeholder: NamespaceKind { .mnt }
}

extension NamespaceRelation: Keyword {
    package static var placeholder: NamespaceRelation { .sameAsNode }
}

extension Selector: MappingDecodable {
    package static let shape = Shape(
        name: "selector",
        optional: [
            "root", "notRoot", "executable", "program", "name", "innerNumber", "writes", "namespaces", "sharing",
            "apart", "ancestorOf", "descendantOf", "identifies",
        ])

    package init(fields: Fields) {
        let isOutermost = fields.reader.nesting == 0
        fields.reader.nesting += 1
        defer { fields.reader.nesting -= 1 }
        self.init(
            root: fields.optional("root"), notRoot: fields.optional("notRoot"),
            executable: fields.optional("executable"), program: fields.optional("program"),
            name: fields.optional("name"), innerNumber: fields.optional("innerNumber"),
            writes: fields.optional("writes"),
            namespaces: fields.optional("namespaces", as: NamespaceRelations.self)?.byKind ?? [:],
            sharing: fields.optional("sharing"), apart: fields.optional("apart"),
            ancestorOf: fields.optional("ancestorOf"), descendantOf: fields.optional("descendantOf"))
        fields.needsOne(of: Self.shape.keys)
        if fields.onlyKey == "identifies" {
            fields.reader.error("a selector that only identifies picks every process", at: fields.position)
        }
        fields.allowNoVariables(in: "identifies")
        note(fields, isOutermost: isOutermost)
        if program == .agent { fields.reader.note("agent", at: fields.place("program")) }
        if program != nil, executable != nil {
            fields.reader.error("'executable' does not go with 'program'", at: fields.place("executable"))
        }
    }

    /// Selectors nest, so their placeholder is made without reading.
    package static var placeholder: Selector { Selector() }

    /// Notes the conditions that the words of a task must have: those that do not only identify a process.
    private func note(_ fields: Fields, isOutermost: Bool) {
        let marked: [SelectorCondition.Key] = fields.optional("identifies") ?? []
        let place = fields.place("identifies")
        if !marked.isEmpty, !isOutermost {
            fields.reader.error(
                "'identifies' belongs to the outermost selector, where 'sharing', 'apart', 'ancestorOf' and 'descendantOf' stand for all within",
                at: place)
        }
        for key in marked where !fields.has(key.rawValue) {
            fields.reader.error("'identifies' names '\(key.rawValue)', which the selector does not have", at: place)
        }
        guard isOutermost else { return }
        for condition in conditions where !marked.contains(condition.key) {
            fields.reader.note(condition.note(in: fields.reader.step), at: fields.position)
        }
    }
}

/// `sharing: {kinds: [net, ipc], with: SELECTOR}`.
extension Selector.Sharing: MappingDecodable {
    package static let shape = Shape(name: "sharing", required: ["kinds", "with"])

    package init(fields: Fields) {
        self.init(fields.nonEmpty("kinds"), with: fields.required("with"))
    }
}

/// `namespaces: {pid: different-from-node, net: same-as-node}`.
struct NamespaceRelations: MappingDecodable {
    var byKind: [NamespaceKind: NamespaceRelation] = [:]

    package static let shape = Shape(name: "namespaceRelations", optional: NamespaceKind.allCases.map(\.rawValue))

    package init(fields: Fields) {
        for kind in NamespaceKind.allCases { byKind[kind] = fields.optional(kind.rawValue) }
    }
}

/// `node`, or a selector.
extension Place: NodeDecodable {
    package static var placeholder: Place { .node }

    package init(node: Node, reader: YAMLReader) {
        switch node {
        case .mapping: self = .process(Selector(node: node, reader: reader))
        case .scalar(let scalar) where scalar.string == "node": self = .node
        default:
            reader.wrongType(node, expected: "'node' or a selector of one process")
            self = .node
        }
    }
}

extension Count: MappingDecodable {
    package static let shape = Shape(name: "count", optional: ["atLeast", "atMost", "exactly"])

    package init(fields: Fields) {
        fields.needsOne(of: Self.shape.keys)
        let limit = 1_000_000
        if fields.has("exactly") {
            let number = fields.number("exactly", in: 0...limit)
            self.init(atLeast: number, atMost: number)
            for key in ["atLeast", "atMost"] where fields.has(key) {
                fields.reader.error("'\(key)' does not go with 'exactly'", at: fields.place(key))
            }
        } else {
            self.init(
                atLeast: fields.has("atLeast") ? fields.number("atLeast", in: 0...limit) : nil,
                atMost: fields.has("atMost") ? fields.number("atMost", in: 0...limit) : nil)
            if let atLeast, let atMost, atLeast > atMost {
                fields.reader.error("'atLeast' is greater than 'atMost'", at: fields.place("atLeast"))
            }
        }
    }
}

extension SignalName: Keyword {
    package static var placeholder: SignalName { .TERM }
}
