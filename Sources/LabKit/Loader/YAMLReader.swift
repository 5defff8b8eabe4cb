// Strict reading of YAML nodes: every problem is noted with its place, and reading goes on to find the next.

import Yams

/// The keys of one kind of mapping. The JSON Schema in docs is held to these tables by a test.
struct Shape: Sendable, Equatable {
    /// Its name among the schema's `$defs`.
    var name: String
    var required: [String] = []
    var optional: [String] = []
    /// Exactly one of the optional keys must be there: the key says what kind of value follows.
    var isOneKey = false

    var keys: [String] { required + optional }
}

/// A value that can be read from a YAML node. Reading never stops: on a wrong node the problem is noted and a
/// placeholder returned, which nobody sees because a file with errors yields no lab.
protocol NodeDecodable: SendableMetatype {
    init(node: Node, reader: YAMLReader)
    static var placeholder: Self { get }
}

/// A value written as a mapping with fixed keys.
protocol MappingDecodable: NodeDecodable {
    static var shape: Shape { get }
    init(fields: Fields)
}

/// A value written as one of a few words.
protocol Keyword: NodeDecodable, RawRepresentable, CaseIterable where RawValue == String {
    static var placeholder: Self { get }
}

/// Collects what is wrong with one file. Used while one file is read, by one thread.
final class YAMLReader {
    let file: String
    private(set) var diagnostics: [Diagnostic] = []
    /// Places that later rules refer to, by a name such as `check enter/root-is-box`.
    private(set) var places: [String: SourcePosition] = [:]
    /// The step being read: a check's name without a slash is one of this step.
    var step = ""
    private let lines: [String]

    init(file: String, text: String) {
        self.file = file
        lines = textLines(text)
    }

    func error(_ message: String, at position: SourcePosition) {
        diagnostics.append(Diagnostic(file: file, position: position, message: message))
    }

    /// Remembers where something stands; says whether it was new.
    @discardableResult
    func note(_ name: String, at position: SourcePosition) -> Bool {
        guard places[name] == nil else { return false }
        places[name] = position
        return true
    }

    func wrongType(_ node: Node, expected: String) {
        let position = SourcePosition(node)
        if rest(at: position).hasPrefix("{{") {
            error("expected \(expected): put quotes around a value that starts with {{", at: position)
        } else {
            error("expected \(expected), found \(node.kindInWords)", at: position)
        }
    }

    /// The top of the file as a node; nil when it is no YAML at all, which is noted.
    func root(of text: String) -> Node? {
        do {
            // The resolver knows no rules: plain scalars are judged by the readers below, without regular expressions.
            guard let node = try compose(yaml: text, .basic) else {
                error("the file is empty", at: SourcePosition())
                return nil
            }
            return node
        } catch let error as YamlError {
            note(error)
        } catch {
            self.error("not YAML: \(error)", at: SourcePosition())
        }
        return nil
    }

    private func note(_ failure: YamlError) {
        switch failure {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let position = SourcePosition(line: max(1, mark.line), column: max(1, mark.column))
            let line = position.line <= lines.count ? lines[position.line - 1] : ""
            let hint = line.contains(": {{") ? ": put quotes around a value that starts with {{" : ""
            error("not YAML: \(problem)\(hint)", at: position)
        case .duplicatedKeysInMapping(let keys, let context):
            let first = SourcePosition(line: max(1, context.mark.line), column: max(1, context.mark.column))
            error(
                "the key '\(keys.first ?? "")' stands here a second time",
                at: second(keys.first ?? "", after: first) ?? first)
        case .reader(let problem, _, _, _):
            error("not YAML: \(problem)", at: SourcePosition())
        default:
            error("not YAML: \(failure)", at: SourcePosition())
        }
    }

    /// Yams names the first of two equal keys. The second stands further down at the same column.
    private func second(_ key: String, after first: SourcePosition) -> SourcePosition? {
        for number in lines.indices.dropFirst(first.line) {
            let position = SourcePosition(line: number + 1, column: first.column)
            if rest(at: position).hasPrefix("\(key):") { return position }
        }
        return nil
    }

    private func rest(at position: SourcePosition) -> String {
        guard lines.indices.contains(position.line - 1) else { return "" }
        return String(Substring(lines[position.line - 1].unicodeScalars.dropFirst(position.column - 1)))
    }
}

extension SourcePosition {
    init(_ node: Node) {
        self.init(line: max(1, node.mark?.line ?? 1), column: max(1, node.mark?.column ?? 1))
    }
}

extension Node {
    /// What a plain scalar means by YAML 1.2's core schema.
    enum PlainMeaning {
        case null, bool(Bool), int(Int), number, text
    }

    /// The meaning of a scalar without quotes; quoted and block scalars are text.
    var plainMeaning: PlainMeaning? {
        guard case .scalar(let scalar) = self else { return nil }
        guard scalar.style == .plain || scalar.style == .any else { return .text }
        switch scalar.string {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case let text:
            if let number = Int(text) { return .int(number) }
            let looksLikeNumber = text.utf8.first.map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ?? false
            return looksLikeNumber && (Double(text) != nil || text.hasPrefix("0x") || text.hasPrefix("0o"))
                ? .number : .text
        }
    }

    var kindInWords: String {
        switch self {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar):
            switch plainMeaning {
            case .null: "nothing"
            case .bool: "the truth value \(scalar.string) (quote it to make it text)"
            case .int, .number: "the number \(scalar.string) (quote it to make it text)"
            default: "the text '\(scalar.string)'"
            }
        }
    }
}
