// The part of docs/podlab.lab.v1.schema.json and of docs/authoring.md that the shapes of probes say.

import StrictYAML

@testable import LabKit

/// JSON whose keys keep their order.
enum OrderedJSON {
    struct Pair {
        let key: String
        let value: OrderedJSON

        init(_ key: String, _ value: OrderedJSON) {
            self.key = key
            self.value = value
        }
    }

    case text(String)
    case number(Int)
    case truth(Bool)
    case list([OrderedJSON])
    case object([Pair])

    /// Two spaces for each level, one entry a line.
    func rendered(indent: Int) -> String {
        let (inner, outer) = (String(repeating: " ", count: indent + 2), String(repeating: " ", count: indent))
        func block(_ lines: [String], _ open: String, _ close: String) -> String {
            lines.isEmpty
                ? open + close : "\(open)\n\(inner)\(lines.joined(separator: ",\n\(inner)"))\n\(outer)\(close)"
        }
        switch self {
        case .text(let text): return Self.quoted(text)
        case .number(let number): return "\(number)"
        case .truth(let value): return "\(value)"
        case .list(let values): return block(values.map { $0.rendered(indent: indent + 2) }, "[", "]")
        case .object(let pairs):
            return block(pairs.map { "\(Self.quoted($0.key)): \($0.value.rendered(indent: indent + 2))" }, "{", "}")
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    static func reference(_ name: String) -> OrderedJSON { .object([Pair("$ref", .text("#/$defs/\(name)"))]) }
    static func kind(_ name: String) -> [Pair] { [Pair("type", .text(name))] }
}

enum SchemaText {
    private typealias Pair = OrderedJSON.Pair

    /// The definitions that code makes, by name.
    static var definitions: [(name: String, json: OrderedJSON)] {
        LabSchema.shapes.compactMap { shape in shape.table.map { (shape.name, definition(shape, $0)) } }
            + Probes.all.flatMap { $0.wordLists }.map { list in
                (
                    list.name,
                    .object([Pair("description", .text(list.about)), Pair("enum", .list(list.words.map { .text($0) }))])
                )
            }
    }

    /// The rows of the table of probes.
    static var rows: [String] { Probes.all.map { "| `\($0.key)` | \($0.asks) | \($0.reads) |" } }

    private static func definition(_ shape: Shape, _ table: Shape.Table) -> OrderedJSON {
        var pairs: [Pair] = [Pair("description", .text(table.words))]
        pairs += OrderedJSON.kind("object") + [Pair("additionalProperties", .truth(false))]
        if !shape.required.isEmpty { pairs.append(Pair("required", .list(shape.required.map { .text($0) }))) }
        pairs.append(Pair("properties", .object(table.fields.map { Pair($0.key, property($0)) })))
        func each(_ keys: [String]) -> OrderedJSON {
            .list(keys.map { .object([Pair("required", .list([.text($0)]))]) })
        }
        for rule in table.rules {
            switch rule {
            case .exactlyOne(let keys): pairs.append(Pair("oneOf", each(keys)))
            case .atLeastOne(let keys): pairs.append(Pair("anyOf", each(keys)))
            case .together(let keys):
                let others = keys.map { key in Pair(key, OrderedJSON.list(keys.filter { $0 != key }.map { .text($0) }))
                }
                pairs.append(Pair("dependentRequired", .object(others)))
            case .notEmpty: pairs.append(Pair("minProperties", .number(1)))
            }
        }
        if shape.isOneKey { pairs += [Pair("minProperties", .number(1)), Pair("maxProperties", .number(1))] }
        return .object(pairs)
    }

    private static func property(_ field: Field) -> OrderedJSON {
        var pairs: [Pair] = field.words.map { [Pair("description", .text($0))] } ?? []
        pairs += rules(of: field.value)
        switch field.defaultValue {
        case .number(let number): pairs.append(Pair("default", .number(number)))
        case .truth(let value): pairs.append(Pair("default", .truth(value)))
        case .text(let text): pairs.append(Pair("default", .text(text)))
        case nil: break
        }
        return .object(pairs)
    }

    private static func rules(of value: Field.Value) -> [Pair] {
        func named(_ name: String) -> [Pair] { [Pair("$ref", .text("#/$defs/\(name)"))] }
        /// A variable may fill it in.
        func filled(_ rules: [Pair]) -> [Pair] {
            [Pair("anyOf", .list([.object(rules), .reference("placeholder")]))]
        }
        switch value {
        case .text: return OrderedJSON.kind("string")
        case .nonEmptyText: return OrderedJSON.kind("string") + [Pair("minLength", .number(1))]
        case .absolutePath: return OrderedJSON.kind("string") + [Pair("pattern", .text("^(/|\\{\\{)"))]
        case .integer(let range):
            let bounds: [Pair] = [
                Pair("minimum", .number(range.lowerBound)), Pair("maximum", .number(range.upperBound)),
            ]
            return filled(OrderedJSON.kind("integer") + bounds)
        case .truth: return filled(OrderedJSON.kind("boolean"))
        case .word(let list): return filled(named(list))
        case .literal(let text): return [Pair("const", .text(text))]
        case .mapping(let shape): return named(shape)
        case .list(let entry): return OrderedJSON.kind("array") + [Pair("items", .object(rules(of: entry)))]
        case .filledList(let entry): return rules(of: .list(entry)) + [Pair("minItems", .number(1))]
        case .either(let values): return [Pair("anyOf", .list(values.map { .object(rules(of: $0)) }))]
        }
    }
}
