// The fields of one YAML mapping, and the readers of simple values.

import Text

/// A mapping whose keys were held against a shape.
package struct Fields {
    package let reader: YAMLReader
    /// Where the mapping begins.
    package let position: SourcePosition
    let shape: Shape
    private var entries: [String: (key: SourcePosition, value: Node)] = [:]

    /// Notes what is no mapping, unknown keys, and required keys that are missing.
    package init(_ node: Node, shape: Shape, reader: YAMLReader) {
        self.reader = reader
        self.shape = shape
        position = SourcePosition(node)
        guard case .mapping(let mapping) = node else {
            reader.wrongType(node, expected: "a mapping with \(Self.words(shape.keys))")
            return
        }
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                reader.wrongType(key, expected: "a key")
                continue
            }
            guard shape.keys.contains(scalar.string) else {
                let kind = shape.isOneKey ? "unknown \(shape.name)" : "unknown key"
                reader.error(
                    "\(kind) '\(scalar.string)'" + Spelling.suggestion(for: scalar.string, in: shape.keys),
                    at: SourcePosition(key))
                continue
            }
            entries[scalar.string] = (SourcePosition(key), value)
        }
        for key in shape.required where entries[key] == nil {
            reader.error("missing key '\(key)'", at: position)
        }
        if shape.isOneKey, mapping.count != 1 {
            reader.error("expected exactly one of \(Self.words(shape.keys))", at: position)
        }
    }

    /// No fields at all, for placeholders.
    package init(emptyOf shape: Shape) {
        reader = YAMLReader(file: "", text: "")
        position = SourcePosition()
        self.shape = shape
    }

    package func has(_ key: String) -> Bool { entries[key] != nil }

    /// Where a key's value stands; the mapping itself when there is none.
    package func place(_ key: String) -> SourcePosition { entries[key].map { SourcePosition($0.value) } ?? position }

    /// The only key of a one-key mapping.
    package var onlyKey: String? { entries.count == 1 ? entries.keys.first : nil }

    /// The node of a key, to be read in a way of its own.
    package func node(_ key: String) -> Node? { entries[key]?.value }

    /// The value of a required key. That it is missing was noted already.
    package func required<Value: NodeDecodable>(_ key: String, as type: Value.Type = Value.self) -> Value {
        optional(key) ?? Value.placeholder
    }

    package func optional<Value: NodeDecodable>(_ key: String, as type: Value.Type = Value.self) -> Value? {
        assert(shape.keys.contains(key), "\(shape.name) has no key \(key)")
        return entries[key].map { Value(node: $0.value, reader: reader) }
    }

    /// A list with at least one entry.
    package func nonEmpty<Value: NodeDecodable>(_ key: String, as type: Value.Type = Value.self) -> [Value] {
        let values: [Value] = required(key)
        if values.isEmpty, let node = entries[key]?.value, case .sequence = node {
            reader.error("'\(key)' is empty: it needs at least one entry", at: SourcePosition(node))
        }
        return values
    }

    /// A whole number within a range.
    package func number(_ key: String, in range: ClosedRange<Int>, default value: Int? = nil) -> Int {
        let fallback = value ?? range.lowerBound
        guard let number: Int = optional(key) else { return fallback }
        guard range.contains(number) else {
            reader.error("'\(key)' must be from \(range.lowerBound) to \(range.upperBound)", at: place(key))
            return fallback
        }
        return number
    }

    /// Notes that none of these keys is there.
    package func needsOne(of keys: [String]) {
        guard !entries.isEmpty || keys == shape.keys, !keys.contains(where: has) else { return }
        reader.error("expected at least one of \(Self.words(keys))", at: position)
    }

    private static func words(_ keys: [String]) -> String { keys.map { "'\($0)'" }.joined(separator: ", ") }
}

extension MappingDecodable {
    package init(node: Node, reader: YAMLReader) {
        self.init(fields: Fields(node, shape: Self.shape, reader: reader))
    }

    package static var placeholder: Self { Self(fields: Fields(emptyOf: shape)) }
}

extension Keyword {
    package init(node: Node, reader: YAMLReader) {
        let known = Self.allCases.map(\.rawValue)
        guard case .scalar(let scalar) = node, let value = Self(rawValue: scalar.string) else {
            if case .scalar(let scalar) = node {
                reader.error(
                    "unknown word '\(scalar.string)'" + Spelling.suggestion(for: scalar.string, in: known),
                    at: SourcePosition(node))
            } else {
                reader.wrongType(node, expected: "one of \(known.joined(separator: ", "))")
            }
            self = Self.placeholder
            return
        }
        self = value
    }
}

extension String: NodeDecodable {
    package static var placeholder: String { "" }

    package init(node: Node, reader: YAMLReader) {
        guard case .scalar(let scalar) = node, case .text = node.plainMeaning else {
            reader.wrongType(node, expected: "text")
            self = ""
            return
        }
        self = scalar.string
    }
}

extension Int: NodeDecodable {
    package static var placeholder: Int { 0 }

    package init(node: Node, reader: YAMLReader) {
        guard case .int(let number) = node.filledMeaning else {
            reader.wrongType(node, expected: "a whole number")
            self = 0
            return
        }
        self = number
    }
}

extension Bool: NodeDecodable {
    package static var placeholder: Bool { false }

    package init(node: Node, reader: YAMLReader) {
        guard case .bool(let value) = node.filledMeaning else {
            reader.wrongType(node, expected: "true or false")
            self = false
            return
        }
        self = value
    }
}

extension Array: NodeDecodable where Element: NodeDecodable {
    package static var placeholder: [Element] { [] }

    package init(node: Node, reader: YAMLReader) {
        guard case .sequence(let sequence) = node else {
            reader.wrongType(node, expected: "a list")
            self = []
            return
        }
        self = sequence.map { Element(node: $0, reader: reader) }
    }
}
