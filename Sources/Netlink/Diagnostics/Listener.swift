// Sockets that wait for others, as NETLINK_SOCK_DIAG lists them. See sock_diag(7).

/// A socket that waits for connections (TCP), or for packets from anybody (UDP).
package struct Listener: Hashable, Sendable {
    package enum Transport: Hashable, Sendable, CaseIterable {
        case tcp, udp

        /// IPPROTO_TCP or IPPROTO_UDP.
        package var raw: UInt8 { self == .tcp ? 6 : 17 }

        /// The kernel's number of the state in which a socket waits: TCP_LISTEN; a UDP socket that is bound and not connected
        /// is in TCP_CLOSE.
        package var waitingState: UInt8 { self == .tcp ? 10 : 7 }
    }

    package let transport: Transport
    /// 0.0.0.0 or :: when any address will do.
    package let address: IPAddress
    package let port: UInt16
    /// The link that the socket is bound to, if it is.
    package let linkIndex: Int32?
    /// As in the link `socket:[INODE]` of /proc/PID/fd.
    package let inode: UInt64
    /// An IPv6 socket that takes no IPv4. Nil: not known, or IPv4.
    package let isIPv6Only: Bool?

    package init(
        transport: Transport, address: IPAddress, port: UInt16, linkIndex: Int32?, inode: UInt64, isIPv6Only: Bool?
    ) {
        self.transport = transport
        self.address = address
        self.port = port
        self.linkIndex = linkIndex
        self.inode = inode
        self.isIPv6Only = isIPv6Only
    }

    /// Whether a packet to this address and port comes to the socket.
    package func takes(_ destination: IPAddress, port number: UInt16) -> Bool {
        guard port == number else { return false }
        if address == destination { return true }
        // An IPv6 socket sees an IPv4 address as ::ffff:10.0.0.1.
        let mapped = IPAddress(family: .v6, high: 0, low: 0xffff_0000_0000 | destination.low)
        if destination.family == .v4, address == mapped { return true }
        guard address.isUnspecified else { return false }
        return address.family == destination.family || (address.family == .v6 && isIPv6Only != true)
    }

    /// Nil when the message is no answer of inet_diag, or short, or not of a waiting socket.
    package init?(_ message: NetlinkMessage, _ transport: Transport) {
        // struct inet_diag_msg: 72 bytes; struct inet_diag_sockid is at 4.
        let payload = message.payload
        guard message.type == ListenerRequest.byFamily, payload.count >= 72, let raw: UInt8 = payload.integer(at: 0),
            let family = IPAddress.Family(raw: raw), let state: UInt8 = payload.integer(at: 1),
            state == transport.waitingState, let port: UInt16 = payload.bigEndian(at: 4),
            let remotePort: UInt16 = payload.bigEndian(at: 6), remotePort == 0, port != 0,
            let address = IPAddress(bytes: payload.after(8).prefix(family.size)),
            let index: Int32 = payload.integer(at: 40), let inode: UInt32 = payload.integer(at: 68)
        else { return nil }
        let only = message.attributes(after: 72)[ListenerRequest.ipv6Only]?.uint8
        self.init(
            transport: transport, address: address, port: port, linkIndex: index == 0 ? nil : index,
            inode: UInt64(inode), isIPv6Only: family == .v6 ? only.map { $0 != 0 } : nil)
    }
}

/// Messages of NETLINK_SOCK_DIAG.
package enum ListenerRequest {
    /// SOCK_DIAG_BY_FAMILY
    static let byFamily: UInt16 = 20
    /// INET_DIAG_SKV6ONLY
    static let ipv6Only: UInt16 = 11

    /// Every waiting socket, to be sent as a dump. ENOENT: this kernel has no diagnostics for that transport.
    package static func list(_ transport: Listener.Transport, _ family: IPAddress.Family) -> MessageWriter {
        var message = MessageWriter(type: byFamily)
        // struct inet_diag_req_v2
        message.fixed(family.raw)
        message.fixed(transport.raw)
        message.bytes([0, 0])
        message.fixed(UInt32(1) << UInt32(transport.waitingState))
        message.bytes([UInt8](repeating: 0, count: 40))  // any port, address and link
        message.fixed(UInt64.max)  // INET_DIAG_NOCOOKIE
        return message
    }
}
