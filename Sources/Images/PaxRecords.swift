// The extended header records of pax: `LENGTH KEY=VALUE\n`, where LENGTH counts the whole record. See pax(1).

/// What the records of one header change in the entry that they belong to.
struct PaxRecords {
    private(set) var path: [UInt8]?
    private(set) var link: [UInt8]?
    private(set) var length: UInt64?
    private(set) var user: UInt64?
    private(set) var group: UInt64?
    private(set) var modified: Int64?
    /// Attributes of users (`user.NAME`).
    private(set) var userAttributes: [String: [UInt8]] = [:]
    /// Names of records with other extended attributes and access control lists.
    private(set) var attributes: [String] = []
    private static let userPrefix = "SCHILY.xattr.user."

    init() {}

    mutating func add(_ bytes: [UInt8]) throws(TarFault) {
        var rest = bytes[...]
        while let space = rest.firstIndex(of: UInt8(ascii: " ")) {
            guard let count = Self.decimal(rest[..<space]), let count = Int(exactly: count), count <= rest.count,
                count > space - rest.startIndex + 1, rest[rest.startIndex + count - 1] == UInt8(ascii: "\n")
            else { throw TarFault("its pax records are damaged") }
            let record = rest[(space + 1)..<(rest.startIndex + count - 1)]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")), equals > record.startIndex else {
                throw TarFault("its pax records are damaged")
            }
            try take(String(decoding: record[..<equals], as: UTF8.self), record[(equals + 1)...])
            rest = rest[(rest.startIndex + count)...]
        }
        // Some writers fill up with NULs.
        guard rest.allSatisfy({ $0 == 0 }) else { throw TarFault("its pax records are damaged") }
    }

    private mutating func take(_ key: String, _ value: ArraySlice<UInt8>) throws(TarFault) {
        switch key {
        case "path": path = try Self.name(value, key)
        case "linkpath": link = try Self.name(value, key)
        case "size": length = try Self.number(value, key)
        case "uid": user = try Self.number(value, key)
        case "gid": group = try Self.number(value, key)
        case "mtime": modified = Self.seconds(value)
        case _ where key.hasPrefix("GNU.sparse."):
            throw TarFault("it is a sparse file of GNU tar, which podlab does not read")
        // What overlayfs reads is not an archive's to say.
        case _ where key.hasPrefix(Self.userPrefix) && !key.hasPrefix(Self.userPrefix + "overlay."):
            userAttributes["user." + key.dropFirst(Self.userPrefix.count)] = Array(value)
        case _
        where key.hasPrefix("SCHILY.xattr.") || key.hasPrefix("LIBARCHIVE.xattr.") || key.hasPrefix("SCHILY.acl."):
            attributes.append(key)
        // Times of other kinds, names of owners, comments, and what others have made up.
        default: break
        }
    }

    private static func name(_ value: ArraySlice<UInt8>, _ key: String) throws(TarFault) -> [UInt8] {
        guard !value.isEmpty, !value.contains(0) else { throw TarFault("its pax record '\(key)' is no name") }
        return Array(value)
    }

    private static func number(_ value: ArraySlice<UInt8>, _ key: String) throws(TarFault) -> UInt64 {
        guard let number = decimal(value) else { throw TarFault("its pax record '\(key)' is no number") }
        return number
    }

    private static func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard (1...19).contains(digits.count) else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + UInt64(byte & 15)
        }
        return value
    }

    /// `1700000000.123`; what is before 1970 or no number is 1970.
    private static func seconds(_ value: ArraySlice<UInt8>) -> Int64 {
        Int64(clamping: decimal(value.prefix { $0 != UInt8(ascii: ".") }) ?? 0)
    }
}
