// What the library makes, `ip -json` sees, and the other way round.

import Foundation
import Glibc
import Linux
import SystemPackage
import TestSupport
import Testing

@testable import Netlink

/// A socket of rtnetlink in the shell's network namespace.
func routeSocket(_ shell: NamespaceShell) throws -> NetlinkSocket {
    try NetlinkSocket(.route, in: try NetworkNamespace(path: shell.path))
}

/// Asked once: does the kernel know links of kind dummy?
private let hasDummies: Bool = (try? NamespaceShell().run("ip link add d0 type dummy")) != nil

extension [String: Any] {
    fileprivate func text(_ key: String) -> String? { self[key] as? String }
    fileprivate func number(_ key: String) -> Int? { (self[key] as? NSNumber)?.intValue }
    fileprivate func part(_ key: String) -> [String: Any] { self[key] as? [String: Any] ?? [:] }
}

@Suite("links, addresses, routes and neighbours agree with ip(8)", .enabled(if: canUseNetworks, noNetworks))
struct RouteTests {
    @Test("links that the library makes")
    func makesLinks() throws {
        let shell = try NamespaceShell()
        var socket = try routeSocket(shell)
        let mac = try MACAddress(parsing: "02:00:00:00:00:07")
        let otherMac = try MACAddress(parsing: "02:00:00:00:00:17")
        try socket.request(
            LinkRequest.create(LinkName(parsing: "br0"), .bridge, options: LinkOptions(isUp: true)), object: "br0")
        let bridge = try #require(try socket.link(LinkName(parsing: "br0")))
        try socket.request(
            LinkRequest.create(
                LinkName(parsing: "v0"),
                .veth(peer: LinkName(parsing: "v1"), LinkOptions(mtu: 1300, mac: otherMac)),
                options: LinkOptions(isUp: true, mtu: 1400, mac: mac, master: bridge.index)), object: "v0")
        let v1 = try #require(try socket.link(LinkName(parsing: "v1")))
        try socket.request(LinkRequest.change(v1.index, LinkOptions(isUp: true)), object: "v1")

        let (seen, links) = try stableLinks(shell, &socket)
        #expect(Set(seen.compactMap { $0.text("ifname") }) == ["lo", "br0", "v0", "v1"])
        #expect(links.map(\.name).sorted() == seen.compactMap { $0.text("ifname") }.sorted())
        for object in seen {
            let link = try #require(links.first { Int($0.index) == object.number("ifindex") })
            let flags = object["flags"] as? [String] ?? []
            #expect(link.name == object.text("ifname"))
            #expect(Int(link.mtu) == object.number("mtu"))
            #expect(link.mac?.description == object.text("address"))
            #expect(link.isUp == flags.contains("UP") && link.hasCarrier == flags.contains("LOWER_UP"))
            #expect(link.kind == object.part("linkinfo").text("info_kind"))
            #expect("\(link.operationalState)".uppercased() == object.text("operstate"))
            #expect(link.master.flatMap { index in links.first { $0.index == index }?.name } == object.text("master"))
            let port = object.part("linkinfo").part("info_slave_data")
            #expect(link.bridgePort?.state.map { "\($0)" } == port.text("state"))
            #expect(link.bridgePort?.cost.map(Int.init) == port.number("cost"))
            let peer = links.first { $0.index == link.peerIndex }?.name
            #expect(peer == object.text("link"))
        }
        let v0 = try #require(links.first { $0.name == "v0" })
        #expect(v0.mac == mac && v0.mtu == 1400 && v0.master == bridge.index && v0.peerNamespace == nil)
        let end = try #require(links.first { $0.name == "v1" })
        #expect(end.mtu == 1300 && end.mac == otherMac && end.peerIndex == v0.index)
        #expect(try socket.links().allSatisfy { $0.statistics != nil })
        #expect(try socket.links(statistics: false).allSatisfy { $0.statistics == nil })
    }

    /// What ip sees between two equal readings: carriers and the states of ports follow a moment after what caused them.
    private func stableLinks(
        _ shell: NamespaceShell, _ socket: inout NetlinkSocket
    ) throws -> (seen: [[String: Any]], links: [Link]) {
        for _ in 0..<100 {
            let before = try socket.links(statistics: false)
            let seen = try shell.json("ip -json -details link")
            if try socket.links(statistics: false) == before { return (seen, before) }
        }
        throw Errno.timedOut
    }

