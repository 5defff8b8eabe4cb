// Kubernetes' quantities: 200Mi, 0.5, 250m, 1e3. See "resource.Quantity" in its API reference.

/// An exact decimal number: digits times ten to the exponent, times two to the power of `binary`.
struct Quantity: Equatable, Sendable {
    private var isNegative: Bool
    /// Most significant first, without leading zeros; none: zero.
    private var digits: [UInt8]
    private var exponent: Int
    private var binary: Int

    /// Why a text is no quantity.
    struct Malformed: Error, Equatable {
        var detail: String
    }

    /// A number of at most this many bytes; more is no number that anybody means.
    private static let longest = 64

    init(_ text: String) throws(Malformed) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.longest else { throw Malformed(detail: Self.rule) }
        var rest = bytes[...]
        isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: Self.isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: Self.isDigit)
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { throw Malformed(detail: Self.rule) }
        digits = Array((whole + fraction).map { $0 - UInt8(ascii: "0") }.drop { $0 == 0 })
        exponent = -fraction.count
        binary = 0
        let suffix = String(decoding: rest, as: UTF8.self)
        guard let factor = Self.factor(of: suffix) else {
            throw Malformed(detail: Self.rule + Self.advice(suffix))
        }
        exponent += factor.decimal
        binary = factor.binary
    }

    /// Without a part below the point.
    var isWhole: Bool {
        guard binary == 0 else { return true }
        return digits.isEmpty || exponent >= 0
            || digits.suffix(-exponent).allSatisfy { $0 == 0 } && digits.count >= -exponent
    }

    var isZero: Bool { digits.isEmpty }
    /// Below zero.
    var isBelowZero: Bool { isNegative && !isZero }

    /// The number times ten to `scale`, rounded up to a whole number as Kubernetes does; what is too large is the largest Int64.
    /// Nil for a number below zero.
    func roundedUp(scale: Int = 0) -> UInt64? {
        guard !isBelowZero else { return nil }
        let largest = UInt64(Int64.max)
        let shift = exponent + scale
        var value: UInt64 = 0
        let kept = shift >= 0 ? digits.count : max(0, digits.count + shift)
        // The part below the point matters for binary suffixes (0.5Ki) and for rounding, so it is kept as a fraction of 10^n.
        for digit in digits.prefix(kept) {
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            guard !over, product <= largest - UInt64(digit) else { return largest }
            value = product + UInt64(digit)
        }
        for _ in 0..<max(0, shift) where value > 0 {
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            guard !over, product <= largest else { return largest }
            value = product
        }
        for _ in 0..<binary {
            guard value <= largest / 2 else { return largest }
            value *= 2
        }
        let zeros = [UInt8](repeating: 0, count: shift >= 0 ? 0 : max(0, -(digits.count + shift)))
        let fraction = zeros + digits.dropFirst(kept)
        let (carried, isExact) = Self.scaled(fraction, by: binary)
        let (sum, over) = value.addingReportingOverflow(carried)
        guard !over, sum < largest else { return largest }
        return isExact ? sum : sum + 1
    }

    /// The whole part of 0.fraction times two to `power`, and whether nothing is left below the point.
    private static func scaled(_ fraction: [UInt8], by power: Int) -> (whole: UInt64, isExact: Bool) {
        var digits = fraction
        var whole: UInt64 = 0
        for _ in 0..<power {
            var carry: UInt8 = 0
            for index in digits.indices.reversed() {
                let doubled = digits[index] * 2 + carry
                digits[index] = doubled % 10
                carry = doubled / 10
            }
            whole = whole * 2 + UInt64(carry)
        }
        return (whole, digits.allSatisfy { $0 == 0 })
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }

    private static func factor(of suffix: String) -> (decimal: Int, binary: Int)? {
        switch suffix {
        case "": return (0, 0)
        case "n": return (-9, 0)
        case "u": return (-6, 0)
        case "m": return (-3, 0)
        case "k": return (3, 0)
        case "M": return (6, 0)
        case "G": return (9, 0)
        case "T": return (12, 0)
        case "P": return (15, 0)
        case "E": return (18, 0)
        case "Ki": return (0, 10)
        case "Mi": return (0, 20)
        case "Gi": return (0, 30)
        case "Ti": return (0, 40)
        case "Pi": return (0, 50)
        case "Ei": return (0, 60)
        default:
            guard suffix.first == "e" || suffix.first == "E" else { return nil }
            let number = suffix.dropFirst()
            // An exponent of more digits than this is beyond every limit in either direction.
            guard let exponent = Int(number), abs(exponent) <= 999 else { return nil }
            return (exponent, 0)
        }
    }

    private static let rule =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

    private static func advice(_ suffix: String) -> String {
        if suffix.contains(where: \.isWhitespace) {
            return " (write the number and its suffix without a space: 200Mi)"
        }
        let near: [String: String] = [
            "k": "k", "K": "Ki' or 'k", "kb": "Ki' or 'k", "ki": "Ki", "m": "Mi' or 'M",
            "mb": "Mi' or 'M", "mi": "Mi",
            "mib": "Mi", "kib": "Ki", "g": "Gi' or 'G", "gb": "Gi' or 'G", "gi": "Gi", "gib": "Gi",
            "t": "Ti' or 'T",
            "tb": "Ti' or 'T", "ti": "Ti", "tib": "Ti", "b": "",
        ]
        guard let words = near[suffix] ?? near[suffix.lowercased()] else { return "" }
        return words.isEmpty ? " (bytes have no suffix)" : " (did you mean the suffix '\(words)'?)"
    }
}
