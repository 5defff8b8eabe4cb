// Who is wired to whom, across all network namespaces of a session: data, for whoever draws it.

import FoundationEssentials
import Glibc
import KernelState
import Linux
import Netlink
import Playgrounds
import SystemPackage
import Text

/// The network namespaces of a playground at one moment, their links, and the cables between them.
package struct NetworkMap: Codable, Sendable, Equatable {
    package static let schema = "podlab.network/v1"

    /// A network namespace. `id` is what its processes' `/proc/PID/ns/net` says: `net:[4026532183]`.
    package struct Namespace: Codable, Sendable, Equatable {
        package var id: String
        /// It is the node's own.
        package var isNode: Bool
        /// Files of /run/netns that hold it.
        package var names: [String]
        /// Hosts of the scene that live in it.
        package var hosts: [String]
        /// Its processes, by their names.
        package var processes: [String]
        package var links: [Link]
        /// Of the main table: `default via 10.244.1.1 dev eth0`.
        package var routes: [String]
        package var forwards: Bool?
    }

    package struct Link: Codable, Sendable, Equatable {
        package var index: Int32
        package var name: String
        /// `veth`, `bridge` …; nil for lo and for hardware.
        package var kind: String?
        package var isUp: Bool
        package var hasCarrier: Bool
        package var mac: String?
        /// With the lengths of their prefixes.
        package var addresses: [String]
        /// The bridge that it is a port of.
        package var master: String?
        /// The other end of its cable.
        package var peer: End?
    }

    /// One end of a cable. Nil: the other end is in a namespace that was not found, outside of the playground for example.
    package struct End: Codable, Sendable, Hashable {
        package var namespace: String?
        package var index: Int32
        package var name: String?
    }

    /// A veth pair, each pair once.
    package struct Cable: Codable, Sendable, Hashable {
        package var one: End
        package var other: End
    }

    package var schema = NetworkMap.schema
    /// The node's first.
    package var namespaces: [Namespace]
    package var cables: [Cable]

    package func namespace(_ id: String) -> Namespace? { namespaces.first { $0.id == id } }

    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension NetworkMap {
    /// Reads the namespaces of all processes of a playground, and those that only a file of /run/netns holds.
    /// - Parameter hosts: processes of the scene, by name.
    package static func read(of node: NodeView, hosts: [String: ProcessIdentity] = [:]) throws -> NetworkMap {
        let processes = try node.processes(fields: .namespaces).all
        let root = try node.root()
        let files = (try? root.names(in: "/run/netns")) ?? []
        var names: [NamespaceID: [String]] = [:]
        var held: [SharedDescriptor] = []
        for name in files {
            guard let namespace = try? root.networkNamespace(at: FilePath("/run/netns/\(name)")) else { continue }
            names[namespace.id, default: []].append(terminalSafe(name))
            if let copy = try? Descriptor.copy(of: namespace.descriptor) { held.append(SharedDescriptor(copy)) }
        }
        let set = withExtendedLifetime(held) {
            NetworkNamespaceSet(
                processes: processes.map(\.pid) + [node.initProcess.pid], descriptors: held.map(\.raw))
        }
        let own = node.namespaces[.network]
        var map = NetworkMap(namespaces: [], cables: [])
        for id in set.namespaces.sorted(by: { $0 == own && $1 != own }) {
            guard let namespace = try set.open(id) else { continue }
            let state = try NetworkState.read(
                [.links, .addresses, .routes, .forwarding], in: namespace, peers: set)
            let members = processes.filter { $0.namespace(.network) == id }
            map.namespaces.append(
                Namespace(
                    id: "\(id)", isNode: id == own, names: names[id] ?? [],
                    hosts: hosts.filter { host in members.contains { $0.identity == host.value } }.keys.sorted(),
                    processes: members.map { terminalSafe($0.comm) },
                    links: state.links.map { Link($0, in: state) },
                    routes: state.routes.filter { $0.table == Route.mainTable }.map {
                        terminalSafe(state.summary(of: $0))
                    },
                    forwards: state.forwardsIPv4))
        }
        map.nameEnds()
        return map
    }

    /// Gives every end its name, which its own namespace knows, and lists each cable once.
    private mutating func nameEnds() {
        var known: [End: String] = [:]
        for namespace in namespaces {
            for link in namespace.links { known[End(namespace: namespace.id, index: link.index)] = link.name }
        }
        var cables: [Cable] = []
        for place in namespaces.indices {
            for index in namespaces[place].links.indices {
                guard let peer = namespaces[place].links[index].peer else { continue }
                let link = namespaces[place].links[index]
                namespaces[place].links[index].peer?.name = known[peer]
                guard link.kind == "veth" else { continue }
                let cable = Cable(
                    one: End(namespace: namespaces[place].id, index: link.index, name: link.name),
                    other: namespaces[place].links[index].peer ?? peer)
                if !cables.contains(Cable(one: cable.other, other: cable.one)) { cables.append(cable) }
            }
        }
        self.cables = cables
    }
}

extension NetworkMap.Link {
    /// The kernel takes any bytes for a name; they end up on terminals.
    init(_ link: Netlink.Link, in state: NetworkState) {
        self.init(
            index: link.index, name: terminalSafe(link.name), kind: link.kind, isUp: link.isUp,
            hasCarrier: link.hasCarrier, mac: link.mac.map { "\($0)" },
            addresses: state.addresses(of: link).map { "\($0.address)/\($0.prefixLength)" },
            master: link.master.map { state.link(index: $0).map { terminalSafe($0.name) } ?? "\($0)" },
            peer: link.peerIndex.map {
                NetworkMap.End(namespace: state.peerNamespace(of: link).map { "\($0)" }, index: $0)
            })
    }
}

extension NetworkMap.End {
    init(namespace: String?, index: Int32) { self.init(namespace: namespace, index: index, name: nil) }
}

extension RunningSession {
    package func networkMap() throws -> NetworkMap {
        try NetworkMap.read(of: node, hosts: record.decoys.mapValues(\.identity))
    }
}
