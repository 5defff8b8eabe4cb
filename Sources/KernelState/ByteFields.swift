// Cutting the kernel's text files into fields, as bytes: no locale, no Foundation, no crash on any input.

typealias Bytes = ArraySlice<UInt8>

extension UInt8 {
    static let space = UInt8(ascii: " ")
    static let newline = UInt8(ascii: "\n")
    static let tab = UInt8(ascii: "\t")
    var isBlank: Bool { self == .space || self == .tab }
}

extension Sequence<UInt8> {
    /// The text, with U+FFFD for what is not UTF-8.
    var text: String { String(decoding: Array(self), as: UTF8.self) }
}

extension ArraySlice<UInt8> {
    /// All bytes as one unsigned number, or nil when any of them is not a digit, or on overflow.
    func number<N: FixedWidthInteger>(radix: N = 10, as: N.Type = N.self) -> N? {
        var digits = self
        let negative = N.isSigned && digits.first == UInt8(ascii: "-")
        if negative { digits = digits.dropFirst() }
        guard !digits.isEmpty else { return nil }
        var value: N = 0
        for byte in digits {
            guard let digit = byte.digit, digit < Int(radix) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            let (sum, more) =
                negative
                ? product.subtractingReportingOverflow(N(digit)) : product.addingReportingOverflow(N(digit))
            if overflow || more { return nil }
            value = sum
        }
        return value
    }

    /// A number written as `0x1f`.
    var hexadecimal: UInt64? {
        guard starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")]) else { return nil }
        return dropFirst(2).number(radix: 16)
    }

    /// Fields between runs of blanks.
    var words: [Bytes] { split(whereSeparator: \.isBlank) }

    /// Lines, without their ends; an unfinished last line counts.
    var lines: [Bytes] { split(separator: .newline) }

    /// What is before and after the first `byte`.
    func cut(at byte: UInt8) -> (before: Bytes, after: Bytes)? {
        guard let place = firstIndex(of: byte) else { return nil }
        return (self[startIndex..<place], self[index(after: place)...])
    }

    /// The text with `\040` and its like decoded. See proc_pid_mountinfo(5), "mangle" in the kernel's seq_file.
    var unmangled: [UInt8] {
        guard contains(UInt8(ascii: "\\")) else { return Array(self) }
        var result: [UInt8] = []
        var place = startIndex
        while place < endIndex {
            let rest = self[place...]
            if self[place] == UInt8(ascii: "\\"), rest.count >= 4,
                let value = self[(place + 1)..<(place + 4)].number(radix: 8, as: UInt16.self), value < 256
            {
                result.append(UInt8(value))
                place += 4
            } else {
                result.append(self[place])
                place += 1
            }
        }
        return result
    }
}

extension UInt8 {
    fileprivate var digit: Int? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
