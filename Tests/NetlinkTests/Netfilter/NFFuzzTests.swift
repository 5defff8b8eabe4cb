// Damaged messages of nf_tables and ctnetlink: nothing traps, nothing loops, and what is read is bounded by what was there.

import TestSupport
import Testing

@testable import Netlink

@Suite("damaged messages of netfilter")
struct NFFuzzTests {
    /// One message of each kind, as the kernel sends them: without the header's length, which is put right after the damage.
    private static func frames() throws -> [(type: UInt16, payload: [UInt8])] {
        let chain = NFChain(family: .ipv4, table: "lab", name: "post", base: .sourceNAT)
        let map = NFSet(
            family: .ipv4, table: "lab", name: "vips", id: 1, keyLength: 12, value: .verdict)
        var transaction = NFTransaction()
        transaction.add(NFTable(family: .ipv4, name: "lab"))
        transaction.add(chain)
        transaction.add(NFRule(in: chain, everyExpression))
        transaction.add(
            map,
            elements: [NFSetElement([10, 96, 0, 1, 6, 0, 0, 0, 0, 80, 0, 0], value: .verdict(.goto("svc")))])
        var frames: [(UInt16, [UInt8])] = []
        for message in transaction.messages + [connection()] {
            frames.append((message.type, Array(try message.finish().dropFirst(16))))
        }
        return frames
    }

    /// IPCTNL_MSG_CT_NEW of a masqueraded TCP connection.
    static func connection() -> MessageWriter {
        var writer = MessageWriter.netfilter(type: ConntrackEntry.newType, family: .ipv4)
        func tuple(_ type: UInt16, _ source: [UInt8], _ destination: [UInt8], _ ports: [UInt16]) {
            writer.nested(type) { tuple in
                tuple.nested(1) {
                    $0.attribute(1, bytes: source)
                    $0.attribute(2, bytes: destination)
                }
                tuple.nested(2) {
                    $0.attribute(1, UInt8(6))
                    $0.attribute(2, bigEndian: ports[0])
                    $0.attribute(3, bigEndian: ports[1])
                }
            }
        }
        tuple(1, [10, 0, 0, 2], [192, 0, 2, 1], [40000, 80])
        tuple(2, [192, 0, 2, 1], [203, 0, 113, 5], [80, 50000])
        writer.attribute(3, bigEndian: UInt32(0x19e))
        writer.nested(4) { info in info.nested(1) { $0.attribute(1, UInt8(3)) } }
        writer.attribute(7, bigEndian: UInt32(431_999))
        writer.nested(9) {
            $0.attribute(1, bigEndian: UInt64(4))
            $0.attribute(2, bigEndian: UInt64(1500))
        }
        return writer
    }

    @Test("a connection is read from its message")
    func entry() throws {
        let message = try #require(try NetlinkMessage.parse(Self.connection().finish()[...]).messages.first)
        let entry = try #require(ConntrackEntry(message))
        #expect(entry.original.source == .v4(10, 0, 0, 2) && entry.original.sourcePort == 40000)
        #expect(entry.reply.destination == .v4(203, 0, 113, 5) && entry.reply.destinationPort == 50000)
        #expect(entry.isSourceTranslated && !entry.isDestinationTranslated)
        #expect(entry.status.isSuperset(of: [.seenReply, .assured, .confirmed, .sourceNAT]))
        #expect(entry.transport == .tcp && entry.tcpState == 3 && entry.timeout == 431_999)
        #expect(entry.originalCounters == .init(packets: 4, bytes: 1500) && entry.replyCounters == nil)
    }

    @Test("damage is survived, quickly, and makes nothing longer")
    func damage() throws {
        var generator = SeededGenerator(seed: 2026)
        let frames = try Self.frames()
        let start = ContinuousClock.now
        var understood = 0
        for round in 0..<20_000 {
            let frame = frames[round % frames.count]
            let payload = frame.payload.damaged(by: &generator)
            var writer = MessageWriter(type: frame.type)
            writer.bytes(payload)
            let message = try #require(try NetlinkMessage.parse(writer.finish()[...]).messages.first)
            if NFTable(message) != nil || NFChain(message) != nil || NFSet(message) != nil { understood += 1 }
            if let rule = NFRule(message) {
                understood += 1
                #expect(rule.expressions.count <= payload.count / 4)
            }
            if let piece = NFSetElements(message) { #expect(piece.elements.count <= payload.count / 4) }
            if ConntrackEntry(message) != nil { understood += 1 }
        }
        #expect(understood > 1000)
        #expect(ContinuousClock.now - start < Deadline.duration)
    }
}
