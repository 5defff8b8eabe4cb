// docs/podlab.lab.v1.schema.json says what the decoder does.

import Foundation
import StrictYAML
import Testing

@testable import LabKit

@Suite("JSON Schemas")
struct LabSchemaTests {
    @Test("the schema of lab.yaml has the decoder's keys, both ways")
    func keys() throws {
        let definitions = try schema("podlab.lab.v1.schema.json")
        for shape in LabSchema.shapes {
            let definition = try #require(definitions[shape.name], "no $defs/\(shape.name)")
            let properties = try #require(definition["properties"] as? [String: Any])
            #expect(Set(properties.keys) == Set(shape.keys), "\(shape.name)")
            #expect(Set(definition["required"] as? [String] ?? []) == Set(shape.required), "\(shape.name)")
            #expect(definition["additionalProperties"] as? Bool == false, "\(shape.name)")
            #expect((definition["maxProperties"] as? Int == 1) == shape.isOneKey, "\(shape.name)")
        }
        for (name, definition) in definitions where definition["properties"] != nil {
            #expect(LabSchema.shapes.contains { $0.name == name }, "the decoder has no shape '\(name)'")
        }
    }

    @Test("the schema of lab.yaml has the decoder's words, both ways")
    func words() throws {
        let definitions = try schema("podlab.lab.v1.schema.json")
        for (name, words) in LabSchema.words {
            #expect(definitions[name]?["enum"] as? [String] == words, "\(name)")
        }
        for (name, definition) in definitions where definition["enum"] != nil {
            #expect(LabSchema.words[name] != nil, "the decoder has no words '\(name)'")
        }
    }

    @Test("a report has the keys of its schema, all of them and no others")
    func report() throws {
        let definitions = try schema("podlab.report.v1.schema.json")
        var whole = ReportFixture.report
        whole.problems = ["a file that belongs to no lab"]
        let json = try JSONSerialization.jsonObject(with: Data(try whole.json().utf8))
        func compare(_ value: Any, _ name: String) throws {
            let object = try #require(value as? [String: Any])
            let properties = try #require(definitions[name]?["properties"] as? [String: Any])
            #expect(Set(object.keys) == Set(properties.keys), "\(name)")
            // Problems are told of where there are some; everything else is always there.
            let always = Set(properties.keys).subtracting(name == "report" ? ["problems"] : [])
            #expect(Set(definitions[name]?["required"] as? [String] ?? []) == always, "\(name)")
            for (key, property) in properties {
                let rule = try #require(property as? [String: Any])
                let reference = rule["$ref"] as? String ?? (rule["items"] as? [String: Any])?["$ref"] as? String
                guard let target = reference?.split(separator: "/").last.map(String.init),
                    definitions[target]?["properties"] != nil
                else { continue }
                for part in object[key] as? [Any] ?? [object[key] as Any] { try compare(part, target) }
            }
        }
        try compare(json, "report")
    }

    /// Whether the files are to be written anew: `UPDATE=1 swift test --filter LabSchemaTests`.
    private static let isUpdate = ProcessInfo.processInfo.environment["UPDATE"] == "1"

    @Test("the schema has what the shapes of probes say, to the letter; UPDATE=1 writes it")
    func probes() throws {
        let path = Self.documents.appendingPathComponent("podlab.lab.v1.schema.json")
        let text = try String(contentsOf: path, encoding: .utf8)
        var updated = text
        for (name, json) in SchemaText.definitions {
            let block = "    \"\(name)\": \(json.rendered(indent: 4))"
            if let start = updated.range(of: "\n    \"\(name)\": {"),
                let end = updated.range(of: "\n    }", range: start.upperBound..<updated.endIndex)
            {
                updated.replaceSubrange(updated.index(after: start.lowerBound)..<end.upperBound, with: block)
            } else {
                updated = updated.replacing("\n    }\n  }\n}\n", with: "\n    },\n\(block)\n  }\n}\n")
            }
        }
        #expect(SchemaText.definitions.count > 40)
        try hold(path, text, to: updated)
    }

    @Test("the table of probes in docs/authoring.md has what the probes say of themselves; UPDATE=1 writes it")
    func table() throws {
        let path = Self.documents.appendingPathComponent("authoring.md")
        let text = try String(contentsOf: path, encoding: .utf8)
        let head = try #require(text.range(of: "| probe | asks | reads |\n| --- | --- | --- |\n"))
        let end = try #require(text.range(of: "\n\n", range: head.upperBound..<text.endIndex))
        var updated = text
        updated.replaceSubrange(
            head.upperBound..<end.lowerBound, with: SchemaText.rows.joined(separator: "\n"))
        try hold(path, text, to: updated)
    }

    private func hold(_ path: URL, _ text: String, to updated: String) throws {
        guard Self.isUpdate else {
            let lines = zip(text.split(separator: "\n"), updated.split(separator: "\n"))
            let first = lines.first { $0 != $1 }
            #expect(text == updated, "\(path.lastPathComponent) has \(first?.0 ?? "") where \(first?.1 ?? "") is said")
            return
        }
        try Data(updated.utf8).write(to: path)
    }

    /// A value of another kind than a key has, as YAML.
    private func wrong(_ value: Field.Value) -> [String] {
        switch value {
        case .text, .nonEmptyText: ["[a]"]
        case .absolutePath: ["[a]", "a"]
        case .integer(let range): ["a", "\(range.lowerBound - 1)", "\(range.upperBound + 1)"]
        case .truth, .mapping, .list, .filledList, .literal: ["a"]
        case .word: ["no-such-word"]
        case .either(let values): values.contains { if case .filledList = $0 { true } else { false } } ? ["a"] : ["[a]"]
        }
    }

    @Test("each key of a probe is read, and is what the shape says: anything else is an error at its place")
    func kinds() throws {
        func read<Kind: Probe>(_ kind: Kind.Type) throws {
            let table = try #require(kind.shape.table, "\(kind)")
            for field in table.fields {
                for value in wrong(field.value) {
                    let text = "\(field.key): \(value)\n"
                    let reader = YAMLReader(file: "lab.yaml", text: text)
                    let node = try #require(reader.root(of: text))
                    _ = Kind(node: node, reader: reader)
                    let place = SourcePosition(line: 1, column: field.key.count + 3)
                    #expect(reader.diagnostics.contains { $0.position == place }, "\(kind.key): \(text)")
                }
            }
        }
        for kind in Probes.all { try read(kind) }
    }

    private static let documents = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs")

    private func schema(_ name: String) throws -> [String: [String: Any]] {
        let data = try Data(contentsOf: Self.documents.appendingPathComponent(name))
        let top = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return try #require(top["$defs"] as? [String: [String: Any]])
    }
}
