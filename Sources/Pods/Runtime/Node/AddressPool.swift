// The addresses that pods get: one subnet, each address once.

import Netlink

/// The host addresses of an IPv4 subnet, without the gateway's. One that was given back waits until all others have had their turn, so that
/// what somebody remembers of it is not taken for another pod at once.
struct AddressPool {
    let gateway: IPPrefix
    private var used: Set<UInt32> = []
    private var last: UInt32

    /// - Parameter gateway: the node's address with the length of the subnet's prefix.
    init(gateway: IPPrefix) {
        self.gateway = gateway
        last = Self.number(gateway.address)
    }

    private static func number(_ address: IPAddress) -> UInt32 {
        address.bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private var size: UInt32 { UInt32(1) << UInt32(32 - gateway.length) }

    /// nil: none is left.
    mutating func take() -> IPPrefix? {
        let own = Self.number(gateway.address)
        let first = Self.number(gateway.network.address)
        guard gateway.family == .v4, gateway.length >= 8, gateway.length <= 30 else { return nil }
        for step in 1...size {
            let place = (last - first + step) % size
            let candidate = first + place
            // The first is the subnet's own, the last its broadcast address.
            guard place != 0, place != size - 1, candidate != own, !used.contains(candidate) else { continue }
            used.insert(candidate)
            last = candidate
            let bytes = (0..<4).map { UInt8(truncatingIfNeeded: candidate >> (24 - 8 * $0)) }
            return IPAddress(bytes: bytes).flatMap { IPPrefix($0, gateway.length) }
        }
        return nil
    }

    mutating func give(back address: IPAddress) { used.remove(Self.number(address)) }
}

extension MACAddress {
    /// As the bridge plugin of CNI made them: two fixed bytes, then the address. Who gets an address again has the same MAC, so that
    /// no neighbour's memory is wrong.
    static func ofPod(_ address: IPAddress) -> MACAddress? { MACAddress(bytes: [0x0a, 0x58] + address.bytes) }
}
