// The kinds of names that Kubernetes knows, with its own words for a name that is none.

/// What a name must be. See RFC 1123 and the "Object Names and IDs" page of Kubernetes.
enum NameRule {
    case label, subdomain, portName, qualifiedKey, labelValue, configKey, environment

    /// Nil when the name is right.
    func problem(with name: String) -> String? {
        let bytes = Array(name.utf8)
        switch self {
        case .label:
            if bytes.count > 63 { return "must be no more than 63 bytes" }
            return Self.isLabel(bytes[...]) ? nil : Self.labelWords
        case .subdomain:
            if bytes.count > 253 { return "must be no more than 253 bytes" }
            let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            return parts.allSatisfy(Self.isLabel) ? nil : Self.subdomainWords
        case .portName: return Self.problemWithPortName(bytes)
        case .qualifiedKey: return Self.problemWithKey(bytes)
        case .labelValue:
            if bytes.count > 63 { return "must be no more than 63 bytes" }
            return bytes.isEmpty || Self.isQualified(bytes[...]) ? nil : Self.valueWords
        case .configKey:
            if bytes.count > 253 { return "must be no more than 253 bytes" }
            if name == "." || name.hasPrefix("..") {
                return "must not be '.' and must not begin with '..'"
            }
            let isRight =
                !bytes.isEmpty && bytes.allSatisfy { Self.isAlphanumeric($0) || "-_.".utf8.contains($0) }
            return isRight ? nil : Self.configKeyWords
        case .environment:
            let isRight =
                !bytes.isEmpty && bytes.allSatisfy { 0x20...0x7e ~= $0 && $0 != UInt8(ascii: "=") }
            return isRight ? nil : Self.environmentWords
        }
    }

    private static func problemWithPortName(_ bytes: [UInt8]) -> String? {
        if bytes.count > 15 { return "must be no more than 15 characters" }
        guard bytes.allSatisfy({ isLower($0) || isDigit($0) || $0 == hyphen }) else {
            return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
        }
        if !bytes.contains(where: isLower) { return "must contain at least one letter (a-z)" }
        if zip(bytes, bytes.dropFirst()).contains(where: { $0 == hyphen && $1 == hyphen }) {
            return "must not contain consecutive hyphens"
        }
        return bytes.first == hyphen || bytes.last == hyphen
            ? "must not begin or end with a hyphen" : nil
    }

    /// `NAME` or `DOMAIN/NAME`.
    private static func problemWithKey(_ bytes: [UInt8]) -> String? {
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.last else { return keyWords }
        if parts.count == 2 {
            if parts[0].isEmpty { return "prefix part must be non-empty" }
            if let problem = NameRule.subdomain.problem(with: String(decoding: parts[0], as: UTF8.self)) {
                return "prefix part \(problem)"
            }
        }
        if name.isEmpty { return "name part must be non-empty" }
        if name.count > 63 { return "name part must be no more than 63 bytes" }
        return isQualified(name) ? nil : "name part must consist of \(keyWords)"
    }

    private static let hyphen = UInt8(ascii: "-")
    private static func isLower(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
    }
    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLower(byte | 0x20) && byte & 0x40 != 0 || isDigit(byte)
    }

    private static func isLabel(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { isLower($0) || isDigit($0) || $0 == hyphen }
            && bytes.first != hyphen && bytes.last != hyphen
    }

    private static func isQualified(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, let last = bytes.last, isAlphanumeric(first),
            isAlphanumeric(last)
        else {
            return false
        }
        return bytes.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }

    private static let labelWords =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        + "with an alphanumeric character (e.g. 'my-name' or '123-abc')"
    private static let subdomainWords =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'example.com')"
    private static let valueWords =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
        + "and end with an alphanumeric character (e.g. 'MyValue', 'my_value' or '12345')"
    private static let keyWords =
        "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName', "
        + "'my.name' or '123-abc'), with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
    private static let configKeyWords =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name', 'KEY_NAME' or "
        + "'key-name')"
    private static let environmentWords =
        "a valid environment variable name must consist only of printable ASCII characters other than '='"
}

extension ObjectFields {
    /// Notes a text that breaks a rule for names; says whether it is right.
    @discardableResult
    func check(_ name: String, _ value: String, _ rule: NameRule) -> Bool {
        guard let problem = rule.problem(with: value) else { return true }
        invalid(name, text: value, problem)
        return false
    }
}