    @Test("a dummy link", .enabled(if: hasDummies, "this kernel has no dummy links"))
    func dummy() throws {
        let shell = try NamespaceShell()
        var socket = try routeSocket(shell)
        try socket.request(LinkRequest.create(LinkName(parsing: "d0"), .dummy), object: "d0")
        #expect(try socket.link(LinkName(parsing: "d0"))?.kind == "dummy")
    }

    @Test("a link is renamed, taken down and up, out of its bridge, given another MTU and address, and deleted")
    func changesLinks() throws {
        let shell = try NamespaceShell()
        try shell.run("ip link add br0 type bridge && ip link add v0 master br0 up type veth peer name v1")
        var socket = try routeSocket(shell)
        let index = try #require(try socket.link(LinkName(parsing: "v0"))).index
        let mac = try MACAddress(parsing: "02:00:00:00:00:08")
        try socket.request(
            LinkRequest.change(index, LinkOptions(isUp: false, mtu: 1234, mac: mac, master: 0)), object: "v0")
        try socket.request(
            LinkRequest.change(index, LinkOptions(), renamedTo: LinkName(parsing: "other")), object: "v0")
        let object = try #require(try shell.json("ip -json link show other").first)
        #expect(object.number("mtu") == 1234 && object.text("address") == mac.description)
        #expect(object.text("master") == nil && !(object["flags"] as? [String] ?? []).contains("UP"))
        try socket.request(LinkRequest.change(index, LinkOptions(isUp: true)), object: "other")
        #expect(try socket.link(index: index)?.isUp == true)
        try socket.request(LinkRequest.delete(index), object: "other")
        #expect(try socket.link(index: index) == nil)
        #expect(try socket.link(LinkName(parsing: "v1")) == nil)
    }

    private static func lines(of routes: [Route]) -> [IPAddress.Family: [String]] {
        Dictionary(grouping: routes, by: \.family).mapValues { routes in
            routes.map { route in
                let destination = route.destination?.description ?? "default"
                let gateway = route.gateway?.description ?? ""
                return "\(destination) \(gateway) \(route.metric) \(route.source?.description ?? "") \(route.table)"
            }.sorted()
        }
    }

    /// The same lines from ip(8).
    private static func routes(_ family: IPAddress.Family, in shell: NamespaceShell) throws -> [String] {
        try shell.json("ip -json -N \(family == .v4 ? "-4" : "-6") route show table all").map { route in
            let destination = route.text("dst") ?? ""
            let isPlain = destination == "default" || destination.contains("/")
            let whole = isPlain ? destination : "\(destination)/\(family.bits)"
            let gateway = route.text("gateway") ?? ""
            let source = route.text("prefsrc") ?? ""
            return "\(whole) \(gateway) \(route.number("metric") ?? 0) \(source) \(route.text("table") ?? "254")"
        }.sorted()
    }

