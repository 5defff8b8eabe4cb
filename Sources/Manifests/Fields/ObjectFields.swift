// One object of a manifest, held against the table of its fields.

import StrictYAML
import Text

/// The fields that an object has, by name, with the path by which Kubernetes' messages call it: `spec.containers[0]`.
struct ObjectFields {
    let reader: YAMLReader
    let path: String
    /// Where the object begins.
    let position: SourcePosition
    private var entries: [String: (key: SourcePosition, value: Node)] = [:]

    /// Notes what is no object, what Kubernetes has and podlab has not, and what neither has.
    init(_ node: Node, _ table: FieldTable, path: String, reader: YAMLReader) {
        self.reader = reader
        self.path = path
        position = SourcePosition(node)
        guard case .mapping(let mapping) = node else {
            wrongType(
                node, at: path,
                expected: "an object with fields such as \(table.read.prefix(3).joined(separator: ", "))")
            return
        }
        for (key, value) in mapping where !reader.isFull {
            if case .scalar(let scalar) = key, let part = table.parts[scalar.string] {
                Self.checkNames(in: value, part, path: child(scalar.string), reader: reader)
            }
            let place = SourcePosition(key)
            guard case .scalar(let scalar) = key else {
                wrongType(key, at: path, expected: "the name of a field")
                continue
            }
            let name = scalar.string
            if table.read.contains(name) {
                // A field without a value is one that is not there.
                if value.isNull { continue }
                entries[name] = (place, value)
            } else if let effect = table.absent[name] {
                entries[name] = (place, value)
                if isLeftOut(name, value) {
                    reader.warning(
                        "\(child(name)): podlab leaves this out; in Kubernetes, \(effect)", at: place)
                }
            } else if !table.ignored.contains(name) {
                reader.error(
                    "unknown field \"\(shown(child(name)))\" of \(table.name)\(Self.advice(name, table))", at: place)
            }
        }
    }

    /// Only the names of fields are looked at, in an object or in each of a list.
    private static func checkNames(in node: Node, _ table: FieldTable, path: String, reader: YAMLReader) {
        switch node {
        case .sequence(let sequence):
            for (index, entry) in sequence.enumerated() {
                checkNames(in: entry, table, path: "\(path)[\(index)]", reader: reader)
            }
        case .mapping:
            let fields = ObjectFields(node, table, path: path, reader: reader)
            for (name, entry) in fields.entries { _ = fields.isLeftOut(name, entry.value) }
        default: break
        }
    }

    private static func advice(_ name: String, _ table: FieldTable) -> String {
        if let near = Spelling.nearest(to: name, in: table.all) { return " (did you mean '\(near)'?)" }
        guard let home = FieldTable.home(of: name) else {
            return " (podlab knows the fields of Kubernetes up to \(FieldTable.version))"
        }
        return " (it is one of \(home.name): is this line indented right?)"
    }

    func has(_ name: String) -> Bool { entries[name] != nil }
    func node(_ name: String) -> Node? { entries[name]?.value }

