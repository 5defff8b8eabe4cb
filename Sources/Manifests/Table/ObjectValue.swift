// An object of the API as data, and its two ways of being written. Keys are sorted, as kubectl sorts them.

import Text

indirect enum ObjectValue: Equatable, Sendable {
    case text(String)
    case integer(Int64)
    case flag(Bool)
    case list([ObjectValue])
    case object([String: ObjectValue])
}

extension ObjectValue: ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByBooleanLiteral
{
    init(stringLiteral text: String) { self = .text(text) }
    init(booleanLiteral flag: Bool) { self = .flag(flag) }
    /// A key that stands there twice is the last one's.
    init(dictionaryLiteral elements: (String, ObjectValue)...) {
        self = .object(Dictionary(elements) { $1 })
    }

    /// Of an object: its field, made when there was none; nil, set, takes it away.
    subscript(key: String) -> ObjectValue? {
        get {
            guard case .object(let fields) = self else { return nil }
            return fields[key]
        }
        set {
            guard case .object(var fields) = self else { return }
            fields[key] = newValue
            self = .object(fields)
        }
    }
}

// MARK: JSON

extension ObjectValue {
    /// With four spaces for each level, as kubectl prints it.
    var json: String { json(indent: "") }

    private func json(indent: String) -> String {
        let inner = indent + "    "
        switch self {
        case .text(let text): return Self.quoted(text)
        case .integer(let number): return "\(number)"
        case .flag(let flag): return "\(flag)"
        case .list(let entries):
            guard !entries.isEmpty else { return "[]" }
            return "[\n" + entries.map { inner + $0.json(indent: inner) }.joined(separator: ",\n")
                + "\n\(indent)]"
        case .object(let fields):
            guard !fields.isEmpty else { return "{}" }
            let lines = fields.sorted { $0.key < $1.key }
                .map { "\(inner)\(Self.quoted($0.key)): \($0.value.json(indent: inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    /// A string of JSON (RFC 8259). What a terminal would act on is escaped, too.
    static func quoted(_ text: String) -> String {
        quoted(text) { $0.utf16.map { "\\u" + padded($0, to: 4) }.joined() }
    }

    private static func padded(_ number: some BinaryInteger, to width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: width - digits.count) + digits
    }

    private static func quoted(_ text: String, escaping: (Unicode.Scalar) -> String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where isHazardous(scalar): result += escaping(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

// MARK: YAML

extension ObjectValue {
    /// As kubectl prints it: lists begin under their key.
    var yaml: String {
        switch self {
        case .list(let entries) where !entries.isEmpty: yamlLines(entries, indent: "")
        case .object(let fields) where !fields.isEmpty: yamlLines(fields, indent: "")
        default: yamlScalar(indent: "") + "\n"
        }
    }

    private func yamlLines(_ fields: [String: ObjectValue], indent: String) -> String {
        fields.sorted { $0.key < $1.key }.map { key, value in
            let name = indent + Self.plainOrQuoted(key) + ":"
            switch value {
            case .list(let entries) where !entries.isEmpty:
                return "\(name)\n" + yamlLines(entries, indent: indent)
            case .object(let inner) where !inner.isEmpty:
                return "\(name)\n" + yamlLines(inner, indent: indent + "  ")
            default: return "\(name) \(value.yamlScalar(indent: indent + "  "))\n"
            }
        }
        .joined()
    }

    private func yamlLines(_ entries: [ObjectValue], indent: String) -> String {
        entries.map { entry in
            switch entry {
            case .object(let fields) where !fields.isEmpty:
                "\(indent)- " + yamlLines(fields, indent: indent + "  ").dropFirst(indent.count + 2)
            case .list(let inner) where !inner.isEmpty:
                "\(indent)- " + yamlLines(inner, indent: indent + "  ").dropFirst(indent.count + 2)
            default: "\(indent)- \(entry.yamlScalar(indent: indent + "  "))\n"
            }
        }
        .joined()
    }

    private func yamlScalar(indent: String) -> String {
        switch self {
        case .text(let text): Self.block(text, indent: indent) ?? Self.plainOrQuoted(text)
        default: json
        }
    }

    /// A text of several lines as a block, when a block says it as it is.
    private static func block(_ text: String, indent: String) -> String? {
        guard text.contains("\n"), text.unicodeScalars.allSatisfy({ $0 == "\n" || !isHazardous($0) })
        else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // A block's indentation is that of its first line.
        guard let first = lines.first, !first.isEmpty, !first.hasPrefix(" "), !first.hasPrefix("\t"),
            lines.allSatisfy({ $0.last != " " })
        else {
            return nil
        }
        var mark = "|-"
        if lines.last?.isEmpty == true {
            lines.removeLast()
            mark = "|"
            if lines.last?.isEmpty == true { mark = "|+" }
        }
        return "\(mark)\n" + lines.map { $0.isEmpty ? "" : indent + $0 }.joined(separator: "\n")
    }

    /// Without quotes where nobody could read it as something else, by YAML 1.1 or 1.2. What is quoted is so as in JSON, but for
    /// characters that JSON has two escapes for.
    private static func plainOrQuoted(_ text: String) -> String {
        isPlain(text)
            ? text
            : quoted(text) { $0.value > 0xffff ? "\\U" + padded($0.value, to: 8) : "\\u" + padded($0.value, to: 4) }
    }

    private static func isPlain(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, last != UInt8(ascii: " "),
            last != UInt8(ascii: ":")
        else {
            return false
        }
        let isLetter = { (byte: UInt8) in UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 }
        let isDigit = { (byte: UInt8) in UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
        guard bytes.allSatisfy({ isLetter($0) || isDigit($0) || " _./-:$()=@+".utf8.contains($0) })
        else { return false }
        if zip(bytes, bytes.dropFirst()).contains(where: {
            $0 == UInt8(ascii: ":") && $1 == UInt8(ascii: " ")
        }) {
            return false
        }
        if isDigit(first) { return isPlainAlthoughDigit(text, bytes) }
        return (isLetter(first) || first == UInt8(ascii: "/")) && !words.contains(text.lowercased())
    }

    /// An address, an amount such as 200Mi, an identifier: not what may be a number, a date or a time.
    private static func isPlainAlthoughDigit(_ text: String, _ bytes: [UInt8]) -> Bool {
        let isAddress = bytes.allSatisfy {
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".")
        }
        if isAddress { return bytes.count(where: { $0 == UInt8(ascii: ".") }) == 3 }
        let hasLetterBeyondHex = bytes.contains { UInt8(ascii: "g")...UInt8(ascii: "w") ~= $0 | 0x20 }
        let isWord = bytes.allSatisfy {
            $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "+")
        }
        return isWord && hasLetterBeyondHex
            && !["0x", "0o", "0b"].contains(text.prefix(2).lowercased())
    }

    private static let words: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null", "inf", "nan",
    ]
}