    @Test("addresses and routes of both families, that the library makes and that ip makes")
    func addressesAndRoutes() throws {
        let shell = try NamespaceShell()
        try shell.run(
            """
            ip link set lo up; ip link add d0 up type veth peer name d1; ip link set d1 up
            ip addr add 10.1.0.1/24 dev d0
            ip addr add fd01::1/64 dev d0 nodad; ip route add 10.9.0.0/16 via 10.1.0.9 metric 7
            ip route add blackhole 10.8.0.0/16; ip route add 10.7.0.0/16 dev d0 table 1000
            """)
        var socket = try routeSocket(shell)
        let index = try #require(try socket.link(LinkName(parsing: "d0"))).index
        for text in ["10.2.0.1/24", "fd02::1/64", "10.3.0.1/32"] {
            let request = AddressRequest.add(try IPPrefix(parsing: text), link: index, isUsedAtOnce: true)
            try socket.request(request, object: text)
        }
        try socket.request(RouteRequest.add(to: .all4, gateway: .v4(10, 2, 0, 254)), object: "default")
        try socket.request(
            RouteRequest.add(to: .all6, gateway: IPAddress(parsing: "fd02::fe"), outInterface: index), object: "default"
        )
        try socket.request(
            RouteRequest.add(to: IPPrefix(parsing: "10.6.5.4/16"), outInterface: index, source: .v4(10, 2, 0, 1)),
            object: "10.6.0.0/16")

        let seenAddresses = try shell.json("ip -json address").flatMap { link in
            (link["addr_info"] as? [[String: Any]] ?? []).map {
                "\(link.number("ifindex") ?? 0) \($0.text("local") ?? "")/\($0.number("prefixlen") ?? 0)"
            }
        }
        let addresses = try socket.addresses()
        #expect(Set(addresses.map { "\($0.linkIndex) \($0.address)/\($0.prefixLength)" }) == Set(seenAddresses))
        #expect(seenAddresses.count == addresses.count && addresses.count >= 7)
        #expect(addresses.first { $0.address == IPAddress("fd02::1") }?.isTentative == false)

        // The kernel still adds local routes by itself: what is compared lies between two equal readings.
        var routes = try socket.routes()
        var seen: [IPAddress.Family: [String]] = [:]
        let deadline = ContinuousClock.now + Deadline.duration
        while true {
            let before = Self.lines(of: routes)
            for family in IPAddress.Family.allCases { seen[family] = try Self.routes(family, in: shell) }
            routes = try socket.routes()
            if Self.lines(of: routes) == before || ContinuousClock.now > deadline { break }
        }
        #expect(Self.lines(of: routes) == seen)
        #expect(seen.values.allSatisfy { !$0.isEmpty })
        #expect(routes.contains { $0.destination == IPPrefix("10.8.0.0/16") && $0.kind == .blackhole })
        #expect(routes.contains { $0.destination == IPPrefix("10.6.0.0/16") && $0.outInterface == index })

        try socket.request(RouteRequest.remove(to: .all4), object: "default")
        try socket.request(AddressRequest.remove(IPPrefix(parsing: "10.2.0.1/24"), link: index), object: "10.2.0.1/24")
        #expect(try shell.json("ip -json -4 route show default").isEmpty)
        #expect(try !socket.addresses(.v4).contains { $0.address == .v4(10, 2, 0, 1) })
        #expect(try socket.addresses(.v6).allSatisfy { $0.address.family == .v6 })
    }

