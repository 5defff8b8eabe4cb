// Strict reading of YAML nodes: every problem is noted with its place, and reading goes on to find the next.

import Text

/// The keys of one kind of mapping. Documentation can be held to these tables by a test.
package struct Shape: Sendable, Equatable {
    /// What messages call it; its name among a JSON Schema's `$defs`.
    package var name: String
    package var required: [String]
    package var optional: [String]
    /// Exactly one of the optional keys must be there: the key says what kind of value follows.
    package var isOneKey: Bool
    /// What the values are, for mappings that have it written down.
    package internal(set) var table: Table?

    package init(name: String, required: [String] = [], optional: [String] = [], isOneKey: Bool = false) {
        self.name = name
        self.required = required
        self.optional = optional
        self.isOneKey = isOneKey
    }

    package var keys: [String] { required + optional }
}

/// A value that can be read from a YAML node. Reading never stops: on a wrong node the problem is noted and a
/// placeholder returned, which nobody sees because a file with errors yields no value.
package protocol NodeDecodable: SendableMetatype {
    init(node: Node, reader: YAMLReader)
    static var placeholder: Self { get }
}

/// A value written as a mapping with fixed keys.
package protocol MappingDecodable: NodeDecodable {
    static var shape: Shape { get }
    init(fields: Fields)
}

/// A value written as one of a few words.
package protocol Keyword: NodeDecodable, RawRepresentable, CaseIterable where RawValue == String {
    static var placeholder: Self { get }
}

/// What begins a placeholder in a kind of file, where YAML would read a flow mapping, and what a message then advises.
package struct TemplateMark: Sendable {
    package var mark: String
    package var advice: String

    package init(mark: String, advice: String) {
        self.mark = mark
        self.advice = advice
    }
}

