// The keys of a mapping with what their values are: what is read is held to them, and documentation is made of them.

/// One key of a mapping, and its value.
package struct Field: Sendable, Equatable {
    package indirect enum Value: Sendable, Equatable {
        case text
        case nonEmptyText
        /// It begins with a slash.
        case absolutePath
        case integer(ClosedRange<Int>)
        case truth
        /// One of a list of words, by the list's name among a JSON Schema's `$defs`.
        case word(String)
        /// This very text.
        case literal(String)
        /// A mapping, by the name of its shape.
        case mapping(String)
        case list(Value)
        /// With at least one entry.
        case filledList(Value)
        case either([Value])
    }

    /// What it is where the key is left out.
    package enum Default: Sendable, Equatable {
        case number(Int)
        case truth(Bool)
        case text(String)
    }

    package let key: String
    package let isRequired: Bool
    package let value: Value
    package let defaultValue: Default?
    /// What it says, for whoever writes the file.
    package let words: String?

    package static func required(_ key: String, _ value: Value, _ words: String? = nil) -> Field {
        Field(key: key, isRequired: true, value: value, defaultValue: nil, words: words)
    }

    package static func optional(
        _ key: String, _ value: Value, default defaultValue: Default? = nil, _ words: String? = nil
    ) -> Field {
        Field(key: key, isRequired: false, value: value, defaultValue: defaultValue, words: words)
    }
}

extension Field.Default: ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByStringLiteral {
    package init(integerLiteral value: Int) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .truth(value) }
    package init(stringLiteral value: String) { self = .text(value) }
}

/// What must hold between the keys of a mapping.
package enum KeyRule: Sendable, Equatable {
    case exactlyOne([String])
    case atLeastOne([String])
    /// Where there is one of them, there are all.
    case together([String])
    case notEmpty
}

extension Shape {
    /// - Parameters:
    ///   - words: what such a mapping says.
    ///   - fields: in the order in which documentation has them.
    package init(
        _ name: String, _ words: String, _ fields: [Field], rules: [KeyRule] = [], isOneKey: Bool = false
    ) {
        self.init(
            name: name, required: fields.filter(\.isRequired).map(\.key),
            optional: fields.filter { !$0.isRequired }.map(\.key), isOneKey: isOneKey)
        table = Table(words: words, fields: fields, rules: rules)
    }

    /// What documentation says of a mapping.
    package struct Table: Sendable, Equatable {
        package let words: String
        package let fields: [Field]
        package let rules: [KeyRule]
    }

    func field(_ key: String) -> Field? { table?.fields.first { $0.key == key } }
}

extension Fields {
    /// A whole number within the range that the shape has for it; its default where the key is left out.
    package func number(_ key: String) -> Int {
        guard let field = shape.field(key), case .integer(let range) = field.value else {
            assertionFailure("\(shape.name) has no number \(key)")
            return 0
        }
        if case .number(let value) = field.defaultValue { return number(key, in: range, default: value) }
        return number(key, in: range)
    }

    /// The same; nil where the key is left out.
    package func optionalNumber(_ key: String) -> Int? { has(key) ? number(key) : nil }

    /// A truth value; where the key is left out the default that the shape has for it, or false.
    package func truth(_ key: String) -> Bool {
        optional(key) ?? (shape.field(key)?.defaultValue == .truth(true))
    }
}