    @Test("neighbours, and what a bridge has learnt")
    func neighbours() throws {
        let shell = try NamespaceShell()
        try shell.run(
            """
            ip link add br0 up type bridge; ip link add v0 up master br0 type veth peer name v1
            ip link set v1 up; ip addr add 10.1.0.1/24 dev br0
            bridge fdb add 02:00:00:00:00:09 dev v0 master static
            """)
        var socket = try routeSocket(shell)
        let bridge = try #require(try socket.link(LinkName(parsing: "br0"))).index
        let mac = try MACAddress(parsing: "02:00:00:00:00:05")
        try socket.request(NeighbourRequest.add(.v4(10, 1, 0, 5), mac, link: bridge), object: "10.1.0.5")
        let object = try #require(try shell.json("ip -json neigh show 10.1.0.5").first)
        #expect(object.text("lladdr") == mac.description && (object["state"] as? [String]) == ["PERMANENT"])
        let neighbour = try #require(try socket.neighbours().first { $0.address == .v4(10, 1, 0, 5) })
        #expect(neighbour.mac == mac && neighbour.state == .permanent && neighbour.linkIndex == bridge)
        let entries = try socket.forwardingEntries()
        let port = try #require(try socket.link(LinkName(parsing: "v0"))).index
        #expect(
            entries.contains {
                $0.mac == MACAddress("02:00:00:00:00:09") && $0.linkIndex == port && $0.bridge == bridge
            })
        try socket.request(NeighbourRequest.remove(.v4(10, 1, 0, 5), link: bridge), object: "10.1.0.5")
        #expect(try !socket.neighbours().contains { $0.address == .v4(10, 1, 0, 5) && $0.state == .permanent })
    }

    @Test("counters move when packets do")
    func statistics() throws {
        let shell = try NamespaceShell()
        try shell.run("ip link set lo up")
        var socket = try routeSocket(shell)
        let before = try #require(try socket.links().first { $0.isLoopback }?.statistics)
        let udp = try NetworkNamespace(path: shell.path).socket(
            domain: AF_INET, type: Int32(SOCK_DGRAM.rawValue), protocol: 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = UInt16(9).bigEndian
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let sent = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(
                    udp.raw, [UInt8](repeating: 1, count: 100), 100, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        #expect(sent == 100)
        let after = try #require(try socket.links().first { $0.isLoopback }?.statistics)
        #expect(after.sentPackets > before.sentPackets && after.receivedBytes >= before.receivedBytes + 100)
    }

    @Test("a cable between two namespaces: each end knows the other's index and the number of its namespace")
    func twoNamespaces() throws {
        let shell = try NamespaceShell()
        let other = try NamespaceShell(beside: shell)
        let far = try NetworkNamespace(path: other.path)
        var socket = try routeSocket(shell)
        try socket.request(
            LinkRequest.create(
                LinkName(parsing: "v0"),
                .veth(peer: LinkName(parsing: "eth0"), LinkOptions(namespace: far.descriptor)),
                options: LinkOptions(isUp: true)), object: "v0")
        var farSocket = try routeSocket(other)
        let near = try #require(try socket.link(LinkName(parsing: "v0")))
        let name = try LinkName(parsing: "eth0")
        var end = try #require(try farSocket.link(name))
        try farSocket.request(LinkRequest.change(end.index, LinkOptions(isUp: true)), object: "eth0")
        end = try #require(try farSocket.link(name))
        #expect(near.peerIndex == end.index && end.peerIndex == near.index)
        let number = try #require(try socket.namespaceID(ofDescriptor: far.descriptor))
        #expect(near.peerNamespace == number)
        #expect(end.isUp && end.hasCarrier)
        #expect(try socket.namespaceID(ofDescriptor: far.descriptor) == number)
        let third = try NamespaceShell(beside: shell)
        let stranger = try NetworkNamespace(path: third.path)
        #expect(try socket.namespaceID(ofDescriptor: stranger.descriptor) == nil)
        try socket.request(NamespaceIDRequest.set(descriptor: stranger.descriptor, id: 77), object: "stranger")
        #expect(try socket.namespaceID(ofDescriptor: stranger.descriptor) == 77)
        // ip(8) moves it back by number of a process of its own; here the library does, by descriptor.
        let home = try NetworkNamespace(path: shell.path)
        try farSocket.request(
            LinkRequest.change(end.index, LinkOptions(namespace: home.descriptor)), object: "eth0")
        #expect(try farSocket.link(LinkName(parsing: "eth0")) == nil)
        #expect(try socket.link(LinkName(parsing: "eth0"))?.peerNamespace == nil)
    }

    @Test("when the namespace of the peer dies, the link goes, and what was known of it is an error or nil")
    func deadPeer() throws {
        let shell = try NamespaceShell()
        var other: NamespaceShell? = try NamespaceShell(beside: shell)
        var socket = try routeSocket(shell)
        let near = try makeCable(&socket, to: other)
        let events = try routeSocket(shell)
        #expect(cnl_set_option_join(events.descriptor, 1) == 0)
        other = nil
        // The kernel takes namespaces down on a thread of its own, and tells when the link goes.
        let deadline = ContinuousClock.now + Deadline.duration
        while try socket.link(index: near.index) != nil {
            try #require(ContinuousClock.now < deadline)
            var polled = pollfd(fd: events.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&polled, 1, 1000)
            var drop = [UInt8](repeating: 0, count: 65_536)
            _ = recv(events.descriptor, &drop, drop.count, Int32(MSG_DONTWAIT))
        }
        #expect(try !socket.links().contains { $0.name == "v0" })
        #expect(throws: NetlinkError.self) {
            try socket.request(LinkRequest.change(near.index, LinkOptions(isUp: true)), object: "v0")
        }
    }

    private func makeCable(_ socket: inout NetlinkSocket, to other: NamespaceShell?) throws -> Link {
        let far = try NetworkNamespace(path: try #require(other).path)
        try socket.request(
            LinkRequest.create(
                LinkName(parsing: "v0"),
                .veth(peer: LinkName(parsing: "eth0"), LinkOptions(namespace: far.descriptor))), object: "v0")
        return try #require(try socket.link(LinkName(parsing: "v0")))
    }
}
