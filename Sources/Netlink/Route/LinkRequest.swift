// Messages that make, change and list links.

/// What a new link is.
package enum LinkKind: Hashable, Sendable {
    case dummy
    case bridge
    /// A cable with two ends. The options are those of the other end; its namespace is where that end appears. The kernel
    /// configures that end before it is tied to this one: it cannot be up already (ENOTCONN), and its master is not looked at.
    case veth(peer: LinkName, LinkOptions = LinkOptions())

    /// IFLA_INFO_KIND
    package var name: String {
        switch self {
        case .dummy: "dummy"
        case .bridge: "bridge"
        case .veth: "veth"
        }
    }
}

/// What to set on a link; nil leaves it as it is.
package struct LinkOptions: Hashable, Sendable {
    package var isUp: Bool?
    /// In bytes.
    package var mtu: UInt32?
    package var mac: MACAddress?
    /// The index of the bridge to become a port of; 0 takes the link out of its bridge.
    package var master: Int32?
    /// A descriptor of the network namespace to be in.
    package var namespace: Int32?

    package init(
        isUp: Bool? = nil, mtu: UInt32? = nil, mac: MACAddress? = nil, master: Int32? = nil, namespace: Int32? = nil
    ) {
        self.isUp = isUp
        self.mtu = mtu
        self.mac = mac
        self.master = master
        self.namespace = namespace
    }
}

/// Messages about links. Where a number is not known yet, give 0 and fill it in later, at `slots`.
package enum LinkRequest {
    /// EEXIST: the name is taken. A veth's other end is made by the same message.
    ///
    /// Slots: `master`, `namespace`, and of a veth's other end `peerNamespace`.
    package static func create(
        _ name: LinkName, _ kind: LinkKind, options: LinkOptions = LinkOptions()
    ) -> MessageWriter {
        var message = MessageWriter(type: RTM.newLink, flags: NLM.create | NLM.exclusive)
        message.linkHeader(index: 0, isUp: options.isUp)
        message.attribute(IFLA.name, string: name.text)
        message.options(options, namespace: .namespace)
        message.nested(IFLA.linkInfo) { info in
            info.attribute(IFLA.Info.kind, string: kind.name)
            guard case .veth(let peer, let peerOptions) = kind else { return }
            info.nested(IFLA.Info.data) { data in
                data.nested(IFLA.vethPeer) { end in
                    end.linkHeader(index: 0, isUp: peerOptions.isUp)
                    end.attribute(IFLA.name, string: peer.text)
                    end.options(peerOptions, namespace: .peerNamespace)
                }
            }
        }
        return message
    }

    /// Sets what the options say. ENODEV: no link has the index any more.
    ///
    /// Slots: `link`, `master`, `namespace`.
    package static func change(
        _ index: Int32, _ options: LinkOptions, renamedTo name: LinkName? = nil
    ) -> MessageWriter {
        var message = MessageWriter(type: RTM.newLink)
        message.linkHeader(index: index, isUp: options.isUp, slot: .link)
        if let name { message.attribute(IFLA.name, string: name.text) }
        message.options(options, namespace: .namespace)
        return message
    }

    /// A veth's other end goes with it. Slot: `link`.
    package static func delete(_ index: Int32) -> MessageWriter {
        var message = MessageWriter(type: RTM.deleteLink)
        message.linkHeader(index: index, isUp: nil, slot: .link)
        return message
    }

    /// Every link, to be sent as a dump. The mask leaves out the statistics that IPv6 keeps for itself, not those of the link.
    package static func list() -> MessageWriter {
        var message = MessageWriter(type: RTM.getLink)
        message.linkHeader(index: 0, isUp: nil)
        message.attribute(IFLA.extensionMask, IFLA.skipStatistics)
        return message
    }

    /// ENODEV: there is none.
    package static func get(_ name: LinkName) -> MessageWriter {
        var message = MessageWriter(type: RTM.getLink)
        message.linkHeader(index: 0, isUp: nil)
        message.attribute(IFLA.name, string: name.text)
        return message
    }

    /// ENODEV: there is none. Slot: `link`.
    package static func get(index: Int32) -> MessageWriter {
        var message = MessageWriter(type: RTM.getLink)
        message.linkHeader(index: index, isUp: nil, slot: .link)
        return message
    }
}

extension MessageWriter {
    /// struct ifinfomsg.
    fileprivate mutating func linkHeader(index: Int32, isUp: Bool?, slot: Slot? = nil) {
        fixed(UInt8(0))  // AF_UNSPEC
        fixed(UInt8(0))
        fixed(UInt16(0))
        fixed(index, slot: slot)
        fixed(isUp == true ? IFF.up : 0)
        fixed(isUp == nil ? 0 : IFF.up)  // which flags are meant
    }

    fileprivate mutating func options(_ options: LinkOptions, namespace slot: Slot) {
        if let mtu = options.mtu { attribute(IFLA.mtu, mtu) }
        if let mac = options.mac { attribute(IFLA.address, bytes: mac.bytes) }
        if let master = options.master {
            // The master of a veth's other end is never patched: it would be in another namespace.
            attribute(IFLA.master, master, slot: slot == .namespace ? .master : nil)
        }
        if let namespace = options.namespace { attribute(IFLA.namespaceDescriptor, namespace, slot: slot) }
    }
}
