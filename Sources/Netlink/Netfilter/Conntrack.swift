// Tracked connections, from the messages of ctnetlink. See linux/netfilter/nfnetlink_conntrack.h.

/// One direction of a connection.
package struct ConntrackTuple: Hashable, Sendable {
    package var source: IPAddress
    package var destination: IPAddress
    package var transport: TransportProtocol
    /// Of protocols that have ports.
    package var sourcePort: UInt16?
    package var destinationPort: UInt16?
    /// Of ICMP and ICMPv6: which request an answer belongs to.
    package var icmpID: UInt16?
    package var icmpType: UInt8?
    package var icmpCode: UInt8?
}

/// What has happened to a connection, `enum ip_conntrack_status`.
package struct ConntrackStatus: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let expected = Self(rawValue: 1)
    /// Packets went both ways.
    package static let seenReply = Self(rawValue: 2)
    package static let assured = Self(rawValue: 4)
    /// Its first packet has left the machine.
    package static let confirmed = Self(rawValue: 8)
    /// The source of what goes out is changed.
    package static let sourceNAT = Self(rawValue: 0x10)
    /// The destination of what goes out is changed.
    package static let destinationNAT = Self(rawValue: 0x20)
    package static let dying = Self(rawValue: 0x200)
}

/// A tracked connection. Without NAT the reply is the original with its ends exchanged; where it is not, the difference is what NAT did.
package struct ConntrackEntry: Hashable, Sendable {
    package struct Counters: Hashable, Sendable {
        package var packets: UInt64
        package var bytes: UInt64
    }

    package var original: ConntrackTuple
    package var reply: ConntrackTuple
    package var status: ConntrackStatus
    /// Seconds until it is forgotten; nil for one that has none.
    package var timeout: UInt32?
    package var mark: UInt32
    /// `enum tcp_conntrack`: 1 SYN_SENT, 2 SYN_RECV, 3 ESTABLISHED, 4 FIN_WAIT, 5 CLOSE_WAIT, 6 LAST_ACK, 7 TIME_WAIT, 8 CLOSE.
    package var tcpState: UInt8?
    /// Where `net.netfilter.nf_conntrack_acct` is on.
    package var originalCounters: Counters?
    package var replyCounters: Counters?
    package var id: UInt32?

    package var transport: TransportProtocol { original.transport }

    /// Replies go to another address or port than the original came from: masquerading or SNAT.
    package var isSourceTranslated: Bool {
        reply.destination != original.source || reply.destinationPort != original.sourcePort
    }

    /// Replies come from another address or port than the original went to: DNAT or REDIRECT.
    package var isDestinationTranslated: Bool {
        reply.source != original.destination || reply.sourcePort != original.destinationPort
    }

    /// NFNL_SUBSYS_CTNETLINK and its messages.
    static let newType: UInt16 = 1 << 8
    static let getType: UInt16 = 1 << 8 | 1

    /// From IPCTNL_MSG_CT_NEW; nil for anything else and for one without both tuples.
    package init?(_ message: NetlinkMessage) {
        guard message.type == Self.newType, message.netfilterFamily != nil else { return nil }
        let attributes = message.attributes(after: NFTMessage.headerLength)
        guard let original = attributes[1].flatMap({ ConntrackTuple($0.nested) }),
            let reply = attributes[2].flatMap({ ConntrackTuple($0.nested) })
        else { return nil }
        (self.original, self.reply) = (original, reply)
        status = ConntrackStatus(rawValue: attributes.u32(3) ?? 0)
        timeout = attributes.u32(7)
        mark = attributes.u32(8) ?? 0
        // CTA_PROTOINFO, CTA_PROTOINFO_TCP, CTA_PROTOINFO_TCP_STATE
        tcpState = attributes[4]?.nested[1]?.nested[1]?.uint8
        originalCounters = attributes[9].flatMap { Counters($0.nested) }
        replyCounters = attributes[10].flatMap { Counters($0.nested) }
        id = attributes.u32(12)
    }

    /// All connections of one or of every family. EINVAL: the kernel has no connection tracking that can be asked.
    package static func readAll(
        _ socket: inout NetlinkSocket, family: NetfilterFamily = .unspecified
    ) throws(NetlinkError) -> [ConntrackEntry] {
        try socket.dump(
            .netfilter(type: getType, family: family), operation: "IPCTNL_MSG_CT_GET", object: "connections"
        ) { ConntrackEntry($0) }
    }
}

extension ConntrackEntry.Counters {
    fileprivate init?(_ attributes: Attributes) {
        guard let packets = attributes.u64(1), let bytes = attributes.u64(2) else { return nil }
        self.init(packets: packets, bytes: bytes)
    }
}

extension ConntrackTuple {
    /// Of CTA_TUPLE_ORIG or CTA_TUPLE_REPLY.
    fileprivate init?(_ attributes: Attributes) {
        guard let addresses = attributes[1]?.nested, let ports = attributes[2]?.nested,
            let source = (addresses[1] ?? addresses[3])?.address,
            let destination = (addresses[2] ?? addresses[4])?.address, source.family == destination.family,
            let number = ports[1]?.uint8
        else { return nil }
        (self.source, self.destination) = (source, destination)
        transport = TransportProtocol(rawValue: number)
        (sourcePort, destinationPort) = (ports[2]?.big16, ports[3]?.big16)
        icmpID = (ports[4] ?? ports[7])?.big16
        icmpType = (ports[5] ?? ports[8])?.uint8
        icmpCode = (ports[6] ?? ports[9])?.uint8
    }
}
