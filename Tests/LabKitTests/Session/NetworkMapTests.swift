// Who is wired to whom, read from namespaces of the test's own.

import Foundation
import KernelState
import Testing

@testable import LabKit

@Suite("the map of a playground's network", .needsNetworks)
struct NetworkMapTests {
    @Test("it has every namespace, every link, and each cable once")
    func map() throws {
        let box = try NetworkSandbox()
        try box.addPod("blue")
        try box.run(
            """
            ip link add br0 type bridge; ip link set br0 up
            ip netns add green; ip link add eth0 netns green type veth peer name veth-green
            ip link set veth-green master br0 up; ip -n green link set eth0 up
            ip -n blue route add default via 10.244.1.1
            unshare --net sh -c 'ip link add here type veth peer name there; echo ready; exec sleep 1000' > /run/out &
            until grep -q ready /run/out; do :; done
            """)
        let map = try NetworkMap.read(of: box.node)
        #expect(map.namespaces.count == 4 && map.namespaces[0].isNode, "\(map)")
        let node = map.namespaces[0]
        let blue = try #require(map.namespaces.first { $0.names == ["blue"] })
        let green = try #require(map.namespaces.first { $0.names == ["green"] })
        let other = try #require(map.namespaces.first { $0.processes == ["sleep"] })
        #expect(other.names.isEmpty && blue.processes.isEmpty && node.processes.contains("sh"))
        let inside = try #require(blue.links.first { $0.name == "eth0" })
        #expect(inside.peer?.namespace == node.id && inside.peer?.name == "veth-blue" && inside.hasCarrier)
        #expect(inside.addresses.contains("10.244.1.2/24") && blue.routes.contains("default via 10.244.1.1 dev eth0"))
        #expect(node.links.first { $0.name == "veth-green" }?.master == "br0")
        let ends = map.cables.map { [$0.one.name ?? "", $0.other.name ?? ""].sorted() }.sorted { $0[0] < $1[0] }
        #expect(ends == [["eth0", "veth-blue"], ["eth0", "veth-green"], ["here", "there"]], "\(ends)")
        let pair = try #require(map.cables.first { $0.one.name == "here" || $0.other.name == "here" })
        #expect(pair.one.namespace == other.id && pair.other.namespace == other.id)
        #expect(map.cables.contains { Set([$0.one.namespace, $0.other.namespace]) == [node.id, green.id] })
        let copy = try JSONDecoder().decode(NetworkMap.self, from: Data(try map.json().utf8))
        #expect(copy == map && copy.schema == "podlab.network/v1")
    }

    @Test("a cable out of the playground has an end that nobody knows")
    func outside() throws {
        let box = try NetworkSandbox()
        let other = try NetworkSandbox()
        // The other end is moved to a namespace of the same owner which no process or name of the playground has: one that a
        // mount of another name holds.
        try box.run(
            """
            ip netns add far; ip link add near type veth peer name end netns far
            touch /run/held; mount --bind /run/netns/far /run/held; ip netns del far
            """)
        let map = try NetworkMap.read(of: box.node)
        let near = try #require(map.namespaces[0].links.first { $0.name == "near" })
        #expect(near.peer != nil && near.peer?.namespace == nil && near.peer?.name == nil, "\(near)")
        #expect(map.cables.count == 1)
        #expect(try NetworkMap.read(of: other.node).cables.isEmpty)
    }
}
