// Changes of the rules of a network namespace that happen all at once or not at all.

/// An ordered list of changes. The kernel looks at each of them, and applies them together or, if any is refused, none. See nft(8),
/// "transactions".
package struct NFTransaction: Sendable {
    /// One message, and what it is about.
    package struct Change: Sendable {
        package var message: MessageWriter
        /// The message's name, such as `NFT_MSG_NEWRULE`.
        package var operation: String
        /// Such as `rule of ip podlab postrouting`.
        package var object: String
    }

    package private(set) var changes: [Change] = []
    /// Of all sets that were added, so that each has an id of its own.
    private var sets: UInt32 = 0

    package init() {}

    package var messages: [MessageWriter] { changes.map(\.message) }

    /// The whole batch as one datagram for a socket of NETLINK_NETFILTER.
    package func datagram(firstSequence: UInt32) throws(NetlinkError) -> [UInt8] {
        try NetfilterBatch.bytes(messages, firstSequence: firstSequence)
    }

    // MARK: Adding

    /// - Parameter exclusively: refused with EEXIST when there is one; else an existing one stays.
    package mutating func add(_ table: NFTable, exclusively: Bool = false) {
        append(.newTable, table.family, Self.creating(exclusively), "table \(table.family) \(table.name)") {
            table.write(to: &$0)
        }
    }

    package mutating func add(_ chain: NFChain, exclusively: Bool = false) {
        append(
            .newChain, chain.family, Self.creating(exclusively), "chain \(chain.family) \(chain.table) \(chain.name)"
        ) { chain.write(to: &$0) }
    }

    /// Behind all other rules of its chain, or with `first` before them.
    package mutating func add(_ rule: NFRule, first: Bool = false) {
        append(
            .newRule, rule.family, first ? NLM.create : NLM.create | NLM.append,
            "rule of \(rule.family) \(rule.table) \(rule.chain)"
        ) { rule.write(to: &$0) }
    }

    /// Adds the set with elements. A rule of this transaction refers to what is returned: the set with an id of its own.
    @discardableResult
    package mutating func add(_ set: NFSet, elements: [NFSetElement] = [], exclusively: Bool = false) -> NFSet {
        sets += 1
        var set = set
        set.id = sets
        append(.newSet, set.family, Self.creating(exclusively), "set \(set.family) \(set.table) \(set.name)") {
            set.write(to: &$0)
        }
        add(elements, to: set)
        return set
    }

    package mutating func add(_ elements: [NFSetElement], to set: NFSet) {
        change(elements, of: set, .newSetElement, NLM.create)
    }

    // MARK: Deleting

    /// With all that is in it.
    package mutating func delete(_ table: NFTable) {
        append(.deleteTable, table.family, 0, "table \(table.family) \(table.name)") {
            $0.attribute(1, string: table.name)
        }
    }

    /// An empty chain to which no rule jumps.
    package mutating func delete(_ chain: NFChain) {
        append(.deleteChain, chain.family, 0, "chain \(chain.family) \(chain.table) \(chain.name)") {
            $0.attribute(1, string: chain.table)
            $0.attribute(3, string: chain.name)
        }
    }

    /// All rules of a chain.
    package mutating func flush(_ chain: NFChain) {
        append(.deleteRule, chain.family, 0, "rules of \(chain.family) \(chain.table) \(chain.name)") {
            $0.attribute(1, string: chain.table)
            $0.attribute(2, string: chain.name)
        }
    }

    /// One rule as a dump had it; a rule without a handle stands for all rules of its chain.
    package mutating func delete(_ rule: NFRule) {
        append(.deleteRule, rule.family, 0, "rule of \(rule.family) \(rule.table) \(rule.chain)") {
            $0.attribute(1, string: rule.table)
            $0.attribute(2, string: rule.chain)
            if let handle = rule.handle { $0.attribute(3, bigEndian: handle) }
        }
    }

    package mutating func delete(_ set: NFSet) {
        append(.deleteSet, set.family, 0, "set \(set.family) \(set.table) \(set.name)") {
            $0.attribute(1, string: set.table)
            $0.attribute(2, string: set.name)
        }
    }

    package mutating func delete(_ elements: [NFSetElement], of set: NFSet) {
        change(elements, of: set, .deleteSetElement, 0)
    }

    // MARK: Parts

    private static func creating(_ exclusively: Bool) -> UInt16 {
        exclusively ? NLM.create | NLM.exclusive : NLM.create
    }

    /// An attribute holds at most 64 KiB, so many elements take several messages.
    private mutating func change(
        _ elements: [NFSetElement], of set: NFSet, _ message: NFTMessage, _ flags: UInt16
    ) {
        var rest = elements[...]
        while !rest.isEmpty {
            let piece = rest.prefix(256)
            rest = rest.dropFirst(256)
            append(message, set.family, flags, "elements of \(set.family) \(set.table) \(set.name)") { writer in
                writer.attribute(1, string: set.table)
                writer.attribute(2, string: set.name)
                if set.id != 0 { writer.attribute(4, bigEndian: set.id) }
                writer.nested(3) { list in
                    for element in piece { list.nested(1) { element.write(to: &$0) } }
                }
            }
        }
    }

    private mutating func append(
        _ message: NFTMessage, _ family: NetfilterFamily, _ flags: UInt16, _ object: String,
        _ body: (inout MessageWriter) -> Void
    ) {
        var writer = message.writer(family, flags: flags)
        body(&writer)
        changes.append(Change(message: writer, operation: message.name, object: object))
    }
}
