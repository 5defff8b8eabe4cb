// What a scalar of a manifest means: Kubernetes reads YAML 1.1 with a parser of its own, whose numbers are those of Go.

import StrictYAML

/// See "resolve.go" of go-yaml 2, and strconv.ParseInt with base 0.
enum ScalarMeaning: Equatable {
    case null
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)

    init(_ scalar: Node.Scalar) {
        let text = scalar.string
        guard !scalar.isText else {
            self = .text(text)
            return
        }
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y": self = .flag(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N": self = .flag(false)
        default: self = Self.number(text) ?? .text(text)
        }
    }

    /// Nil: it is none, so it is text. Dates are text as well.
    private static func number(_ text: String) -> ScalarMeaning? {
        guard let first = text.utf8.first, isDigit(first) || "+-.".utf8.contains(first) else { return nil }
        let digits = text.utf8.filter { $0 != UInt8(ascii: "_") }
        if first != UInt8(ascii: "."), let whole = integer(digits) { return .integer(whole) }
        // Between digits only: after a point Go takes none.
        let floating = first == UInt8(ascii: ".") ? Array(text.utf8) : Array(digits)
        guard isFloat(floating), let number = Double(String(decoding: floating, as: UTF8.self)) else { return nil }
        return .number(number)
    }

    /// With a sign, and with `0x`, `0b`, `0o`, or a zero for octal, before the digits.
    private static func integer(_ bytes: [UInt8]) -> Int64? {
        var rest = bytes[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        var radix = 10
        if rest.first == UInt8(ascii: "0"), rest.count > 1 {
            radix = 8
            switch rest[rest.startIndex + 1] | 0x20 {
            case UInt8(ascii: "x"): radix = 16
            case UInt8(ascii: "b"): radix = 2
            case UInt8(ascii: "o"): break
            default: rest = [UInt8(ascii: "0"), UInt8(ascii: "0")] + rest.dropFirst()
            }
            rest = rest.dropFirst(2)
        }
        guard let first = rest.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
        return Int64((isNegative ? "-" : "") + String(decoding: rest, as: UTF8.self), radix: radix)
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func isFloat(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        func dropSign() { if let first = rest.first, "+-".utf8.contains(first) { rest = rest.dropFirst() } }
        func dropDigits() -> Int {
            let count = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(count)
            return count
        }
        dropSign()
        let whole = dropDigits()
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = dropDigits()
        }
        guard whole + fraction > 0 else { return false }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            dropSign()
            guard dropDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
}

extension Node {
    /// Nil for what is no scalar.
    var meaning: ScalarMeaning? {
        guard case .scalar(let scalar) = self else { return nil }
        return ScalarMeaning(scalar)
    }

    var isNull: Bool { meaning == .null }

    var manifestFlag: Bool? { if case .flag(let value) = meaning { value } else { nil } }

    var manifestText: String? { if case .text(let text) = meaning { text } else { nil } }

    /// 80.0 is 80, because what the API server gets is JSON, which knows no difference.
    var manifestInteger: Int64? {
        switch meaning {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// What stands here, for a message that says that something else was expected.
    /// - Parameter quotable: text was expected, so quotes would help.
    func manifestWords(quotable: Bool = true) -> String {
        guard case .scalar(let scalar) = self else { return kindInWords }
        let advice = quotable ? " (quote it to make it text)" : ""
        return switch meaning {
        case .null: "nothing"
        case .flag: "the truth value \(scalar.string)\(advice)"
        case .integer, .number: "the number \(scalar.string)\(advice)"
        default: "the text '\(shown(scalar.string))'"
        }
    }
}
