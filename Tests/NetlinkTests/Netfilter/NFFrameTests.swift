// The messages of nf_tables as bytes: what is written, and that it is read back as it was.

import SystemPackage
import Testing

@testable import Netlink

private let chain = NFChain(family: .ipv4, table: "lab", name: "post", base: .sourceNAT)

/// The message as the kernel would send it back.
private func reread(_ writer: MessageWriter) throws -> NetlinkMessage {
    try #require(try NetlinkMessage.parse(writer.finish()[...]).messages.first)
}

/// One of each expression, with every field that it has.
let everyExpression: [NFExpression] = [
    .meta(.outInterfaceName, to: .data1), .setMeta(.mark, from: .data2),
    .payload(NFPayload(.network, offset: 12, length: 4), to: .word(3)),
    .compare(.data1, .notEqual, Array("eth".utf8)),
    .range(.data1, from: [0x13, 0x88], to: [0x17, 0x70], isNegated: true),
    .bitwise(from: .data1, to: .data2, mask: [0xff, 0xfe, 0, 0], xor: [0, 0, 0, 1]),
    .immediate([10, 0, 0, 2], to: .data1),
    .verdict(.accept), .verdict(.drop), .verdict(.jump("KUBE-SERVICES")), .verdict(.goto("svc")), .verdict(.return),
    .counter(packets: 3, bytes: 1 << 40), .masquerade(ports: nil, flags: []),
    .masquerade(ports: NFRegisters(.data1, .data2), flags: [.random, .mapPorts]),
    .nat(
        NFNAT(
            .destination, family: .ipv4, addresses: NFRegisters(.data1), ports: NFRegisters(.data2, .data3),
            flags: [.mapAddresses, .mapPorts])),
    .nat(NFNAT(.source, family: .ipv6, addresses: NFRegisters(.data1, .data2), flags: .mapAddresses)),
    .redirect(ports: NFRegisters(.data1), flags: .mapPorts),
    .lookup(NFLookup("vips", setID: 7, from: .data1, to: .verdict)),
    .lookup(NFLookup("s", from: .data1, isNegated: true)),
    .numgen(NFNumberGenerator(.random, modulus: 3, offset: 1), to: .data1),
    .conntrack(.state, direction: nil, to: .data1), .conntrack(.mark, direction: 1, to: .data1),
    .fib(.destinationType, to: .data1),
    .match(NFExtension("comment", revision: 0, info: [UInt8](repeating: 0x41, count: 256))),
    .target(NFExtension("MASQUERADE", revision: 0, info: [UInt8](repeating: 0, count: 20))),
    .other(name: "log", attributes: [8, 0, 2, 0, 0x68, 0x69, 0, 0]),
]

@Suite("messages of nf_tables")
struct NFFrameTests {
    @Test("a table, a base chain and a masquerading rule are the bytes of one batch")
    func batch() throws {
        var transaction = NFTransaction()
        transaction.add(NFTable(family: .ipv4, name: "lab"))
        transaction.add(chain)
        transaction.add(NFRule(in: chain, [.masquerade(ports: nil, flags: [])]))
        let expected: [UInt8] =
            // NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, sequence 7; the subsystem in network order
            [20, 0, 0, 0, 0x10, 0, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0, /* nfgenmsg */ 0, 0, 0, 10]
            // NFT_MSG_NEWTABLE: NLM_F_REQUEST|CREATE, AF_INET
            + [36, 0, 0, 0, 0, 10, 1, 4, 8, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]
            + /* NAME */ [8, 0, 1, 0] + Array("lab\0".utf8) + /* FLAGS */ [8, 0, 2, 0, 0, 0, 0, 0]
            // NFT_MSG_NEWCHAIN
            + [76, 0, 0, 0, 3, 10, 1, 4, 9, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]
            + /* TABLE */ [8, 0, 1, 0] + Array("lab\0".utf8) + /* NAME */ [9, 0, 3, 0] + Array("post\0".utf8) + [
                0, 0, 0,
            ]
            + /* HOOK, nested: postrouting, 100 */ [20, 0, 4, 0x80, 8, 0, 1, 0, 0, 0, 0, 4, 8, 0, 2, 0, 0, 0, 0, 100]
            + /* POLICY accept */ [8, 0, 5, 0, 0, 0, 0, 1] + /* TYPE */ [8, 0, 7, 0] + Array("nat\0".utf8)
            // NFT_MSG_NEWRULE: NLM_F_REQUEST|ACK|CREATE|APPEND
            + [64, 0, 0, 0, 6, 10, 5, 0xc, 10, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]
            + [8, 0, 1, 0] + Array("lab\0".utf8) + [9, 0, 2, 0] + Array("post\0".utf8) + [0, 0, 0]
            // EXPRESSIONS, LIST_ELEM, EXPR_NAME, EXPR_DATA without anything
            + [24, 0, 4, 0x80, 20, 0, 1, 0x80, 9, 0, 1, 0] + Array("masq\0".utf8) + [0, 0, 0, 4, 0, 2, 0x80]
            // NFNL_MSG_BATCH_END
            + [20, 0, 0, 0, 0x11, 0, 1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10]
        #expect(try transaction.datagram(firstSequence: 7) == expected)
    }

