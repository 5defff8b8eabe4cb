// Damaged frames by the ten thousand: nothing traps, nothing loops, nothing is read behind the end.

import Netlink
import TestSupport
import Testing

/// Walks everything that is in a run of attributes, nests in nests, and counts the steps.
private func walk(_ attributes: Attributes, depth: Int = 0) -> Int {
    var steps = 0
    for attribute in attributes {
        steps += 1
        _ = (attribute.uint8, attribute.uint16, attribute.big32, attribute.uint64, attribute.int32)
        _ = (attribute.string, attribute.address, attribute.mac)
        if depth < 6 { steps += walk(attribute.nested, depth: depth + 1) }
    }
    return steps
}

/// Everything that reads a message.
private func readAll(_ datagram: [UInt8]) -> Int {
    var steps = 0
    for message in NetlinkMessage.parse(datagram[...]).messages {
        steps += 1
        _ = message.acknowledgement
        _ = (Link(message), InterfaceAddress(message), Route(message), Neighbour(message), ForwardingEntry(message))
        _ = NamespaceIDRequest.id(in: message)
        for fixed in [0, 4, 8, 12, 16] { steps += walk(message.attributes(after: fixed)) }
    }
    return steps
}

@Suite("damaged frames do no harm")
struct FuzzTests {
    /// Frames of every type, as the kernel would send them.
    static func seeds() throws -> [[UInt8]] {
        let name = try LinkName(parsing: "veth0")
        let mac = try MACAddress(parsing: "02:00:00:00:00:01")
        let prefix = try IPPrefix(parsing: "fd00::1/64")
        let options = LinkOptions(isUp: true, mtu: 1500, mac: mac, master: 3, namespace: 4)
        var statistics = LinkRequest.change(5, options)
        statistics.attribute(IFLA.statistics64, bytes: [UInt8](repeating: 3, count: 200))
        statistics.nested(IFLA.linkInfo) { info in
            info.attribute(IFLA.Info.portKind, string: "bridge")
            info.nested(IFLA.Info.portData) { $0.attribute(IFLA.BridgePort.state, UInt8(3)) }
        }
        var route = RouteRequest.add(to: prefix, gateway: prefix.address, outInterface: 2)
        route.attribute(RTA.multipath, bytes: [16, 0, 0, 0, 2, 0, 0, 0, 8, 0, 5, 0, 10, 0, 0, 1])
        var error = MessageWriter(type: NLMSG.error, flags: NLM.ackAttributes)
        error.fixed(Int32(-22))
        error.bytes([UInt8](repeating: 40, count: 40))
        error.attribute(1, string: "no such thing")
        let messages = [
            LinkRequest.create(name, .veth(peer: name, options), options: options), statistics, route, error,
            AddressRequest.add(prefix, link: 1), NeighbourRequest.add(prefix.address, mac, link: 1),
            NamespaceIDRequest.set(descriptor: 3, id: 2),
        ]
        let frames = try messages.map { try $0.finish(sequence: 1) }
        return frames + [frames.flatMap { $0 }]
    }

    @Test("8,000 damaged datagrams are read in bounded steps and time")
    func damage() throws {
        var generator = SeededGenerator(seed: 4)
        let seeds = try Self.seeds()
        var longest = Duration.zero
        var excessive: [[UInt8]] = []
        for _ in 0..<1000 {
            for seed in seeds {
                let datagram = seed.damaged(by: &generator)
                var steps = 0
                longest = max(longest, processorTime { steps = readAll(datagram) })
                // Each step takes 4 bytes at least, at each of 7 depths and 5 places.
                if steps > datagram.count / 4 * 7 * 5 + 16 { excessive.append(datagram) }
            }
        }
        #expect(excessive.isEmpty)
        #expect(longest < .seconds(10))
    }

    @Test("random bytes")
    func noise() {
        var generator = SeededGenerator(seed: 5)
        for length in stride(from: 0, to: 2000, by: 7) {
            var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if length >= 16 {
                bytes.replaceSubrange(0..<6, with: [UInt8(length & 255), UInt8(length >> 8), 0, 0, 16, 0])
            }
            _ = readAll(bytes)
        }
    }

    @Test("the longest datagram of the shortest attributes takes no noticeable time")
    func longest() throws {
        var message = MessageWriter(type: RTM.newLink)
        message.bytes([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        for _ in 0..<50_000 { message.flag(IFLA.linkInfo) }
        let bytes = try message.finish()
        let time = processorTime {
            for message in NetlinkMessage.parse(bytes[...]).messages {
                #expect(Link(message)?.index == 1)
                #expect(message.attributes(after: 16)[0x3fff] == nil)
            }
        }
        #expect(time < .seconds(15))
    }

    @Test("a nest in a nest in a nest: nothing recurses that was not asked to")
    func deep() throws {
        var bytes: [UInt8] = []
        for depth in 0..<4_000 {
            let length = UInt16((4_000 - depth) * 4)
            bytes += [UInt8(length & 255), UInt8(length >> 8), UInt8(IFLA.linkInfo), 0x80]
        }
        var place = Attributes(bytes[...])
        var depth = 0
        while let inner = place.first(where: { _ in true }) {
            place = inner.nested
            depth += 1
        }
        #expect(depth == 4_000)
    }
}
