// Messages byte for byte, as written down from the manual pages. The frames are of little-endian machines.

import Netlink
import SystemPackage
import Testing

@Suite("messages are written byte for byte")
struct MessageWriterTests {
    @Test("a veth pair: nested attributes, their lengths and padding")
    func vethPair() throws {
        let name = try LinkName(parsing: "v0")
        let peer = try LinkName(parsing: "eth0")
        let message = LinkRequest.create(
            name, .veth(peer: peer, LinkOptions(namespace: 0)), options: LinkOptions(isUp: true, mtu: 1400, master: 0))
        let expected: [UInt8] = [
            // struct nlmsghdr
            116, 0, 0, 0,  // 0: nlmsg_len
            16, 0, 0x05, 0x06,  // 4: RTM_NEWLINK; NLM_F_REQUEST | NLM_F_ACK | NLM_F_EXCL | NLM_F_CREATE
            7, 0, 0, 0, 0, 0, 0, 0,  // 8: nlmsg_seq, nlmsg_pid
            // struct ifinfomsg
            0, 0, 0, 0, 0, 0, 0, 0,  // 16: family, type, index
            1, 0, 0, 0, 1, 0, 0, 0,  // 24: IFF_UP, and that it is meant
            7, 0, 3, 0, 0x76, 0x30, 0, 0,  // 32: IFLA_IFNAME "v0", one byte of padding
            8, 0, 4, 0, 0x78, 0x05, 0, 0,  // 40: IFLA_MTU 1400
            8, 0, 10, 0, 0, 0, 0, 0,  // 48: IFLA_MASTER, to be filled in
            60, 0, 18, 0x80,  // 56: IFLA_LINKINFO, NLA_F_NESTED
            9, 0, 1, 0, 0x76, 0x65, 0x74, 0x68, 0, 0, 0, 0,  // 60: IFLA_INFO_KIND "veth"
            44, 0, 2, 0x80,  // 72: IFLA_INFO_DATA
            40, 0, 1, 0x80,  // 76: VETH_INFO_PEER
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // 80: struct ifinfomsg of the peer
            9, 0, 3, 0, 0x65, 0x74, 0x68, 0x30, 0, 0, 0, 0,  // 96: IFLA_IFNAME "eth0"
            8, 0, 28, 0, 0, 0, 0, 0,  // 108: IFLA_NET_NS_FD, to be filled in
        ]
        #expect(try message.finish(sequence: 7, addingFlags: NLM.request | NLM.ack) == expected)
        #expect(message.slots == [.master: 52, .peerNamespace: 112])
    }

    @Test("an IPv4 address")
    func address() throws {
        let message = AddressRequest.add(try IPPrefix(parsing: "10.0.0.1/24"), link: 3)
        #expect(
            try message.finish(sequence: 1) == [
                40, 0, 0, 0, 20, 0, 0x00, 0x06, 1, 0, 0, 0, 0, 0, 0, 0,  // RTM_NEWADDR, NLM_F_EXCL | NLM_F_CREATE
                2, 24, 0, 0, 3, 0, 0, 0,  // struct ifaddrmsg: AF_INET, /24, no flags, the world's scope, link 3
                8, 0, 2, 0, 10, 0, 0, 1,  // IFA_LOCAL
                8, 0, 1, 0, 10, 0, 0, 1,  // IFA_ADDRESS
            ])
        #expect(message.slots == [.link: 20])
    }

    @Test("a default route by a gateway, and a route of a table with a large number")
    func routes() throws {
        let byGateway = RouteRequest.add(to: .all4, gateway: .v4(10, 0, 0, 1))
        #expect(
            try byGateway.finish() == [
                44, 0, 0, 0, 24, 0, 0x00, 0x06, 0, 0, 0, 0, 0, 0, 0, 0,  // RTM_NEWROUTE
                2, 0, 0, 0,  // AF_INET, destination 0.0.0.0/0, no source, no type of service
                254, 3, 0, 1,  // RT_TABLE_MAIN, RTPROT_BOOT, the world's scope, RTN_UNICAST
                0, 0, 0, 0,  // no flags
                8, 0, 15, 0, 254, 0, 0, 0,  // RTA_TABLE
                8, 0, 5, 0, 10, 0, 0, 1,  // RTA_GATEWAY
            ])
        let other = RouteRequest.add(to: try IPPrefix(parsing: "10.1.2.3/16"), outInterface: 4, table: 1000)
        #expect(
            try other.finish() == [
                52, 0, 0, 0, 24, 0, 0x00, 0x06, 0, 0, 0, 0, 0, 0, 0, 0,
                2, 16, 0, 0, 252, 3, 253, 1, 0, 0, 0, 0,  // RT_TABLE_COMPAT; the scope of a link
                8, 0, 1, 0, 10, 1, 0, 0,  // RTA_DST without the bits behind the length
                8, 0, 15, 0, 0xe8, 0x03, 0, 0,  // RTA_TABLE 1000
                8, 0, 4, 0, 4, 0, 0, 0,  // RTA_OIF
            ])
        #expect(other.slots == [.outInterface: 48])
    }

    @Test("numbers in network order, odd lengths, flags and empty nests")
    func attributes() throws {
        var message = MessageWriter(type: 0x0a03, flags: NLM.create)
        message.fixed(UInt8(2))
        message.fixed(UInt8(0))
        message.fixed(bigEndian: UInt16(0x1234))
        #expect(message.attribute(1, bigEndian: UInt64(5)) == 24)
        message.attribute(2, UInt8(9))
        message.flag(3)
        message.nested(4) { _ in }
        #expect(
            try message.finish(sequence: 0x0102_0304) == [
                48, 0, 0, 0, 0x03, 0x0a, 0x00, 0x04, 4, 3, 2, 1, 0, 0, 0, 0,
                2, 0, 0x12, 0x34,
                12, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5,
                5, 0, 2, 0, 9, 0, 0, 0,  // the length is 5, and three bytes are padding
                4, 0, 3, 0,
                4, 0, 4, 0x80,
            ])
    }

    @Test("an attribute that its length cannot say is an error, not a wrong message")
    func tooLong() {
        var message = MessageWriter(type: 16)
        message.attribute(1, bytes: [UInt8](repeating: 7, count: 65_531))
        #expect(throws: Never.self) { try message.finish() }
        message.attribute(1, bytes: [UInt8](repeating: 7, count: 65_532))
        #expect { _ = try message.finish() } throws: { ($0 as? NetlinkError)?.errno == .messageTooLong }
    }
}
