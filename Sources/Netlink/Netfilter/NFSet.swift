// Sets and maps of nf_tables and their elements, as messages and from them.

/// A set of keys, or a map from keys to values or verdicts.
package struct NFSet: Hashable, Sendable {
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Belongs to the one rule that looks into it.
        package static let anonymous = Self(rawValue: 1)
        package static let constant = Self(rawValue: 2)
        /// Elements are the borders of intervals; see ``NFSetElement/endsInterval``.
        package static let interval = Self(rawValue: 4)
        package static let map = Self(rawValue: 8)
        package static let concatenation = Self(rawValue: 0x80)
    }

    package enum Value: Hashable, Sendable {
        case verdict
        /// Of so many bytes.
        case bytes(UInt32)
    }

    package var family: NetfilterFamily
    package var table: String
    /// For an anonymous set a pattern with `%d`, which the kernel fills in.
    package var name: String
    /// Names the set within one transaction, and must be another one for each set of it.
    package var id: UInt32
    package var flags: Flags
    /// Bytes of a key; each field of a concatenation takes a multiple of 4.
    package var keyLength: UInt32
    /// nft's number of the key's type; the kernel only stores it, nft(8) needs it to print the set.
    package var keyType: UInt32
    /// Nil for a set, what a map has for each key else.
    package var value: Value?
    package var valueType: UInt32

    package init(
        family: NetfilterFamily, table: String, name: String, id: UInt32, flags: Flags = [], keyLength: UInt32,
        keyType: UInt32 = 0, value: Value? = nil, valueType: UInt32 = 0
    ) {
        (self.family, self.table, self.name, self.id) = (family, table, name, id)
        self.flags = value == nil ? flags : flags.union(.map)
        (self.keyLength, self.keyType, self.value, self.valueType) = (keyLength, keyType, value, valueType)
    }

    /// From NFT_MSG_NEWSET.
    package init?(_ message: NetlinkMessage) {
        guard let family = message.netfilterFamily(.newSet) else { return nil }
        let attributes = message.attributes(after: NFTMessage.headerLength)
        guard let table = attributes[1]?.text, let name = attributes[2]?.text, let length = attributes.u32(5) else {
            return nil
        }
        let type = attributes.u32(6) ?? 0
        self.init(
            family: family, table: table, name: name, id: attributes.u32(10) ?? 0,
            flags: Flags(rawValue: attributes.u32(3) ?? 0), keyLength: length, keyType: attributes.u32(4) ?? 0,
            value: type == Self.verdictType ? .verdict : attributes.u32(7).map { .bytes($0) }, valueType: type)
    }

    /// NFT_DATA_VERDICT
    private static let verdictType: UInt32 = 0xffff_ff00

    func write(to writer: inout MessageWriter) {
        writer.attribute(1, string: table)
        writer.attribute(2, string: name)
        writer.attribute(3, bigEndian: flags.rawValue)
        writer.attribute(4, bigEndian: keyType)
        writer.attribute(5, bigEndian: keyLength)
        switch value {
        case .verdict?: writer.attribute(6, bigEndian: Self.verdictType)
        case .bytes(let length)?:
            writer.attribute(6, bigEndian: valueType)
            writer.attribute(7, bigEndian: length)
        case nil: break
        }
        writer.attribute(10, bigEndian: id)
    }
}

/// An element of a set or map.
package struct NFSetElement: Hashable, Sendable {
    package var key: [UInt8]
    /// The last key of an interval of a concatenation; other sets write intervals as two elements.
    package var keyEnd: [UInt8]?
    package var value: NFData?
    /// The interval that an element before began ends *before* this key.
    package var endsInterval: Bool

    package init(_ key: [UInt8], value: NFData? = nil, keyEnd: [UInt8]? = nil, endsInterval: Bool = false) {
        (self.key, self.value, self.keyEnd, self.endsInterval) = (key, value, keyEnd, endsInterval)
    }

    /// Of an NFTA_LIST_ELEM. Nil for what has no key, such as the element that stands for all keys.
    init?(_ attributes: Attributes) {
        guard case .bytes(let key)? = attributes.data(1) else { return nil }
        var end: [UInt8]?
        if case .bytes(let bytes)? = attributes.data(10) { end = bytes }
        self.init(key, value: attributes.data(2), keyEnd: end, endsInterval: (attributes.u32(3) ?? 0) & 1 != 0)
    }

    func write(to writer: inout MessageWriter) {
        if endsInterval { writer.attribute(3, bigEndian: UInt32(1)) }
        writer.data(1, .bytes(key))
        if let value { writer.data(2, value) }
        if let keyEnd { writer.data(10, .bytes(keyEnd)) }
    }
}

/// Elements of one set, as one message of a dump has them: a large set comes in several.
package struct NFSetElements: Sendable {
    package var family: NetfilterFamily
    package var table: String
    package var set: String
    package var elements: [NFSetElement]
    /// False when an element could not be read as a plain key.
    package var isWhole: Bool

    /// From NFT_MSG_NEWSETELEM.
    package init?(_ message: NetlinkMessage) {
        guard let family = message.netfilterFamily(.newSetElement) else { return nil }
        let attributes = message.attributes(after: NFTMessage.headerLength)
        guard let table = attributes[1]?.text, let set = attributes[2]?.text else { return nil }
        (self.family, self.table, self.set) = (family, table, set)
        (elements, isWhole) = ([], true)
        guard let list = attributes[3]?.nested else { return }
        for attribute in list {
            if let element = NFSetElement(attribute.nested) {
                elements.append(element)
            } else {
                isWhole = false
            }
        }
    }
}
