// Queries such as {.items[0].status.podIP}. See "JSONPath Support" in the reference of kubectl.

import Text

package struct JSONPathError: Error, Equatable, CustomStringConvertible {
    package var description: String
}

/// A template of text and queries in braces: paths of `.name`, `['name']`, `[2]`, `[-1]`, `[1:3]`, `[*]` and `.*`, quoted text, and
/// `{range …}` to `{end}`. Filters and `..` are not supported.
package struct JSONPath: Sendable, Equatable {
    private let parts: [Part]

    private enum Part: Equatable {
        case text(String)
        case path([Step])
        indirect case range([Step], [Part])
    }

    fileprivate enum Step: Equatable {
        case field(String)
        case index(Int)
        case slice(Int?, Int?)
        case all
    }

    package init(_ template: String) throws(JSONPathError) {
        var scanner = Scanner(template)
        parts = try Self.parts(&scanner, isInRange: false)
    }

    /// What the template says of an object. A field that is not there is no text.
    func text(of object: ObjectValue) throws(JSONPathError) -> String { try Self.text(parts, object) }

    private static func text(_ parts: [Part], _ object: ObjectValue) throws(JSONPathError) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .path(let steps): result += try values(steps, object).map(\.queried).joined(separator: " ")
            case .range(let steps, let inner):
                for value in try values(steps, object) { result += try text(inner, value) }
            }
        }
        return result
    }

    private static func values(_ steps: [Step], _ object: ObjectValue) throws(JSONPathError) -> [ObjectValue] {
        var values = [object]
        for step in steps {
            var next: [ObjectValue] = []
            for value in values { next += try value.children(step) }
            values = next
        }
        return values
    }
}

// MARK: Reading a template

extension JSONPath {
    private static func parts(_ scanner: inout Scanner, isInRange: Bool) throws(JSONPathError) -> [Part] {
        var parts: [Part] = []
        while let scalar = scanner.peek {
            guard scalar == "{" else {
                parts.append(.text(scanner.take { $0 != "{" }))
                continue
            }
            scanner.next()
            scanner.skipSpaces()
            if scanner.skip(word: "range") {
                let steps = try steps(&scanner)
                parts.append(.range(steps, try Self.parts(&scanner, isInRange: true)))
            } else if scanner.skip(word: "end") {
                try close(&scanner)
                guard isInRange else {
                    throw JSONPathError(description: "error parsing jsonpath: not in range, nothing to end")
                }
                return parts
            } else if let quote = scanner.peek, quote == "\"" || quote == "'" {
                parts.append(.text(try scanner.quoted()))
                try close(&scanner)
            } else {
                parts.append(.path(try steps(&scanner)))
            }
        }
        guard !isInRange else {
            throw JSONPathError(description: "error parsing jsonpath: unclosed range, {end} is missing")
        }
        return parts
    }

    private static func steps(_ scanner: inout Scanner) throws(JSONPathError) -> [Step] {
        var steps: [Step] = []
        scanner.skipSpaces()
        if scanner.peek == "$" || scanner.peek == "@" { scanner.next() }
        while let scalar = scanner.peek, scalar != "}", scalar != " " {
            scanner.next()
            switch scalar {
            case ".":
                if scanner.peek == "*" {
                    scanner.next()
                    steps.append(.all)
                    continue
                }
                let name = scanner.name()
                // `{.}` is the object itself.
                if name.isEmpty, scanner.peek == "}" || scanner.peek == "[", steps.isEmpty { continue }
                guard !name.isEmpty else { throw scanner.unrecognized }
                steps.append(.field(name))
            case "[": steps.append(try bracket(&scanner))
            default:
                throw JSONPathError(
                    description: "error parsing jsonpath: unrecognized character \"\(scalar)\": paths begin with a dot")
            }
        }
        try close(&scanner)
        return steps
    }

