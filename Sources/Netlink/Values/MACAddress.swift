// The hardware address of an Ethernet-like link.

/// Six bytes, written `02:00:00:00:00:01`.
package struct MACAddress: Hashable, Sendable, LosslessStringConvertible {
    /// The 48 bits, the first byte highest.
    private let bits: UInt64

    /// Nil unless there are six.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        bits = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    package init?(_ text: String) {
        guard let address = try? MACAddress(parsing: text) else { return nil }
        self = address
    }

    /// Six pairs of hexadecimal digits with colons between them.
    package init(parsing text: String) throws(NetworkValueError) {
        let pairs = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let bytes = pairs.compactMap { pair -> UInt8? in
            guard pair.count == 2, pair.first != UInt8(ascii: "+"), pair.first != UInt8(ascii: "-") else { return nil }
            return UInt8(String(decoding: pair, as: UTF8.self), radix: 16)
        }
        guard bytes.count == pairs.count, let address = MACAddress(bytes: bytes) else {
            throw NetworkValueError("MAC address", text, "not six pairs of hexadecimal digits, as in 02:00:00:00:00:01")
        }
        self = address
    }

    package var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: bits >> (40 - 8 * $0)) } }

    /// A group address, which no link may have as its own.
    package var isMulticast: Bool { bits >> 40 & 1 == 1 }

    package var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
