// What a rule of nf_tables is made of: each expression loads, compares or changes something; the last one usually decides.

/// One expression. A rule evaluates its expressions in order and ends at the first comparison that does not hold. Bytes stand in the
/// order of the packet's headers, numbers that the kernel itself makes (interface indexes, marks) in the machine's order.
package enum NFExpression: Hashable, Sendable {
    /// Loads something that the kernel knows about the packet.
    case meta(NFMetaKey, to: NFRegister)
    /// Changes it, for example the packet's mark.
    case setMeta(NFMetaKey, from: NFRegister)
    /// Loads bytes of a header.
    case payload(NFPayload, to: NFRegister)
    case compare(NFRegister, NFComparison, [UInt8])
    /// Holds where the value is between the two, both included; or with `isNegated` where it is not.
    case range(NFRegister, from: [UInt8], to: [UInt8], isNegated: Bool)
    /// `to = (from & mask) ^ xor`.
    case bitwise(from: NFRegister, to: NFRegister, mask: [UInt8], xor: [UInt8])
    /// Loads a constant.
    case immediate([UInt8], to: NFRegister)
    case verdict(NFVerdict)
    case counter(packets: UInt64, bytes: UInt64)
    /// Source NAT to the address of the interface that the packet leaves by.
    case masquerade(ports: NFRegisters?, flags: NFNATFlags)
    case nat(NFNAT)
    /// Destination NAT to the machine itself.
    case redirect(ports: NFRegisters?, flags: NFNATFlags)
    case lookup(NFLookup)
    case numgen(NFNumberGenerator, to: NFRegister)
    /// Loads something of the packet's connection.
    case conntrack(NFConntrackKey, direction: UInt8?, to: NFRegister)
    /// Asks the routing table about the packet.
    case fib(NFRouteQuestion, to: NFRegister)
    /// A match of iptables that has no expression of its own.
    case match(NFExtension)
    /// A target of iptables that has no expression of its own.
    case target(NFExtension)
    /// One without a case here, with its attributes as they are.
    case other(name: String, attributes: [UInt8])
}

/// What `meta` loads, `enum nft_meta_keys`.
package struct NFMetaKey: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let mark = Self(rawValue: 3)
    package static let inInterface = Self(rawValue: 4)
    package static let outInterface = Self(rawValue: 5)
    package static let inInterfaceName = Self(rawValue: 6)
    package static let outInterfaceName = Self(rawValue: 7)
    package static let networkProtocol = Self(rawValue: 15)
    package static let transportProtocol = Self(rawValue: 16)

    package var description: String {
        let names: [UInt32: String] = [
            0: "length", 1: "protocol", 2: "priority", 3: "mark", 4: "iif", 5: "oif", 6: "iifname", 7: "oifname",
            10: "skuid", 11: "skgid", 15: "nfproto", 16: "l4proto", 19: "pkttype", 21: "iifgroup", 22: "oifgroup",
            24: "random", 26: "iifkind", 27: "oifkind",
        ]
        return names[rawValue] ?? "key \(rawValue)"
    }
}

/// A piece of a header. Offsets and lengths in bytes.
package struct NFPayload: Hashable, Sendable {
    package enum Base: UInt32, Sendable { case link, network, transport, inner }
    package var base: Base
    package var offset: UInt32
    package var length: UInt32

    package init(_ base: Base, offset: UInt32, length: UInt32) {
        (self.base, self.offset, self.length) = (base, offset, length)
    }
}

/// `enum nft_cmp_ops`. Values are compared as byte strings.
package enum NFComparison: UInt32, Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

/// The registers that hold the first and the last of a range; `last` is nil when it is the first.
package struct NFRegisters: Hashable, Sendable {
    package var first: NFRegister
    package var last: NFRegister?

    package init(_ first: NFRegister, _ last: NFRegister? = nil) { (self.first, self.last) = (first, last) }
}

package struct NFNAT: Hashable, Sendable {
    package enum Kind: UInt32, Sendable { case source, destination }
    package var kind: Kind
    package var family: NetfilterFamily
    package var addresses: NFRegisters?
    package var ports: NFRegisters?
    package var flags: NFNATFlags

    package init(
        _ kind: Kind, family: NetfilterFamily, addresses: NFRegisters?, ports: NFRegisters? = nil,
        flags: NFNATFlags = []
    ) {
        (self.kind, self.family, self.addresses, self.ports, self.flags) = (kind, family, addresses, ports, flags)
    }
}

/// Holds where the key in `from` is in the set; with `to`, loads what the map has for it.
package struct NFLookup: Hashable, Sendable {
    package var set: String
    /// Names the set within one transaction; 0 where its name does.
    package var setID: UInt32
    package var from: NFRegister
    package var to: NFRegister?
    package var isNegated: Bool

    package init(
        _ set: String, setID: UInt32 = 0, from: NFRegister, to: NFRegister? = nil, isNegated: Bool = false
    ) {
        (self.set, self.setID, self.from, self.to, self.isNegated) = (set, setID, from, to, isNegated)
    }
}

/// Numbers from `offset` to `offset + modulus - 1`, in turn or at random; in the machine's byte order.
package struct NFNumberGenerator: Hashable, Sendable {
    package enum Kind: UInt32, Sendable { case incremental, random }
    package var kind: Kind
    package var modulus: UInt32
    package var offset: UInt32

    package init(_ kind: Kind, modulus: UInt32, offset: UInt32 = 0) {
        (self.kind, self.modulus, self.offset) = (kind, modulus, offset)
    }
}

/// What `ct` loads, `enum nft_ct_keys`.
package struct NFConntrackKey: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let state = Self(rawValue: 0)
    package static let direction = Self(rawValue: 1)
    package static let status = Self(rawValue: 2)
    package static let mark = Self(rawValue: 3)

    package var description: String {
        let names = ["state", "direction", "status", "mark"]
        return rawValue < UInt32(names.count) ? names[Int(rawValue)] : "key \(rawValue)"
    }
}

package struct NFRouteQuestion: Hashable, Sendable {
    /// `enum nft_fib_result`: 1 the outgoing interface, 2 its name, 3 the type of the address (`RTN_*`).
    package var result: UInt32
    /// `enum nft_fib_flags`: 1 the source's, 2 the destination's address; 4 with the mark; 8 the incoming, 16 the outgoing interface.
    package var flags: UInt32

    package init(result: UInt32, flags: UInt32) { (self.result, self.flags) = (result, flags) }

    /// Is the destination one of this machine's, a broadcast …: `fib daddr type`.
    package static let destinationType = Self(result: 3, flags: 2)
}

/// A match or target of iptables inside a rule of nf_tables; `info` is its structure as linux/netfilter/xt_*.h has it.
package struct NFExtension: Hashable, Sendable {
    package var name: String
    package var revision: UInt32
    package var info: [UInt8]

    package init(_ name: String, revision: UInt32, info: [UInt8]) {
        (self.name, self.revision, self.info) = (name, revision, info)
    }
}