    private static func bracket(_ scanner: inout Scanner) throws(JSONPathError) -> Step {
        if scanner.peek == "'" || scanner.peek == "\"" {
            let name = try scanner.quoted()
            guard scanner.skip("]") else { throw scanner.unrecognized }
            return .field(name)
        }
        let text = scanner.take { $0 != "]" && $0 != "}" }
        guard scanner.skip("]") else { throw JSONPathError(description: "error parsing jsonpath: unterminated array") }
        if text == "*" { return .all }
        let ends = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = ends.map { Int($0) }
        let isRight = zip(ends, numbers).allSatisfy { $0.isEmpty || $1 != nil }
        switch ends.count {
        case 1: if let index = numbers[0] { return .index(index) }
        case 2 where isRight: return .slice(numbers[0], numbers[1])
        default: break
        }
        throw JSONPathError(description: "error parsing jsonpath: invalid array index \(shown(text))")
    }

    private static func close(_ scanner: inout Scanner) throws(JSONPathError) {
        scanner.skipSpaces()
        guard scanner.skip("}") else {
            throw JSONPathError(description: "error parsing jsonpath: unclosed action, } is missing")
        }
    }
}

/// The scalars of a template, one after the other.
private struct Scanner {
    private var rest: Substring.UnicodeScalarView

    init(_ text: String) { rest = Substring(text).unicodeScalars }

    var peek: Unicode.Scalar? { rest.first }
    var unrecognized: JSONPathError {
        JSONPathError(description: "error parsing jsonpath: unrecognized \"\(shown(String(Substring(rest))))\"")
    }

    mutating func next() { rest = rest.dropFirst() }

    mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        next()
        return true
    }

    mutating func skipSpaces() { while peek == " " { next() } }

    /// A word that a space or the brace follows.
    mutating func skip(word: String) -> Bool {
        guard rest.starts(with: word.unicodeScalars) else { return false }
        let after = rest.dropFirst(word.unicodeScalars.count)
        guard after.first == " " || after.first == "}" else { return false }
        rest = after
        return true
    }

    mutating func take(while isTaken: (Unicode.Scalar) -> Bool) -> String {
        let taken = rest.prefix(while: isTaken)
        rest = rest[taken.endIndex...]
        return String(Substring(taken))
    }

    /// A field's name, in which a backslash takes away a dot's meaning.
    mutating func name() -> String {
        var name = String.UnicodeScalarView()
        while let scalar = peek, !".[]{} ".unicodeScalars.contains(scalar) {
            next()
            if scalar == "\\", let escaped = peek {
                next()
                name.append(escaped)
            } else {
                name.append(scalar)
            }
        }
        return String(name)
    }

    mutating func quoted() throws(JSONPathError) -> String {
        guard let quote = peek else { throw unrecognized }
        next()
        var text = String.UnicodeScalarView()
        while let scalar = peek {
            next()
            if scalar == quote { return String(text) }
            guard scalar == "\\", let escaped = peek else {
                text.append(scalar)
                continue
            }
            next()
            switch escaped {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            default: text.append(escaped)
            }
        }
        throw JSONPathError(description: "error parsing jsonpath: unterminated quoted string")
    }
}

// MARK: Answers

extension ObjectValue {
    fileprivate func children(_ step: JSONPath.Step) throws(JSONPathError) -> [ObjectValue] {
        switch (step, self) {
        case (.field(let name), .object(let fields)): return fields[name].map { [$0] } ?? []
        case (.all, .object(let fields)): return fields.sorted { $0.key < $1.key }.map(\.value)
        case (.all, .list(let entries)): return entries
        case (.index(let index), .list(let entries)):
            let place = index < 0 ? entries.count + index : index
            guard entries.indices.contains(place) else {
                throw JSONPathError(description: "array index out of bounds: index \(index), length \(entries.count)")
            }
            return [entries[place]]
        case (.slice(let first, let end), .list(let entries)):
            let bounds = [first ?? 0, end ?? entries.count].map {
                max(0, min(entries.count, $0 < 0 ? entries.count + $0 : $0))
            }
            return bounds[0] < bounds[1] ? Array(entries[bounds[0]..<bounds[1]]) : []
        default: return []
        }
    }

    /// Text as it is, but for what a terminal would act on; the rest as JSON.
    fileprivate var queried: String {
        if case .text(let text) = self { return terminalSafe(text, keepingNewlines: true) }
        return compactJSON
    }

    private var compactJSON: String {
        switch self {
        case .list(let entries): "[" + entries.map(\.compactJSON).joined(separator: ",") + "]"
        case .object(let fields):
            "{"
                + fields.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\($0.value.compactJSON)" }
                .joined(separator: ",") + "}"
        default: json
        }
    }
}
