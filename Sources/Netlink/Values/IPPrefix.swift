// An address with a prefix length: what `ip address add` takes, and where a route leads.

/// An address with a prefix length. Bits behind the length may be set, as in an interface's address; `network` clears them.
package struct IPPrefix: Hashable, Sendable {
    package let address: IPAddress
    /// In bits: 0…32 or 0…128.
    package let length: UInt8

    /// Nil when the length is more than the family has bits.
    package init?(_ address: IPAddress, _ length: UInt8) {
        guard length <= address.family.bits else { return nil }
        self.init(address: address, length: length)
    }

    private init(address: IPAddress, length: UInt8) {
        self.address = address
        self.length = length
    }

    /// The address alone: /32 or /128.
    package init(host: IPAddress) { self.init(address: host, length: host.family.bits) }

    /// 0.0.0.0/0: where the default route leads.
    package static let all4 = IPPrefix(address: IPAddress(family: .v4, high: 0, low: 0), length: 0)
    /// ::/0
    package static let all6 = IPPrefix(address: IPAddress(family: .v6, high: 0, low: 0), length: 0)

    package var family: IPAddress.Family { address.family }
    package var network: IPPrefix { IPPrefix(address: address.masked(to: length), length: length) }
    package var isHost: Bool { length == family.bits }

    package func contains(_ other: IPAddress) -> Bool {
        other.family == family && other.masked(to: length) == address.masked(to: length)
    }

    /// The two prefixes of one bit more; nil for a single address.
    package var halves: (IPPrefix, IPPrefix)? {
        guard !isHost else { return nil }
        let (first, place) = (network.address, Int(family.bits) - Int(length) - 1)
        let second = IPAddress(
            family: family, high: first.high | (place < 64 ? 0 : 1 << (place - 64)),
            low: first.low | (place < 64 ? 1 << place : 0))
        return (IPPrefix(address: first, length: length + 1), IPPrefix(address: second, length: length + 1))
    }

    /// Every address is in some one of these.
    package func isCovered(by parts: [IPPrefix]) -> Bool {
        if parts.contains(where: { $0.contains(self) }) { return true }
        let inner = parts.filter { contains($0) }
        guard !inner.isEmpty, let (low, high) = halves else { return false }
        return low.isCovered(by: inner) && high.isCovered(by: inner)
    }

    /// Every address of `other` is in this one.
    package func contains(_ other: IPPrefix) -> Bool { other.length >= length && contains(other.address) }
}

extension IPPrefix: LosslessStringConvertible {
    package var description: String { "\(address)/\(length)" }

    package init?(_ text: String) {
        guard let prefix = try? IPPrefix(parsing: text) else { return nil }
        self = prefix
    }

    /// `10.0.0.0/24` or `fd00::/64`. The length must be there, as digits without a sign or leading zeros.
    package init(parsing text: String) throws(NetworkValueError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw NetworkValueError("prefix", text, "not an address, a slash and a length, as in 10.0.0.0/24")
        }
        let address: IPAddress
        do {
            address = try IPAddress(parsing: String(parts[0]))
        } catch {
            throw NetworkValueError("prefix", text, error.problem)
        }
        let digits = parts[1].utf8
        guard let length = UInt8(parts[1]), digits.first != UInt8(ascii: "+"),
            digits.first != UInt8(ascii: "0") || digits.count == 1, let prefix = IPPrefix(address, length)
        else {
            throw NetworkValueError("prefix", text, "the length is not a number from 0 to \(address.family.bits)")
        }
        self = prefix
    }
}