    @Test("every expression is read back as it was written")
    func expressions() throws {
        var transaction = NFTransaction()
        transaction.add(NFRule(in: chain, everyExpression))
        let rule = try #require(NFRule(try reread(transaction.messages[0])))
        #expect(rule.isWhole)
        #expect(rule.expressions.count == everyExpression.count)
        for (read, written) in zip(rule.expressions, everyExpression) { #expect(read == written) }
    }

    @Test("a rule of more expressions than any sane one is cut and says so")
    func longRule() throws {
        var transaction = NFTransaction()
        let many = [NFExpression](repeating: .counter(packets: 0, bytes: 0), count: NFExpression.limit + 1)
        transaction.add(NFRule(in: chain, many))
        let rule = try #require(NFRule(try reread(transaction.messages[0])))
        #expect(!rule.isWhole)
        #expect(rule.expressions.count == NFExpression.limit)
    }

    @Test("a condition on an address compares only the bits of its prefix")
    func prefix() throws {
        let prefix = try #require(IPPrefix("10.20.30.40/17"))
        #expect(
            NFCondition.source(prefix).expressions(in: .ipv4) == [
                .payload(NFPayload(.network, offset: 12, length: 4), to: .data1),
                .bitwise(from: .data1, to: .data1, mask: [255, 255, 128, 0], xor: [0, 0, 0, 0]),
                .compare(.data1, .equal, [10, 20, 0, 0]),
            ])
        // A table of both families asks first which one it is.
        #expect(
            NFCondition.source(prefix).expressions(in: .inet).prefix(2) == [
                .meta(.networkProtocol, to: .data1), .compare(.data1, .equal, [2]),
            ])
        let every = try #require(IPPrefix("0.0.0.0/0"))
        #expect(NFCondition.source(every).expressions(in: .ipv4).isEmpty)
    }

    @Test("a name is compared with its zero, the beginning of names without")
    func names() {
        let name = NFCondition.outInterface(.name("br0"), isNegated: true).expressions(in: .ipv4)
        #expect(name.last == .compare(.data1, .notEqual, Array("br0".utf8) + [UInt8](repeating: 0, count: 13)))
        #expect(
            NFCondition.inInterface(.prefix("eth")).expressions(in: .ipv4).last
                == .compare(.data1, .equal, Array("eth".utf8)))
    }

    @Test("many elements take several messages, each within the 64 KiB of an attribute")
    func manyElements() throws {
        let set = NFSet(family: .ipv4, table: "lab", name: "s", id: 0, keyLength: 4)
        var transaction = NFTransaction()
        let elements = (0..<1000).map { NFSetElement([10, 0, UInt8($0 >> 8), UInt8($0 & 255)]) }
        transaction.add(set, elements: elements)
        #expect(transaction.messages.count == 5)
        let read = try transaction.messages.dropFirst().flatMap { message -> [NFSetElement] in
            let piece = try #require(NFSetElements(try reread(message)))
            #expect(piece.isWhole)
            return piece.elements
        }
        #expect(read == elements)
    }

    @Test("sets of one transaction have ids of their own")
    func ids() {
        var transaction = NFTransaction()
        let one = transaction.add(NFSet(family: .ipv4, table: "lab", name: "__set%d", id: 0, keyLength: 4))
        let two = transaction.add(NFSet(family: .ipv4, table: "lab", name: "__set%d", id: 0, keyLength: 4))
        #expect(one.id != two.id)
    }
}
