// Messages of nf_tables: the type's number and the header nfgenmsg. See linux/netfilter/nfnetlink.h.

/// `enum nf_tables_msg_types`, as far as used here.
package enum NFTMessage: UInt16, Sendable {
    case newTable, getTable, deleteTable
    case newChain, getChain, deleteChain
    case newRule, getRule, deleteRule
    case newSet, getSet, deleteSet
    case newSetElement, getSetElement, deleteSetElement
    case newGeneration, getGeneration

    static let subsystem: UInt16 = 10
    /// Bytes of nfgenmsg.
    static let headerLength = 4

    /// The type of the message.
    package var type: UInt16 { Self.subsystem << 8 | rawValue }

    /// The constant's name.
    package var name: String {
        let names = [
            "NEWTABLE", "GETTABLE", "DELTABLE", "NEWCHAIN", "GETCHAIN", "DELCHAIN", "NEWRULE", "GETRULE", "DELRULE",
            "NEWSET", "GETSET", "DELSET", "NEWSETELEM", "GETSETELEM", "DELSETELEM", "NEWGEN", "GETGEN",
        ]
        return "NFT_MSG_" + names[Int(rawValue)]
    }

    /// A message with its header, to which attributes are added.
    func writer(_ family: NetfilterFamily, flags: UInt16 = 0) -> MessageWriter {
        .netfilter(type: type, family: family, flags: flags)
    }
}

extension MessageWriter {
    /// A message of any netfilter subsystem: struct nfgenmsg of version 0.
    static func netfilter(type: UInt16, family: NetfilterFamily, flags: UInt16 = 0) -> MessageWriter {
        var writer = MessageWriter(type: type, flags: flags)
        writer.fixed(family.rawValue)
        writer.fixed(UInt8(0))
        writer.fixed(bigEndian: UInt16(0))
        return writer
    }
}

extension NetlinkMessage {
    /// The family in the header, if this is the message of nf_tables that is asked for.
    func netfilterFamily(_ message: NFTMessage) -> NetfilterFamily? {
        type == message.type ? netfilterFamily : nil
    }

    /// The family in the header of any netfilter message.
    var netfilterFamily: NetfilterFamily? {
        payload.count >= NFTMessage.headerLength ? payload.first.map(NetfilterFamily.init) : nil
    }
}

extension Attribute {
    /// A name up to its zero. The kernel takes names of any bytes: what is not UTF-8 is replaced, so that nothing can hide by its name.
    var text: String { String(decoding: payload.prefix { $0 != 0 }, as: UTF8.self) }
}
