// As much of JSON Schema as docs/podlab.report.v1.schema.json uses.

import Foundation

struct JSONSchema {
    private let root: [String: Any]

    init(path: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        root = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    /// What is wrong with a document, each with its place; empty when nothing is.
    func problems(of document: Any) -> [String] { problems(of: document, root, at: "$") }

    private func problems(of value: Any, _ schema: [String: Any], at place: String) -> [String] {
        var found: [String] = []
        if let reference = schema["$ref"] as? String {
            let definitions = root["$defs"] as? [String: [String: Any]]
            guard let target = definitions?[String(reference.dropFirst("#/$defs/".count))] else {
                return ["\(place): the schema has no \(reference)"]
            }
            found += problems(of: value, target, at: place)
        }
        if let constant = schema["const"] as? String, value as? String != constant {
            found.append("\(place): \(value)")
        }
        if let choices = schema["enum"] as? [String], !choices.contains(value as? String ?? "") {
            found.append("\(place): \(value) is none of \(choices)")
        }
        let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] } ?? []
        if !types.isEmpty, !types.contains(where: { Self.fits(value, $0) }) {
            found.append("\(place): \(value) is no \(types.joined(separator: " or "))")
        }
        if let minimum = schema["minimum"] as? Double, let number = value as? Double, number < minimum {
            found.append("\(place): \(number) is less than \(minimum)")
        }
        if let items = schema["items"] as? [String: Any] {
            for (index, item) in (value as? [Any] ?? []).enumerated() {
                found += problems(of: item, items, at: "\(place)[\(index)]")
            }
        }
        guard let object = value as? [String: Any] else { return found }
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        for key in schema["required"] as? [String] ?? [] where object[key] == nil {
            found.append("\(place) has no \(key)")
        }
        for (key, member) in object {
            if let own = properties[key] {
                found += problems(of: member, own, at: "\(place).\(key)")
            } else if schema["additionalProperties"] as? Bool == false {
                found.append("\(place): unknown key \(key)")
            }
        }
        return found
    }

    private static func fits(_ value: Any, _ type: String) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "null": value is NSNull
        case "boolean": value is Bool
        case "integer": (value as? Double).map { $0 == $0.rounded() } ?? false
        case "number": value is Double
        default: false
        }
    }
}
