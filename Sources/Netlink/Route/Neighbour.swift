// Neighbours: which hardware address an address on a link has. IPv4 calls it ARP, IPv6 neighbour discovery.

/// An entry of the neighbour table. See rtnetlink(7), struct ndmsg.
package struct Neighbour: Hashable, Sendable {
    /// NUD_…: what is known about the entry.
    package struct State: OptionSet, Hashable, Sendable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }
        /// Asked for, without an answer yet.
        package static let incomplete = State(rawValue: 0x01)
        package static let reachable = State(rawValue: 0x02)
        package static let stale = State(rawValue: 0x04)
        package static let delay = State(rawValue: 0x08)
        package static let probe = State(rawValue: 0x10)
        /// Nobody answered.
        package static let failed = State(rawValue: 0x20)
        package static let noARP = State(rawValue: 0x40)
        package static let permanent = State(rawValue: 0x80)
    }

    package let linkIndex: Int32
    package let address: IPAddress
    /// Nil: not known (yet).
    package let mac: MACAddress?
    package let state: State

    /// Nil when it is no RTM_NEWNEIGH of IPv4 or IPv6.
    package init?(_ message: NetlinkMessage) {
        guard message.type == RTM.newNeighbour, let raw: UInt8 = message.payload.integer(at: 0),
            let family = IPAddress.Family(raw: raw), let index: Int32 = message.payload.integer(at: 4),
            let state: UInt16 = message.payload.integer(at: 8), message.payload.count >= 12
        else { return nil }
        let attributes = message.attributes(after: 12)
        guard let address = attributes[NDA.destination]?.address, address.family == family else { return nil }
        linkIndex = index
        self.address = address
        mac = attributes[NDA.linkLayerAddress]?.mac
        self.state = State(rawValue: state)
    }
}

/// Where a bridge has seen a hardware address: an entry of its forwarding database.
package struct ForwardingEntry: Hashable, Sendable {
    /// The port.
    package let linkIndex: Int32
    package let bridge: Int32?
    package let mac: MACAddress
    package let state: Neighbour.State

    package init?(_ message: NetlinkMessage) {
        // AF_BRIDGE
        guard message.type == RTM.newNeighbour, let family: UInt8 = message.payload.integer(at: 0), family == 7,
            let index: Int32 = message.payload.integer(at: 4), let state: UInt16 = message.payload.integer(at: 8),
            message.payload.count >= 12
        else { return nil }
        let attributes = message.attributes(after: 12)
        guard let mac = attributes[NDA.linkLayerAddress]?.mac else { return nil }
        linkIndex = index
        bridge = attributes[NDA.master]?.int32
        self.mac = mac
        self.state = Neighbour.State(rawValue: state)
    }
}

/// Messages about neighbours.
package enum NeighbourRequest {
    /// A permanent entry. EEXIST: there is one. Slot: `link`.
    package static func add(_ address: IPAddress, _ mac: MACAddress, link: Int32) -> MessageWriter {
        var message = MessageWriter(type: RTM.newNeighbour, flags: NLM.create | NLM.exclusive)
        message.neighbour(address, link, .permanent)
        message.attribute(NDA.linkLayerAddress, bytes: mac.bytes)
        return message
    }

    /// ENOENT: there is none. Slot: `link`.
    package static func remove(_ address: IPAddress, link: Int32) -> MessageWriter {
        var message = MessageWriter(type: RTM.deleteNeighbour)
        message.neighbour(address, link, [])
        return message
    }

    /// Every neighbour, to be sent as a dump; nil: of both families.
    package static func list(_ family: IPAddress.Family? = nil) -> MessageWriter { all(family?.raw ?? 0) }

    /// The forwarding databases of all bridges, to be sent as a dump.
    package static func forwardingEntries() -> MessageWriter { all(7) }

    private static func all(_ family: UInt8) -> MessageWriter {
        var message = MessageWriter(type: RTM.getNeighbour)
        message.fixed(family)
        message.bytes([UInt8](repeating: 0, count: 11))
        return message
    }
}

extension MessageWriter {
    /// struct ndmsg and the address.
    fileprivate mutating func neighbour(_ address: IPAddress, _ link: Int32, _ state: Neighbour.State) {
        fixed(address.family.raw)
        bytes([0, 0, 0])
        fixed(link, slot: .link)
        fixed(state.rawValue)
        bytes([0, 0])
        attribute(NDA.destination, bytes: address.bytes)
    }
}
