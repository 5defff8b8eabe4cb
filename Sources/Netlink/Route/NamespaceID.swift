// The numbers that a network namespace has for others: what IFLA_LINK_NETNSID of a veth means.

/// Messages about the ids of other network namespaces. See `ip netns list-id` in ip-netns(8).
package enum NamespaceIDRequest {
    /// The id of a namespace, given by descriptor. Slot: `namespace`.
    package static func get(descriptor: Int32) -> MessageWriter {
        var message = header(RTM.getNamespaceID)
        message.attribute(NETNSA.descriptor, descriptor, slot: .namespace)
        return message
    }

    /// The id of the namespace of a process of the caller's pid namespace.
    package static func get(process: Int32) -> MessageWriter {
        var message = header(RTM.getNamespaceID)
        message.attribute(NETNSA.pid, process)
        return message
    }

    /// Gives a namespace an id; -1: any that is free. EEXIST: it has one. Slot: `namespace`.
    package static func set(descriptor: Int32, id: Int32 = -1) -> MessageWriter {
        var message = header(RTM.newNamespaceID)
        message.attribute(NETNSA.id, id)
        message.attribute(NETNSA.descriptor, descriptor, slot: .namespace)
        return message
    }

    /// Every id that is in use here, to be sent as a dump.
    package static func list() -> MessageWriter { header(RTM.getNamespaceID) }

    /// The id in an answer; nil when there is none, or the namespace has none (NETNSA_NSID_NOT_ASSIGNED).
    package static func id(in message: NetlinkMessage) -> Int32? {
        guard message.type == RTM.newNamespaceID else { return nil }
        return message.attributes(after: 4)[NETNSA.id]?.int32.flatMap { $0 < 0 ? nil : $0 }
    }

    /// struct rtgenmsg, one byte, and its padding.
    private static func header(_ type: UInt16) -> MessageWriter {
        var message = MessageWriter(type: type)
        message.bytes([0, 0, 0, 0])
        return message
    }
}
