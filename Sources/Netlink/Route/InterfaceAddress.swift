// Addresses of links.

/// An address that a link has. See rtnetlink(7), struct ifaddrmsg.
package struct InterfaceAddress: Hashable, Sendable {
    package let linkIndex: Int32
    package let address: IPAddress
    package let prefixLength: UInt8
    /// RT_SCOPE_…: 0 the world, 253 the link, 254 the host.
    package let scope: UInt8
    /// IFA_F_….
    package let flags: UInt32
    /// The other end of a point-to-point link, when it is not the address itself.
    package let peer: IPAddress?

    /// IPv6 has not yet found out whether somebody else has it: nothing can be sent from it until then.
    package var isTentative: Bool { flags & IFA.tentative != 0 }
    package var prefix: IPPrefix? { IPPrefix(address, prefixLength) }

    /// Nil when it is no RTM_NEWADDR, or short, or of another family, or its length is more than the family has bits.
    package init?(_ message: NetlinkMessage) {
        guard message.type == RTM.newAddress, let raw: UInt8 = message.payload.integer(at: 0),
            let family = IPAddress.Family(raw: raw), let length: UInt8 = message.payload.integer(at: 1),
            length <= family.bits, let shortFlags: UInt8 = message.payload.integer(at: 2),
            let scope: UInt8 = message.payload.integer(at: 3), let index: Int32 = message.payload.integer(at: 4)
        else { return nil }
        let attributes = message.attributes(after: 8)
        // IFA_LOCAL is one's own, where it is given; IFA_ADDRESS then is the other end's.
        let remote = attributes[IFA.address]?.address
        guard let own = attributes[IFA.local]?.address ?? remote, own.family == family else { return nil }
        linkIndex = index
        address = own
        prefixLength = length
        self.scope = scope
        flags = attributes[IFA.flags]?.uint32 ?? UInt32(shortFlags)
        peer = remote == own ? nil : remote
    }
}

/// Messages about addresses.
package enum AddressRequest {
    /// EEXIST: the link has it. Slot: `link`.
    ///
    /// - Parameter isUsedAtOnce: IPv6 does not look for duplicates first (IFA_F_NODAD), which takes it a second or two.
    package static func add(_ prefix: IPPrefix, link: Int32, isUsedAtOnce: Bool = false) -> MessageWriter {
        var message = MessageWriter(type: RTM.newAddress, flags: NLM.create | NLM.exclusive)
        message.address(prefix, link)
        if isUsedAtOnce, prefix.family == .v6 { message.attribute(IFA.flags, IFA.noDuplicateDetection) }
        return message
    }

    /// EADDRNOTAVAIL: the link has it not. Slot: `link`.
    package static func remove(_ prefix: IPPrefix, link: Int32) -> MessageWriter {
        var message = MessageWriter(type: RTM.deleteAddress)
        message.address(prefix, link)
        return message
    }

    /// Every address, to be sent as a dump; nil: of both families.
    package static func list(_ family: IPAddress.Family? = nil) -> MessageWriter {
        var message = MessageWriter(type: RTM.getAddress)
        message.fixed(family?.raw ?? 0)
        message.bytes([UInt8](repeating: 0, count: 7))
        return message
    }
}

extension MessageWriter {
    fileprivate mutating func address(_ prefix: IPPrefix, _ link: Int32) {
        fixed(prefix.family.raw)
        fixed(prefix.length)
        fixed(UInt8(0))
        // RT_SCOPE_HOST for 127.0.0.0/8, as ip(8) chooses.
        fixed(prefix.family == .v4 && prefix.address.isLoopback ? UInt8(254) : 0)
        fixed(link, slot: .link)
        attribute(IFA.local, bytes: prefix.address.bytes)
        attribute(IFA.address, bytes: prefix.address.bytes)
    }
}
