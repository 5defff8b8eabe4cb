// An IPv4 or IPv6 address as a value.

import Glibc

/// An IPv4 or IPv6 address, without a zone and without a length. See inet_pton(3).
package struct IPAddress: Hashable, Sendable {
    package enum Family: Hashable, Sendable, CaseIterable {
        case v4, v6

        /// `AF_INET` or `AF_INET6`, as in the one byte of rtnetlink's headers.
        package var raw: UInt8 { self == .v4 ? UInt8(AF_INET) : UInt8(AF_INET6) }
        /// 32 or 128.
        package var bits: UInt8 { self == .v4 ? 32 : 128 }
        /// 4 or 16.
        package var size: Int { Int(bits) / 8 }

        package init?(raw: UInt8) {
            switch Int32(raw) {
            case AF_INET: self = .v4
            case AF_INET6: self = .v6
            default: return nil
            }
        }
    }

    package let family: Family
    /// The address as a number of 128 bits; an IPv4 address is in the low 32 of them.
    let high: UInt64
    let low: UInt64

    init(family: Family, high: UInt64, low: UInt64) {
        self.family = family
        self.high = high
        self.low = low
    }

    /// 4 or 16 bytes in network order; nil for any other count.
    package init?(bytes: some Collection<UInt8>) {
        guard let family = Family.allCases.first(where: { $0.size == bytes.count }) else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in bytes {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
        }
        self.init(family: family, high: high, low: low)
    }

    package static func v4(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) -> IPAddress {
        IPAddress(family: .v4, high: 0, low: UInt64(a) << 24 | UInt64(b) << 16 | UInt64(c) << 8 | UInt64(d))
    }

    /// In network order.
    package var bytes: [UInt8] {
        (0..<family.size).map { place in
            let shift = (family.size - 1 - place) * 8
            return UInt8(truncatingIfNeeded: shift < 64 ? low >> shift : high >> (shift - 64))
        }
    }

    /// The first `length` bits as they are, the others zero.
    func masked(to length: UInt8) -> IPAddress {
        let zeros = Int(family.bits) - Int(min(length, family.bits))
        // A smart shift by 64 or more gives zero.
        return IPAddress(
            family: family, high: high & (UInt64.max << max(0, zeros - 64)), low: low & (UInt64.max << zeros))
    }

    package var isUnspecified: Bool { high == 0 && low == 0 }
    /// 127.0.0.0/8 or ::1.
    package var isLoopback: Bool { family == .v4 ? low >> 24 == 127 : high == 0 && low == 1 }
    /// 169.254.0.0/16 or fe80::/10.
    package var isLinkLocal: Bool { family == .v4 ? low >> 16 == 0xa9fe : high >> 54 == 0x3fa }
}

extension IPAddress: Comparable {
    package static func < (a: IPAddress, b: IPAddress) -> Bool {
        (a.family.bits, a.high, a.low) < (b.family.bits, b.high, b.low)
    }
}

extension IPAddress: LosslessStringConvertible {
    /// As inet_ntop(3) writes it.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let bytes = bytes
        guard inet_ntop(Int32(family.raw), bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package init?(_ text: String) {
        guard let address = try? IPAddress(parsing: text) else { return nil }
        self = address
    }

    /// `10.0.0.1` or `fd00::1`, in the strict forms of inet_pton(3).
    package init(parsing text: String) throws(NetworkValueError) {
        if text.contains("%") {
            throw NetworkValueError(
                "address", text, "a zone id (%eth0) is not part of an address; name the link separately")
        }
        if text.contains("/") {
            throw NetworkValueError("address", text, "a prefix length (/24) is not part of an address")
        }
        var bytes = [UInt8](repeating: 0, count: 16)
        let isWhole = !text.utf8.contains(0)
        for family in Family.allCases where isWhole && inet_pton(Int32(family.raw), text, &bytes) == 1 {
            guard let address = IPAddress(bytes: bytes.prefix(family.size)) else { continue }
            self = address
            return
        }
        throw NetworkValueError("address", text, "not an IPv4 or IPv6 address")
    }
}
