// Everything that nf_tables has in a network namespace, read at one point of time.

import SystemPackage

/// The tables of a network namespace and what is in them. Chains and rules are in the kernel's order.
package struct NFRuleset: Sendable {
    /// Names a set: set names are unique in their table only.
    package struct SetName: Hashable, Sendable {
        package var family: NetfilterFamily
        package var table: String
        package var name: String

        package init(family: NetfilterFamily, table: String, name: String) {
            (self.family, self.table, self.name) = (family, table, name)
        }
    }

    /// A set as read. Of a very large one only the first elements are kept.
    package struct SetContent: Sendable {
        package var set: NFSet
        package var elements: [NFSetElement]
        /// All elements are here, and all were keys.
        package var isWhole: Bool
    }

    package var tables: [NFTable] = []
    package var chains: [NFChain] = []
    package var rules: [NFRule] = []
    package var sets: [SetName: SetContent] = [:]
    /// The kernel counts transactions; see ``NFTransaction/apply(on:ifGeneration:)``.
    package var generation: UInt32 = 0

    package init() {}

    /// More elements of one set are not kept.
    static let elementLimit = 4096

    /// Dumps tables, chains, rules and sets. The kernel makes each dump by itself, so the whole is read anew when a transaction came between.
    /// EAGAIN: transactions came between every time. EINVAL from the first message: the kernel has no nf_tables.
    package static func read(_ socket: inout NetlinkSocket) throws(NetlinkError) -> NFRuleset {
        for _ in 0..<8 {
            var ruleset = NFRuleset()
            ruleset.generation = try readGeneration(&socket)
            do {
                try ruleset.fill(&socket)
            } catch {
                // A set or table went between two dumps: then the generation is another one too.
                if error.errno == .noSuchFileOrDirectory { continue }
                throw error
            }
            if try readGeneration(&socket) == ruleset.generation { return ruleset }
        }
        throw NetlinkError(
            operation: "NFT_MSG_GETRULE", object: "all rules", errno: .resourceTemporarilyUnavailable,
            message: "the rules change faster than they can be read")
    }

    /// How many transactions there have been, modulo 2³².
    package static func readGeneration(_ socket: inout NetlinkSocket) throws(NetlinkError) -> UInt32 {
        let operation = NFTMessage.getGeneration.name
        let answers = try socket.request(
            NFTMessage.getGeneration.writer(.unspecified), operation: operation, object: "the rules' generation")
        for answer in answers where answer.netfilterFamily(.newGeneration) != nil {
            if let number = answer.attributes(after: NFTMessage.headerLength).u32(1) { return number }
        }
        throw NetlinkError(operation: operation, object: "the rules' generation", errno: .badMessage)
    }

    private mutating func fill(_ socket: inout NetlinkSocket) throws(NetlinkError) {
        tables = try Self.dump(&socket, .getTable, "tables") { NFTable($0) }
        if tables.isEmpty { return }
        chains = try Self.dump(&socket, .getChain, "chains") { NFChain($0) }
        rules = try Self.dump(&socket, .getRule, "rules") { NFRule($0) }
        for set in try Self.dump(&socket, .getSet, "sets", { NFSet($0) }) {
            sets[SetName(family: set.family, table: set.table, name: set.name)] = try Self.content(of: set, &socket)
        }
    }

    private static func content(of set: NFSet, _ socket: inout NetlinkSocket) throws(NetlinkError) -> SetContent {
        var request = NFTMessage.getSetElement.writer(set.family)
        request.attribute(1, string: set.table)
        request.attribute(2, string: set.name)
        var content = SetContent(set: set, elements: [], isWhole: true)
        let pieces = try socket.dump(
            request, operation: NFTMessage.getSetElement.name, object: "set \(set.family) \(set.table) \(set.name)"
        ) { NFSetElements($0) }
        for piece in pieces {
            let room = elementLimit - content.elements.count
            content.elements += piece.elements.prefix(room)
            if !piece.isWhole || piece.elements.count > room { content.isWhole = false }
        }
        return content
    }

    private static func dump<Part>(
        _ socket: inout NetlinkSocket, _ message: NFTMessage, _ object: String, _ parse: (NetlinkMessage) -> Part?
    ) throws(NetlinkError) -> [Part] {
        try socket.dump(message.writer(.unspecified), operation: message.name, object: object, parse)
    }
}

extension NFTransaction {
    /// Applies all changes, or throws every error that the kernel found and none is applied.
    ///
    /// - Parameter ifGeneration: refused (ERESTART) unless this is still the generation; nil: whatever happened meanwhile.
    package func apply(
        on socket: inout NetlinkSocket, ifGeneration generation: UInt32? = nil
    ) throws(BatchError) {
        do {
            try socket.batch(messages, operation: "nf_tables", object: "transaction", generation: generation)
        } catch {
            let named = error.errors.map { failure in
                guard let index = failure.index, changes.indices.contains(index) else { return failure }
                var failure = failure
                failure.operation = changes[index].operation
                failure.object = changes[index].object
                return failure
            }
            throw BatchError(errors: named)
        }
    }
}
