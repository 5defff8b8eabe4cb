// Escapes of JSON that YAML has not: two for one character beyond the first plane. See RFC 8259, section 7.

enum JSONEscapes {
    /// The text with an escape of YAML in the place of such a pair. Half of one stands for no character: U+FFFD, as Go reads it.
    static func replaced(in text: String) -> String {
        guard text.contains(#"\u"#) else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                result.append(bytes[index])
                index += 1
                continue
            }
            guard let high = unit(at: index, in: bytes), 0xd800...0xdfff ~= high else {
                result += bytes[index..<index + 2]
                index += 2
                continue
            }
            if high < 0xdc00, let low = unit(at: index + 6, in: bytes), 0xdc00...0xdfff ~= low {
                let digits = String(0x10000 + (high - 0xd800) << 10 + (low - 0xdc00), radix: 16)
                result += Array((#"\U"# + String(repeating: "0", count: 8 - digits.count) + digits).utf8)
                index += 12
            } else {
                result += Array(#"\ufffd"#.utf8)
                index += 6
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The number of an escape `\uXXXX`; nil: there is none.
    private static func unit(at index: Int, in bytes: [UInt8]) -> UInt32? {
        guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
            return nil
        }
        let digits = bytes[index + 2..<index + 6]
        guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
