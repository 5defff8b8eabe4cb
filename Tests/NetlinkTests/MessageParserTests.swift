// Frames from the kernel, and frames that no kernel sends. The frames are of little-endian machines.

import SystemPackage
import Testing

@testable import Netlink

/// The parts of a frame, one after another.
private func frame(_ parts: [UInt8]...) -> NetlinkBytes { Array(parts.joined())[...] }

@Suite("messages are parsed within their bounds")
struct MessageParserTests {
    @Test("several messages of a datagram, and the end of a dump")
    func multipart() throws {
        let (messages, isDamaged) = NetlinkMessage.parse(
            frame(
                // RTM_NEWADDR, NLM_F_MULTI, 5 bytes
                [21, 0, 0, 0, 20, 0, 2, 0, 9, 0, 0, 0, 5, 0, 0, 0, 2, 24, 0, 0, 7],
                [0, 0, 0],  // padding
                [20, 0, 0, 0, 3, 0, 2, 0, 9, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]))  // NLMSG_DONE, no error
        #expect(!isDamaged)
        #expect(messages.map(\.type) == [RTM.newAddress, NLMSG.done])
        #expect(messages.map(\.sequence) == [9, 9])
        #expect(messages.first?.portID == 5)
        #expect(messages.first.map { Array($0.payload) } == [2, 24, 0, 0, 7])
        #expect(messages.first?.acknowledgement == nil)
        #expect(
            messages.last?.acknowledgement
                == Acknowledgement(errno: nil, message: nil, offset: nil, missingType: nil, sequence: 9))
    }

    @Test("an error with the kernel's words and place")
    func extendedAcknowledgement() throws {
        let words = Array("bad gate".utf8) + [0]
        let capped = frame(
            [64, 0, 0, 0, 2, 0, 0x00, 0x03, 9, 0, 0, 0, 0, 0, 0, 0],  // NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS
            [0x9b, 0xff, 0xff, 0xff],  // -101: ENETUNREACH
            [44, 0, 0, 0, 24, 0, 5, 0, 9, 0, 0, 0, 0, 0, 0, 0],  // the request's header, of which no more is repeated
            [13, 0, 1, 0], words, [0, 0, 0],  // NLMSGERR_ATTR_MSG
            [8, 0, 2, 0, 36, 0, 0, 0],  // NLMSGERR_ATTR_OFFS
            [4, 0, 9, 0])  // something newer
        let expected = Acknowledgement(
            errno: .networkUnreachable, message: "bad gate", offset: 36, missingType: nil, sequence: 9)
        #expect(NetlinkMessage.parse(capped).messages.first?.acknowledgement == expected)

        // Without NETLINK_CAP_ACK the request's payload stands between, here 5 bytes and padding.
        let whole = frame(
            [64, 0, 0, 0, 2, 0, 0x00, 0x02, 9, 0, 0, 0, 0, 0, 0, 0],
            [0x9b, 0xff, 0xff, 0xff],
            [21, 0, 0, 0, 24, 0, 5, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0],
            [12, 0, 1, 0], Array("bad gate".utf8), [8, 0, 2, 0, 36, 0, 0, 0])
        #expect(NetlinkMessage.parse(whole).messages.first?.acknowledgement == expected)
    }

    @Test("an error that is too short to say which is an error, not success", arguments: [0, 1, 3])
    func shortError(count: UInt8) {
        let bytes = frame(
            [16 + count, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], [UInt8](repeating: 0, count: Int(count)))
        #expect(NetlinkMessage.parse(bytes).messages.first?.acknowledgement?.errno == .badMessage)
    }

    @Test(
        "a length that does not fit ends the datagram",
        arguments: [
            [0, 0, 0, 0], [15, 0, 0, 0], [17, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0x7f],
        ] as [[UInt8]])
    func badLength(length: [UInt8]) {
        let (messages, isDamaged) = NetlinkMessage.parse(frame(length, [UInt8](repeating: 0, count: 12)))
        #expect(messages.isEmpty)
        #expect(isDamaged)
    }

    @Test("getters are nil for payloads of another length")
    func getters() throws {
        let attributes = Attributes(
            frame(
                [6, 0, 1, 0, 0x34, 0x12, 0, 0],  // two bytes
                [8, 0, 2, 0x80, 0x78, 0x56, 0x34, 0x12],  // four, NLA_F_NESTED
                [8, 0, 3, 0x40, 0x12, 0x34, 0x56, 0x78],  // four, NLA_F_NET_BYTEORDER
                [4, 0, 4, 0],  // none
                [7, 0, 5, 0, 0x61, 0, 0x62, 0],  // "a", then more behind the zero
                [6, 0, 6, 0, 0xff, 0xfe]))  // no UTF-8, and no padding at the end
        #expect(!attributes.isDamaged)
        #expect(attributes.map(\.type) == [1, 2, 3, 4, 5, 6])
        #expect(attributes[1]?.uint16 == 0x1234)
        #expect(attributes[1]?.big16 == 0x3412)
        #expect(attributes[1]?.uint32 == nil)
        #expect(attributes[1]?.uint8 == nil)
        #expect(attributes[2]?.isNested == true)
        #expect(attributes[2]?.uint32 == 0x1234_5678)
        #expect(attributes[3]?.big32 == 0x1234_5678)
        #expect(attributes[3]?.uint64 == nil)
        #expect(attributes[4]?.string == "")
        #expect(attributes[4]?.address == nil)
        #expect(attributes[5]?.string == "a")
        #expect(attributes[6]?.string == nil)
        #expect(attributes[7] == nil)
    }

    @Test(
        "attributes whose lengths lie",
        arguments: [
            ([0, 0, 1, 0, 0, 0, 0, 0], 0),  // a length of 0 would never end
            // shorter than itself, longer than all
            ([3, 0, 1, 0], 0), ([5, 0, 1, 0], 0), ([0xff, 0xff, 1, 0, 1, 2], 0),
            ([4, 0], 0), ([4], 0),  // half a header
            ([4, 0, 1, 0, 9], 1),  // something behind the last
            ([5, 0, 1, 0, 7], 1), ([5, 0, 1, 0, 7, 0], 1),  // padding missing, or a part of it
            ([5, 0, 1, 0, 7, 0, 0, 0, 2, 0, 2, 0], 1),
        ] as [([UInt8], Int)])
    func lies(bytes: [UInt8], count: Int) {
        let attributes = Attributes(bytes[...])
        #expect(Array(attributes).count == count)
        // Up to three bytes of padding may be missing; anything else is damage.
        #expect(attributes.isDamaged == ![[5, 0, 1, 0, 7], [5, 0, 1, 0, 7, 0]].contains(bytes))
    }

    @Test("a link, with the counters, the bridge's port and the peer in another namespace")
    func link() throws {
        var statistics = [UInt8]()
        for number in 1...24 { statistics += [UInt8(number), 0, 0, 0, 0, 0, 0, 0] }
        let message = try #require(
            NetlinkMessage.parse(
                frame(
                    [80, 1, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
                    [0, 0, 1, 0, 4, 0, 0, 0, 0x43, 0x10, 1, 0, 0, 0, 0, 0],  // Ethernet, link 4, up, lower up
                    [10, 0, 3, 0, 0x76, 0x65, 0x74, 0x68, 0x30, 0, 0, 0],  // IFLA_IFNAME "veth0"
                    [8, 0, 4, 0, 0xdc, 5, 0, 0],  // IFLA_MTU 1500
                    [5, 0, 16, 0, 6, 0, 0, 0],  // IFLA_OPERSTATE up
                    [10, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 0],  // IFLA_ADDRESS
                    [8, 0, 10, 0, 9, 0, 0, 0],  // IFLA_MASTER
                    [8, 0, 5, 0, 2, 0, 0, 0],  // IFLA_LINK
                    [8, 0, 37, 0, 1, 0, 0, 0],  // IFLA_LINK_NETNSID
                    [196, 0, 23, 0], statistics,  // IFLA_STATS64
                    [44, 0, 18, 0],  // IFLA_LINKINFO, without the flag, as kernels send it
                    [9, 0, 1, 0, 0x76, 0x65, 0x74, 0x68, 0, 0, 0, 0],  // IFLA_INFO_KIND "veth"
                    [11, 0, 4, 0, 0x62, 0x72, 0x69, 0x64, 0x67, 0x65, 0, 0],  // IFLA_INFO_SLAVE_KIND "bridge"
                    [16, 0, 5, 0],  // IFLA_INFO_SLAVE_DATA
                    [5, 0, 1, 0, 3, 0, 0, 0],  // IFLA_BRPORT_STATE: forwarding
                    [0, 0, 0, 0])
            ).messages.first)  // and a lie at the end of the nest
        let link = try #require(Link(message))
        #expect(link.index == 4 && link.name == "veth0" && link.kind == "veth" && link.mtu == 1500)
        #expect(link.isUp && link.hasCarrier && !link.isLoopback)
        #expect(link.operationalState == .up)
        #expect(link.mac?.description == "02:00:00:00:00:01")
        #expect(link.master == 9 && link.peerIndex == 2 && link.peerNamespace == 1)
        #expect(link.bridgePort?.state == .forwarding)
        #expect(link.statistics?.receivedPackets == 1 && link.statistics?.sendDropped == 8)
    }

    @Test("a peer with the same index, which older kernels do not write down")
    func sameIndex() throws {
        let bytes = frame(
            [40, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
            [0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [8, 0, 37, 0, 0, 0, 0, 0])
        let link = try #require(NetlinkMessage.parse(bytes).messages.first.flatMap { Link($0) })
        #expect(link.peerIndex == 2 && link.peerNamespace == 0)
    }

    @Test("a route with several ways, one of them by an IPv6 gateway, and a last one that lies")
    func multipathRoute() throws {
        let bytes = frame(
            [84, 0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
            [2, 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0],
            [56, 0, 9, 0],  // RTA_MULTIPATH
            [16, 0, 0, 0, 2, 0, 0, 0, 8, 0, 5, 0, 10, 0, 0, 1],  // link 2, RTA_GATEWAY
            // RTA_VIA
            [32, 0, 0, 4, 3, 0, 0, 0, 22, 0, 18, 0, 10, 0, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0],
            [0, 0, 0, 0])
        let route = try #require(NetlinkMessage.parse(bytes).messages.first.flatMap(Route.init))
        #expect(route.isDefault && route.family == .v4 && route.outInterface == nil)
        #expect(
            route.nextHops == [
                NextHop(outInterface: 2, gateway: .v4(10, 0, 0, 1), weight: 1),
                NextHop(outInterface: 3, gateway: IPAddress("fe80::1"), weight: 5),
            ])
    }
}
