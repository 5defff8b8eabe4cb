// The bridge of a node, and the names of the cables that are plugged into it.

import Isolation
import Netlink

struct NodeNetwork {
    let bridge: LinkName
    let gateway: IPPrefix

    /// Makes the bridge, or takes the one that is there.
    func setUp() throws(PodError) {
        let there: Link?
        var addresses: [InterfaceAddress] = []
        do throws(NetlinkError) {
            var socket = try NetlinkSocket(.route)
            there = try socket.link(bridge)
            if let there {
                addresses = try socket.addresses(.v4).filter { $0.linkIndex == there.index }
            }
        } catch {
            throw PodError("set up bridge", bridge.text, errno: error.errno, meaning: "\(error)")
        }
        if let there, there.kind != "bridge" {
            throw PodError(
                "set up bridge", bridge.text, meaning: "there is a link of this name that is no bridge",
                hint: "give it another name: ip link set \(bridge) name …")
        }
        var steps: [Step] = []
        if there == nil {
            // Without a MAC of its own a bridge takes that of one of its ports, and every pod would have to ask again.
            let mac: [LinkSetting] = MACAddress.ofPod(gateway.address).map { [.mac($0)] } ?? []
            steps.append(.network(.addLink(.bridge(bridge), mac + [.up])))
        } else if there?.isUp == false {
            steps.append(.network(.setLink(bridge, [.up])))
        }
        if !addresses.contains(where: { $0.prefix == gateway }) {
            steps.append(.network(.addAddress(gateway, to: bridge)))
        }
        guard !steps.isEmpty else { return }
        try run(steps, "set up bridge", bridge.text)
    }

    func run(_ steps: [Step], _ operation: String, _ object: String) throws(PodError) {
        do throws(IsolationError) {
            _ = try Plan(steps + [.finish]).run()
        } catch {
            throw PodError(operation, object, error)
        }
    }

    /// A name that no link of the node has, in the manner of CNI's bridge plugin.
    static func cableName() -> LinkName? {
        let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return LinkName("veth" + String(repeating: "0", count: 8 - digits.count) + digits)
    }

    private static func isCable(_ name: String) -> Bool {
        let digits = name.dropFirst(4).utf8
        return name.hasPrefix("veth") && digits.count == 8
            && digits.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
            }
    }

    /// The cables in the bridge that this runtime has named.
    func cables() -> [LinkName] {
        guard var socket = try? NetlinkSocket(.route), let links = try? socket.links(statistics: false),
            let own = links.first(where: { $0.name == bridge.text })
        else { return [] }
        return links.filter { $0.master == own.index && Self.isCable($0.name) }.compactMap { LinkName($0.name) }
    }

    /// Takes links away; those that are gone already are no error.
    func remove(_ links: [LinkName]) {
        for link in links { _ = try? Plan([.network(.deleteLink(link)), .finish]).run() }
    }
}