    /// The path of a field.
    func child(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// Where a field's value stands; the object itself when there is none.
    func place(_ name: String) -> SourcePosition {
        entries[name].map { SourcePosition($0.value) } ?? position
    }

    // MARK: Values

    func text(_ name: String) -> String? {
        node(name).flatMap { text($0, at: child(name)) }
    }

    func texts(_ name: String) -> [String]? {
        list(name)?.compactMap { text($0.node, at: $0.path) }
    }

    func flag(_ name: String) -> Bool? {
        guard let node = node(name) else { return nil }
        guard let value = node.manifestFlag else {
            wrongType(node, at: child(name), expected: "true or false")
            return nil
        }
        return value
    }

    /// A whole number of any size that fits; its range is the caller's to judge.
    func integer(_ name: String) -> Int64? {
        guard let node = node(name) else { return nil }
        guard let value = node.manifestInteger else {
            wrongType(node, at: child(name), expected: "a whole number")
            return nil
        }
        return value
    }

    /// A whole number within a range, in Kubernetes' words for one that is not.
    func integer<Number: FixedWidthInteger>(
        _ name: String, in range: ClosedRange<Int64>, as type: Number.Type = Number.self
    ) -> Number? {
        guard let value = integer(name) else { return nil }
        guard range.contains(value), let number = Number(exactly: value) else {
            let words =
                range.upperBound == .max
                ? "must be greater than or equal to \(range.lowerBound)"
                : "must be between \(range.lowerBound) and \(range.upperBound), inclusive"
            invalid(name, value: "\(value)", words)
            return nil
        }
        return number
    }

    func object(_ name: String, _ table: FieldTable) -> ObjectFields? {
        node(name).map { ObjectFields($0, table, path: child(name), reader: reader) }
    }

    func objects(_ name: String, _ table: FieldTable) -> [ObjectFields] {
        (list(name) ?? []).map { ObjectFields($0.node, table, path: $0.path, reader: reader) }
    }

    /// The entries of a list with their paths.
    func list(_ name: String) -> [(node: Node, path: String)]? {
        guard let node = node(name) else { return nil }
        guard case .sequence(let sequence) = node else {
            wrongType(node, at: child(name), expected: "a list")
            return nil
        }
        return sequence.enumerated().map { ($1, "\(child(name))[\($0)]") }
    }

    /// The entries of an object whose names are free, in the file's order.
    func entries(_ name: String) -> [(name: String, key: SourcePosition, value: Node)] {
        guard let node = node(name) else { return [] }
        guard case .mapping(let mapping) = node else {
            wrongType(node, at: child(name), expected: "an object of names and values")
            return []
        }
        return mapping.compactMap { key, value in
            guard case .scalar(let scalar) = key else {
                wrongType(key, at: child(name), expected: "a name")
                return nil
            }
            return (scalar.string, SourcePosition(key), value)
        }
    }

    /// An object whose values are texts. A value that is no text is noted and left out.
    func textsByName(_ name: String) -> [(name: String, key: SourcePosition, value: String)] {
        entries(name).compactMap { entry in
            text(entry.value, at: "\(child(name))[\(entry.name)]").map { (entry.name, entry.key, $0) }
        }
    }

    /// Where a text is in a list or has a free name, none at all is an empty one, as Go decodes it.
    private func text(_ node: Node, at path: String) -> String? {
        if node.isNull { return "" }
        guard let text = node.manifestText else {
            wrongType(node, at: path, expected: "text")
            return nil
        }
        return text
    }
}

// MARK: What is wrong, in the words of Kubernetes' validation

extension ObjectFields {
    func wrongType(_ node: Node, at path: String, expected: String) {
        let head = path.isEmpty ? "" : "\(shown(path)): "
        if let advice = reader.advice(at: SourcePosition(node)) {
            reader.error("\(head)expected \(expected): \(advice)", at: SourcePosition(node))
        } else {
            let words = node.manifestWords(quotable: expected == "text" || expected.hasPrefix("the name"))
            reader.error("\(head)expected \(expected), found \(words)", at: SourcePosition(node))
        }
    }

    func required(_ name: String, _ detail: String = "") {
        let more = detail.isEmpty ? "" : ": \(detail)"
        reader.error("\(child(name)): Required value\(more)", at: position)
    }

    /// A field that must be there with a value.
    func requiredText(_ name: String, _ detail: String = "") -> String? {
        guard has(name) else {
            required(name, detail)
            return nil
        }
        guard let text = text(name) else { return nil }
        if text.isEmpty { reader.error("\(child(name)): Required value", at: place(name)) }
        return text.isEmpty ? nil : text
    }

    func invalid(_ name: String, value: String, _ detail: String) {
        reader.error("\(child(name)): Invalid value: \(value): \(detail)", at: place(name))
    }

    func invalid(_ name: String, text: String, _ detail: String) {
        invalid(name, value: "\"\(shown(text))\"", detail)
    }

    func duplicate(_ name: String, _ value: String) {
        reader.error("\(child(name)): Duplicate value: \"\(shown(value))\"", at: place(name))
    }

    func notFound(_ name: String, _ value: String, _ detail: String = "") {
        let more = detail.isEmpty ? "" : " (\(detail))"
        reader.error("\(child(name)): Not found: \"\(shown(value))\"\(more)", at: place(name))
    }

    /// One of a few words.
    func word<Word: RawRepresentable & CaseIterable>(_ name: String, as type: Word.Type = Word.self)
        -> Word?
    where Word.RawValue == String {
        word(name, of: Word.allCases.map(\.rawValue)).flatMap(Word.init(rawValue:))
    }

    func word(_ name: String, of words: [String]) -> String? {
        guard let text = text(name) else { return nil }
        guard words.contains(text) else {
            let known = words.filter { !$0.isEmpty }.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
            let near = Spelling.nearest(to: text, in: words).map { " (did you mean '\($0)'?)" } ?? ""
            reader.error(
                "\(child(name)): Unsupported value: \"\(shown(text))\": supported values: \(known)\(near)",
                at: place(name))
            return nil
        }
        return text
    }
}

/// A value as messages show it: not more than a line of it.
func shown(_ text: String) -> String {
    text.utf8.count <= 200 ? text : "\(text.prefix(100))\u{2026}"
}
