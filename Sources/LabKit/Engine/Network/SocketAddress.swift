// IP socket addresses as the system calls take and give them. See ip(7), ipv6(7).

import Glibc
import Netlink

/// An address and a port; of an ICMP message, the number that it goes by.
struct Endpoint: Equatable, CustomStringConvertible {
    var address: IPAddress
    var port: UInt16

    var description: String { address.family == .v4 ? "\(address):\(port)" : "[\(address)]:\(port)" }

    /// Calls `body` with a `sockaddr_in` or `sockaddr_in6`.
    func withSocketAddress<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Value) -> Value {
        switch address.family {
        case .v4:
            var value = sockaddr_in()
            value.sin_family = sa_family_t(AF_INET)
            value.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &value.sin_addr) { $0.copyBytes(from: address.bytes) }
            return Self.pass(&value, body)
        case .v6:
            var value = sockaddr_in6()
            value.sin6_family = sa_family_t(AF_INET6)
            value.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &value.sin6_addr) { $0.copyBytes(from: address.bytes) }
            return Self.pass(&value, body)
        }
    }

    private static func pass<Address, Value>(
        _ value: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        withUnsafePointer(to: &value) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    /// What a call like getsockname(2) writes; nil when the call fails or tells of no IP address.
    init?(filledBy call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Bool) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isFilled = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
        }
        guard isFilled else { return nil }
        let bytes = withUnsafeBytes(of: &storage) { Array($0.prefix(Int(min(length, 128)))) }
        // Port at 2; the address at 4, or at 8 behind the flow label.
        let place: Range<Int> = storage.ss_family == sa_family_t(AF_INET6) ? 8..<24 : 4..<8
        guard [AF_INET, AF_INET6].contains(Int32(storage.ss_family)), bytes.count >= place.upperBound,
            let address = IPAddress(bytes: bytes[place])
        else { return nil }
        self.address = address
        port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }

    init(_ address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }
}

extension IPAddress.Family {
    var domain: Int32 { self == .v4 ? AF_INET : AF_INET6 }
    var unspecified: IPAddress { self == .v4 ? .v4(0, 0, 0, 0) : IPPrefix.all6.address }
}
