// Tables and chains of nf_tables, as messages and from them.

/// A table: a name space for chains and sets.
package struct NFTable: Hashable, Sendable {
    package var family: NetfilterFamily
    package var name: String
    /// 1: dormant, its chains are not asked.
    package var flags: UInt32

    package init(family: NetfilterFamily, name: String, flags: UInt32 = 0) {
        (self.family, self.name, self.flags) = (family, name, flags)
    }

    package var isDormant: Bool { flags & 1 != 0 }

    /// From NFT_MSG_NEWTABLE.
    package init?(_ message: NetlinkMessage) {
        guard let family = message.netfilterFamily(.newTable) else { return nil }
        let attributes = message.attributes(after: NFTMessage.headerLength)
        guard let name = attributes[1]?.text else { return nil }
        self.init(family: family, name: name, flags: attributes.u32(2) ?? 0)
    }

    func write(to writer: inout MessageWriter) {
        writer.attribute(1, string: name)
        writer.attribute(2, bigEndian: flags)
    }
}

/// What makes a chain see packets by itself.
package struct NFBaseChain: Hashable, Sendable {
    package enum Policy: UInt32, Sendable { case drop, accept }
    /// `filter`, `nat` or `route`.
    package var type: String
    package var hook: NetfilterHook
    package var priority: Int32
    package var policy: Policy

    package init(type: String, hook: NetfilterHook, priority: Int32, policy: Policy = .accept) {
        (self.type, self.hook, self.priority, self.policy) = (type, hook, priority, policy)
    }

    /// Where source NAT is done: after the routing decision, nft's `srcnat`.
    package static let sourceNAT = Self(type: "nat", hook: .postrouting, priority: NetfilterPriority.sourceNAT)
    /// Where destination NAT of what comes from outside is done: before the routing decision, nft's `dstnat`.
    package static let destinationNAT = Self(
        type: "nat", hook: .prerouting, priority: NetfilterPriority.destinationNAT)
}

/// A chain of rules: a base chain stands at a hook, another one is entered by jumps.
package struct NFChain: Hashable, Sendable {
    package var family: NetfilterFamily
    package var table: String
    package var name: String
    package var base: NFBaseChain?

    package init(family: NetfilterFamily, table: String, name: String, base: NFBaseChain? = nil) {
        (self.family, self.table, self.name, self.base) = (family, table, name, base)
    }

    /// From NFT_MSG_NEWCHAIN.
    package init?(_ message: NetlinkMessage) {
        guard let family = message.netfilterFamily(.newChain) else { return nil }
        let attributes = message.attributes(after: NFTMessage.headerLength)
        guard let table = attributes[1]?.text, let name = attributes[3]?.text else { return nil }
        self.init(family: family, table: table, name: name)
        guard let hook = attributes[4]?.nested, let number = hook.u32(1), let priority = hook.u32(2),
            let type = attributes[7]?.text
        else { return }
        base = NFBaseChain(
            type: type, hook: NetfilterHook(rawValue: number), priority: Int32(bitPattern: priority),
            policy: attributes.u32(5).flatMap(NFBaseChain.Policy.init) ?? .accept)
    }

    func write(to writer: inout MessageWriter) {
        writer.attribute(1, string: table)
        writer.attribute(3, string: name)
        guard let base else { return }
        writer.nested(4) {
            $0.attribute(1, bigEndian: base.hook.rawValue)
            $0.attribute(2, bigEndian: UInt32(bitPattern: base.priority))
        }
        writer.attribute(5, bigEndian: base.policy.rawValue)
        writer.attribute(7, string: base.type)
    }
}
