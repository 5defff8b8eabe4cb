// Packets byte by byte: what is sent, and what is taken for an answer.

import Netlink
import Testing

@testable import LabKit

@Suite("packets of trials")
struct PacketTests {
    private let echo = Echo(family: .v4, identifier: 0x1234, sequence: 1, data: [0xde, 0xad, 0xbe, 0xef])

    @Test("an echo request has type 8 and a checksum that makes the sum of all words 0xffff")
    func request() {
        // type, code, checksum, identifier, sequence number, data
        #expect(echo.request == [8, 0, 0x48, 0x2d, 0x12, 0x34, 0, 1, 0xde, 0xad, 0xbe, 0xef])
        #expect(Echo.checksum(echo.request) == 0)
        #expect(Echo.checksum([0x01]) == 0xfeff && Echo.checksum([]) == 0xffff)
        // The kernel writes the checksum of ICMPv6.
        let six = Echo(family: .v6, identifier: 0x1234, sequence: 1, data: [7])
        #expect(six.request == [128, 0, 0, 0, 0x12, 0x34, 0, 1, 7])
    }

    @Test("a request and its reply are known by their data, whatever NAT has made of the identifier")
    func known() {
        // An IPv4 header of 5 words, as a raw socket receives it.
        let header: [UInt8] = [0x45] + [UInt8](repeating: 0, count: 19)
        let reply: [UInt8] = [0, 0, 1, 2, 0x99, 0x99, 0, 1, 0xde, 0xad, 0xbe, 0xef]
        #expect(echo.identifier(in: header + echo.request, isReply: false) == 0x1234)
        #expect(echo.identifier(in: header + reply, isReply: true) == 0x9999)
        #expect(echo.identifier(in: header + reply, isReply: false) == nil)
        #expect(echo.identifier(in: header + reply.dropLast() + [0], isReply: true) == nil)
        // Six words of header, because of an option.
        #expect(echo.identifier(in: [0x46] + header.dropFirst() + [0, 0, 0, 0] + reply, isReply: true) == 0x9999)
        for length in 0..<(header.count + reply.count) {
            #expect(echo.identifier(in: Array((header + reply).prefix(length)), isReply: true) == nil)
        }
        #expect(echo.identifier(in: [UInt8](repeating: 0xff, count: 2048), isReply: true) == nil)
    }

    @Test("socket addresses keep address and port", arguments: ["10.244.1.2", "fd00::2"])
    func endpoints(text: String) throws {
        let endpoint = Endpoint(try IPAddress(parsing: text), port: 0x1f90)
        let copy = endpoint.withSocketAddress { address, length in
            Endpoint { target, size in
                UnsafeMutableRawPointer(target).copyMemory(from: address, byteCount: Int(length))
                size.pointee = length
                return true
            }
        }
        #expect(copy == endpoint)
        #expect(endpoint.description == (text.contains(":") ? "[fd00::2]:8080" : "10.244.1.2:8080"))
        #expect(Endpoint { _, _ in false } == nil)
    }
}