/// Collects what is wrong with one file. Used while one file is read, by one thread.
package final class YAMLReader {
    package let file: String
    package private(set) var diagnostics: [Diagnostic] = []
    /// Places that later rules refer to, by a name such as `check enter/root-is-box`.
    package private(set) var places: [String: SourcePosition] = [:]
    /// What is being read, where shorter names are relative to it.
    package var scope = ""
    /// How many values of its own kind the value being read stands in, where that matters.
    package var nesting = 0
    private let text: String
    /// For messages alone.
    private lazy var lines = textLines(text)
    private let template: TemplateMark?

    package init(file: String, text: String, template: TemplateMark? = nil) {
        self.file = file
        self.text = text
        self.template = template
    }

    package func error(_ message: String, at position: SourcePosition) {
        append(Diagnostic(file: file, position: position, message: message))
    }

    package func warning(_ message: String, at position: SourcePosition) {
        append(Diagnostic(file: file, position: position, severity: .warning, message: message))
    }

    /// A file that is wrong everywhere is not told of everywhere.
    private static let mostDiagnostics = 1000

    /// No more is told: whoever looks for words of advice can leave it.
    package var isFull: Bool { diagnostics.count >= Self.mostDiagnostics }

    private func append(_ diagnostic: Diagnostic) {
        if !isFull {
            diagnostics.append(diagnostic)
        } else if diagnostics.count == Self.mostDiagnostics {
            let last = diagnostic.position
            diagnostics.append(Diagnostic(file: file, position: last, message: "more is wrong than is told here"))
        }
    }

    /// Remembers where something stands; says whether it was new.
    @discardableResult
    package func note(_ name: String, at position: SourcePosition) -> Bool {
        guard places[name] == nil else { return false }
        places[name] = position
        return true
    }

    /// What to do about a placeholder that begins here without quotes.
    package func advice(at position: SourcePosition) -> String? {
        template.flatMap { rest(at: position).hasPrefix($0.mark) ? $0.advice : nil }
    }

    package func wrongType(_ node: Node, expected: String) {
        let position = SourcePosition(node)
        if let advice = advice(at: position) {
            error("expected \(expected): \(advice)", at: position)
        } else {
            error("expected \(expected), found \(node.kindInWords)", at: position)
        }
    }

    /// The top of the file as a node; nil when it is no YAML at all, which is noted.
    /// - Parameters:
    ///   - aliases: whether the file may have aliases; for files of strangers that have no use for them, false.
    ///   - parts: what of it is wanted. The rest must be YAML, and is not there.
    package func root(of text: String, aliases: Bool = true, parts: NodeParts = .all) -> Node? {
        do throws(YAMLFault) {
            var composer = try NodeComposer(Self.withoutMark(text), aliases: aliases, parts: parts)
            guard let root = try composer.nextRoot() else {
                error("the file is empty", at: SourcePosition())
                return nil
            }
            if let second = try composer.nextRoot() {
                error("not YAML: a second document begins here, and the file is one", at: second.position)
                return nil
            }
            return root
        } catch {
            note(error)
            return nil
        }
    }

    /// The tops of a file's documents; after a fault in one, those before it. Documents without content are left out.
    package func roots(of text: String) -> [Node] {
        var text = Self.withoutMark(text)
        for attempt in 0...Self.mostEscapes {
            var roots: [Node] = []
            do throws(YAMLFault) {
                var composer = try NodeComposer(text, aliases: true, parts: .all)
                while let node = try composer.nextRoot() {
                    if case .null = node.plainMeaning { continue }
                    roots.append(node)
                }
            } catch {
                if attempt < Self.mostEscapes, let mended = Self.withoutEscape(error, in: text) {
                    text = mended
                    continue
                }
                note(error)
            }
            return roots
        }
        return []
    }

    /// Each costs another reading of the text.
    private static let mostEscapes = 100

    /// Go's YAML takes `\'` in double quotes for `'`, which YAML's own table of escapes lacks: the text with the escape that a parser has
    /// stopped at in words that it knows. Nil: it has stopped at something else.
    private static func withoutEscape(_ fault: YAMLFault, in text: String) -> String? {
        guard case .syntax("found unknown escape character") = fault.kind else { return nil }
        let mark = fault.position
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(mark.line - 1) else { return nil }
        let line = lines[mark.line - 1]
        guard let start = line.index(line.startIndex, offsetBy: mark.column - 1, limitedBy: line.endIndex) else {
            return nil
        }
        let rest = line[start...]
        guard rest.prefix(2).elementsEqual("\\'".unicodeScalars) else { return nil }
        lines[mark.line - 1] = Substring.UnicodeScalarView(line[..<start]) + "\\x27".unicodeScalars + rest.dropFirst(2)
        return String(String.UnicodeScalarView(lines.joined(separator: "\n".unicodeScalars)))
    }

    /// The parser is told the encoding, so that it takes a byte order mark for text.
    private static func withoutMark(_ text: String) -> String {
        text.unicodeScalars.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    private func note(_ fault: YAMLFault) {
        switch fault.kind {
        case .syntax(let problem):
            let line = fault.position.line <= lines.count ? lines[fault.position.line - 1] : ""
            let hint =
                template.flatMap { line.contains(": \($0.mark)") ? $0.advice : nil }
                ?? SyntaxHint(lines: lines, position: fault.position).words(for: problem)
            error("not YAML: \(problem)\(hint.map { ": \($0)" } ?? "")", at: fault.position)
        case .secondKey(let key): error("the key '\(clipped(key))' stands here a second time", at: fault.position)
        case .alias: error("a file of this kind has no aliases (*name)", at: fault.position)
        case .growth:
            error("the aliases of this file multiply what it says beyond measure", at: fault.position)
        }
    }

    private func rest(at position: SourcePosition) -> String {
        guard lines.indices.contains(position.line - 1) else { return "" }
        return String(Substring(lines[position.line - 1].unicodeScalars.dropFirst(position.column - 1)))
    }
}

extension SourcePosition {
    package init(_ node: Node) { self = node.position }
}

extension Node {
    /// What a plain scalar means by YAML 1.2's core schema.
    package enum PlainMeaning {
        case null, bool(Bool), int(Int), number, text
    }

    /// The meaning of a scalar without quotes; quoted and block scalars are text.
    package var plainMeaning: PlainMeaning? {
        guard case .scalar(let scalar) = self else { return nil }
        return scalar.isText ? .text : Self.meaning(of: scalar.string)
    }

    /// The meaning where something else than text is asked for: what was filled in stands in quotes, because its placeholder needs them.
    var filledMeaning: PlainMeaning? {
        guard case .scalar(let scalar) = self, scalar.original != nil else { return plainMeaning }
        return Self.meaning(of: scalar.string)
    }

    private static func meaning(of text: String) -> PlainMeaning {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default:
            if let number = Int(text) { return .int(number) }
            let looksLikeNumber = text.utf8.first.map { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ?? false
            return looksLikeNumber && (Double(text) != nil || text.hasPrefix("0x") || text.hasPrefix("0o"))
                ? .number : .text
        }
    }

    package var kindInWords: String {
        switch self {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(let scalar):
            switch plainMeaning {
            case .null: "nothing"
            case .bool: "the truth value \(scalar.string) (quote it to make it text)"
            case .int, .number: "the number \(scalar.string) (quote it to make it text)"
            default:
                "the text '\(clipped(scalar.string))'"
            }
        }
    }
}
