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

    private func schema(_ name: String) throws -> [String: [String: Any]] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: root.appendingPathComponent("docs/\(name)"))
        let top = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return try #require(top["$defs"] as? [String: [String: Any]])
    }
}
