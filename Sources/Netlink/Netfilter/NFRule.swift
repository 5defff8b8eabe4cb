// Rules of nf_tables, as messages and from them.

/// A rule of a chain.
package struct NFRule: Hashable, Sendable {
    package var family: NetfilterFamily
    package var table: String
    package var chain: String
    package var expressions: [NFExpression]
    /// The kernel's number of the rule, unique in its table; nil for one that is yet to be made.
    package var handle: UInt64?
    /// Whether the rule says for which protocol its iptables extensions are (NFTA_RULE_COMPAT): iptables-nft wrote it.
    package var isCompat: Bool
    /// False when a dump had more of it than could be read.
    package var isWhole: Bool

    package init(
        family: NetfilterFamily, table: String, chain: String, expressions: [NFExpression], handle: UInt64? = nil
    ) {
        (self.family, self.table, self.chain, self.expressions) = (family, table, chain, expressions)
        (self.handle, isCompat, isWhole) = (handle, false, true)
    }

    package init(in chain: NFChain, _ expressions: [NFExpression]) {
        self.init(family: chain.family, table: chain.table, chain: chain.name, expressions: expressions)
    }

    /// From NFT_MSG_NEWRULE.
    package init?(_ message: NetlinkMessage) {
        guard let family = message.netfilterFamily(.newRule) else { return nil }
        let attributes = message.attributes(after: NFTMessage.headerLength)
        guard let table = attributes[1]?.text, let chain = attributes[2]?.text else { return nil }
        let list = attributes[4].map { NFExpression.list($0.nested) } ?? (expressions: [], isWhole: true)
        self.init(
            family: family, table: table, chain: chain, expressions: list.expressions, handle: attributes.u64(3))
        isCompat = attributes[5] != nil
        isWhole = list.isWhole
    }

    func write(to writer: inout MessageWriter) {
        writer.attribute(1, string: table)
        writer.attribute(2, string: chain)
        writer.expressions(4, expressions)
    }
}
