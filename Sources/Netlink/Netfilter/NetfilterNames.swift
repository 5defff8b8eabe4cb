// The words of netfilter that its messages share: protocol families, hooks, chain types, transport protocols. See linux/netfilter.h.

/// The family of a table and of what is in it, `NFPROTO_*`.
package struct NetfilterFamily: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// In a dump: of every family.
    package static let unspecified = Self(rawValue: 0)
    /// IPv4 and IPv6 packets in one table.
    package static let inet = Self(rawValue: 1)
    package static let ipv4 = Self(rawValue: 2)
    package static let arp = Self(rawValue: 3)
    package static let netdev = Self(rawValue: 5)
    package static let bridge = Self(rawValue: 7)
    package static let ipv6 = Self(rawValue: 10)

    /// The word of nft(8).
    package var description: String {
        switch self {
        case .unspecified: "any family"
        case .inet: "inet"
        case .ipv4: "ip"
        case .arp: "arp"
        case .netdev: "netdev"
        case .bridge: "bridge"
        case .ipv6: "ip6"
        default: "family \(rawValue)"
        }
    }
}

/// Where in the path of a packet a base chain stands, `NF_INET_*`. The numbers mean something else in the families netdev and arp.
package struct NetfilterHook: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let prerouting = Self(rawValue: 0)
    package static let input = Self(rawValue: 1)
    package static let forward = Self(rawValue: 2)
    package static let output = Self(rawValue: 3)
    package static let postrouting = Self(rawValue: 4)
    package static let ingress = Self(rawValue: 5)

    /// The word of nft(8).
    package var description: String {
        let names = ["prerouting", "input", "forward", "output", "postrouting", "ingress"]
        return rawValue < UInt32(names.count) ? names[Int(rawValue)] : "hook \(rawValue)"
    }
}

/// The order of base chains at one hook: lower numbers see a packet first. See linux/netfilter_ipv4.h.
package enum NetfilterPriority {
    package static let filter: Int32 = 0
    /// nft's `dstnat`.
    package static let destinationNAT: Int32 = -100
    /// nft's `srcnat`.
    package static let sourceNAT: Int32 = 100
}

/// A transport protocol by its number, `IPPROTO_*`.
package struct TransportProtocol: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let icmp = Self(rawValue: 1)
    package static let tcp = Self(rawValue: 6)
    package static let udp = Self(rawValue: 17)
    package static let icmpv6 = Self(rawValue: 58)
    package static let sctp = Self(rawValue: 132)

    /// The name in /etc/protocols, or the number.
    package var description: String {
        switch self {
        case .icmp: "icmp"
        case .tcp: "tcp"
        case .udp: "udp"
        case .icmpv6: "ipv6-icmp"
        case .sctp: "sctp"
        default: String(rawValue)
        }
    }
}

/// How addresses and ports are to be chosen, `NF_NAT_RANGE_*` of linux/netfilter/nf_nat.h.
package struct NFNATFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let mapAddresses = Self(rawValue: 1)
    package static let mapPorts = Self(rawValue: 2)
    package static let random = Self(rawValue: 4)
    package static let persistent = Self(rawValue: 8)
    package static let fullyRandom = Self(rawValue: 16)
    package static let portOffset = Self(rawValue: 32)
    package static let mapNetwork = Self(rawValue: 64)
}
