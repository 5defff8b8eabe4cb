// A rule that translates addresses, in one form whoever wrote it.

import Netlink

/// Which interface of the kernel a rule was made through.
package enum NATBackend: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// nft(8) or another program that speaks nf_tables.
    case nftables
    /// iptables(8) on top of nf_tables: the rule has a match or a target of x_tables in it.
    case iptablesNft = "iptables-nft"
    /// iptables-legacy(8): the tables of ip_tables.
    case iptablesLegacy = "iptables-legacy"

    package var description: String { rawValue }
}

/// What a field of a packet must be: any of the values, or with `isNegated` none of them.
package struct NATMatch<Value: Hashable & Sendable>: Hashable, Sendable {
    package var values: [Value]
    package var isNegated: Bool

    package init(anyOf values: [Value], isNegated: Bool = false) {
        (self.values, self.isNegated) = (values, isNegated)
    }
    package init(_ value: Value, isNegated: Bool = false) { self.init(anyOf: [value], isNegated: isNegated) }

    /// The value, if it is the only one and not negated.
    package var only: Value? { isNegated || values.count != 1 ? nil : values[0] }
}

extension NATMatch: CustomStringConvertible where Value: CustomStringConvertible {
    package var description: String {
        (isNegated ? "! " : "") + values.map(\.description).joined(separator: ",")
    }
}

/// The base chain that a rule is in or is reached from.
package struct NATBase: Hashable, Sendable {
    package var chain: String
    package var hook: NetfilterHook
    package var priority: Int32
}

/// What an address and a port become.
package struct NATTarget: Hashable, Sendable {
    /// The kernel chooses among these, both ends included; nil: the address stays, or ``map`` has it.
    package var firstAddress: IPAddress?
    package var lastAddress: IPAddress?
    /// Nil: the port stays, unless it is taken or ``map`` has it.
    package var ports: ClosedRange<UInt16>?
    /// The map of nf_tables that the address, or address and port, are looked up in.
    package var map: String?

    /// The address, if there is only one.
    package var address: IPAddress? { firstAddress == lastAddress ? firstAddress : nil }
    /// The port, if there is only one.
    package var port: UInt16? { ports.flatMap { $0.count == 1 ? $0.lowerBound : nil } }
}

package enum NATAction: Hashable, Sendable {
    /// The source becomes the address of the interface that the packet leaves by.
    case masquerade(ports: ClosedRange<UInt16>?)
    case snat(NATTarget)
    case dnat(NATTarget)
    /// The destination becomes the machine itself.
    case redirect(ports: ClosedRange<UInt16>?)
}

/// A rule that translates addresses. Conditions that are nil leave the field open.
package struct NATRule: Hashable, Sendable {
    package var family: NetfilterFamily
    package var backend: NATBackend
    package var table: String
    package var chain: String
    /// Which rule of its chain it is, counted from 0.
    package var place: Int
    /// The base chains whose packets can get here: its own chain, or those from which jumps lead to it. Empty: no packet does.
    /// What the rules that jump ask for is not among the conditions here.
    package var bases: [NATBase]

    package var conditions: NATConditions
    /// Packets for which one of these holds never come to the rule: rules before it in its chain accept them, drop them or let them return.
    package var exempt: [NATConditions] = []
    package var action: NATAction
    /// Of these only `random`, `persistent`, `fullyRandom`, `portOffset` and `mapNetwork` are kept: what else there is, the action says.
    package var flags: NFNATFlags
    /// Packets that the rule's counter has seen: the first of each connection only, as with all NAT. Nil: the rule counts nothing.
    package var packets: UInt64?
    package var bytes: UInt64?

    package var hook: NetfilterHook? { bases.first?.hook }
    package var priority: Int32? { bases.first?.priority }
    package var isInBaseChain: Bool { bases.contains { $0.chain == chain } }

    package var source: NATMatch<IPPrefix>? { conditions.source }
    package var destination: NATMatch<IPPrefix>? { conditions.destination }
    package var inInterface: NATMatch<InterfacePattern>? { conditions.inInterface }
    package var outInterface: NATMatch<InterfacePattern>? { conditions.outInterface }
    package var transport: NATMatch<TransportProtocol>? { conditions.transport }
    package var sourcePorts: NATMatch<ClosedRange<UInt16>>? { conditions.sourcePorts }
    package var destinationPorts: NATMatch<ClosedRange<UInt16>>? { conditions.destinationPorts }
    /// What else must hold, in words. Comments are no conditions.
    package var otherConditions: [String] { conditions.other }
    package var hasOtherConditions: Bool { !conditions.other.isEmpty }
}
