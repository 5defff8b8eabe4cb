// Network namespaces as they are read from outside: links, who is at their other ends, listeners.

import Glibc
import Linux
import Netlink
import SystemPackage
import TestSupport
import Testing

@testable import KernelState

/// Asked once: may this user make a network namespace, and is ip(8) here?
private let canUseNetworks: Bool = {
    guard let process = try? NetworkProcess() else { return false }
    return (try? process.run("ip link")) != nil
}()
private let noNetworks: Comment = "this machine lets this user make no network namespace, or has no ip(8)"

/// `sh` in a network namespace of its own. What is typed is done when the word comes back.
private final class NetworkProcess {
    let process: TestProcess
    private var count = 0

    /// In a user namespace of its own, as anybody may make one.
    init() throws {
        process = try TestProcess("unshare", "--user", "--map-root-user", "--net", "--mount", "sh", mergingError: true)
        try run("true")
    }

    /// In another network namespace that the same user namespace owns.
    init(beside other: NetworkProcess) throws {
        process = try TestProcess(
            "nsenter", "--target", "\(other.pid)", "--user", "--preserve-credentials", "unshare", "--net", "sh",
            mergingError: true)
        try run("true")
    }

    var pid: ProcessID { process.pid }

    func run(_ commands: String) throws {
        count += 1
        _ = try process.input.writeAll(
            Array("if { \(commands)\n} >/dev/null 2>&1; then echo ok; else echo no; fi\n".utf8))
        var line: [UInt8] = []
        var byte = [UInt8](repeating: 0, count: 1)
        while byte[0] != UInt8(ascii: "\n") {
            var polled = pollfd(fd: process.output.rawValue, events: Int16(POLLIN), revents: 0)
            guard poll(&polled, 1, 20_000) > 0 else { throw Errno.timedOut }
            guard try byte.withUnsafeMutableBytes({ try process.output.read(into: $0) }) == 1 else {
                throw Errno.brokenPipe
            }
            line.append(byte[0])
        }
        guard line.starts(with: Array("ok".utf8)) else { throw Errno.invalidArgument }
    }

    func namespace() throws -> NetworkNamespace { try NetworkNamespace(path: "/proc/\(pid)/ns/net") }
}

@Suite("network namespaces", .enabled(if: canUseNetworks, noNetworks))
struct NetworkTests {
    @Test("whoever waits for a link is told of its change, and of nothing when nothing changes")
    func waiting() throws {
        let node = try NetworkProcess()
        try node.run("ip link add v0 type veth peer name v1 && ip link set v0 up")
        var reader = try NetworkReader(in: node.namespace())
        var looks = 0
        let isUp = try reader.awaitLinks(until: .now + Deadline.duration) { links in
            looks += 1
            // After the first look: only a notification brings another.
            if looks == 1 { try? node.run("ip link set v1 up") }
            return links.contains { $0.name == "v0" && $0.operationalState == .up }
        }
        #expect(isUp && looks > 1)
        #expect(try !reader.awaitLinks(until: .now + .milliseconds(10)) { _ in false })
    }

    @Test("links, addresses, routes, neighbours, bridge ports and forwarding of a process")
    func everything() throws {
        let node = try NetworkProcess()
        try node.run(
            """
            set -e; ip link set lo up; ip link add br0 up type bridge; ip addr add 10.1.0.1/24 dev br0
            ip link add v0 up master br0 type veth peer name v1; ip link set v1 up; ip link add br1 type bridge
            ip neigh add 10.1.0.7 lladdr 02:00:00:00:00:07 dev br0; ip route add default via 10.1.0.254
            bridge fdb add 02:00:00:00:00:09 dev v0 master static; set +e
            """)
        let state = try #require(try NetworkState.read(ofProcess: node.pid))
        #expect(state.namespace == ProcessState.read(node.pid)?.namespace(.network))
        #expect(state.namespace.description.hasPrefix("net:["))
        let bridge = try #require(state.link("br0"))
        let cable = try #require(state.link("v0"))
        #expect(bridge.kind == "bridge" && cable.kind == "veth" && state.link("lo")?.kind == nil)
        #expect(state.ports(of: bridge).map(\.name) == ["v0"] && cable.bridgePort != nil && cable.statistics != nil)
        #expect(state.peer(of: cable)?.name == "v1")
        #expect(state.peerNamespace(of: cable) == state.namespace)
        #expect(state.peerNamespace(of: bridge) == nil)
        #expect(state.addresses(of: bridge).map(\.address).contains(.v4(10, 1, 0, 1)))
        #expect(
            state.routes.contains {
                $0.isDefault && $0.gateway == .v4(10, 1, 0, 254) && $0.outInterface == bridge.index
            })
        #expect(state.neighbours.contains { $0.address == .v4(10, 1, 0, 7) && $0.state == .permanent })
        #expect(
            state.forwardingEntries.contains {
                $0.mac == MACAddress("02:00:00:00:00:09") && $0.linkIndex == cable.index
            })
        #expect(state.listeners.isEmpty)
    }

    @Test("only what is asked for is read")
    func parts() throws {
        let node = try NetworkProcess()
        var reader = try NetworkReader(in: try node.namespace())
        let plain = try reader.read(.links)
        #expect(plain.links.map(\.name) == ["lo"] && plain.links.allSatisfy { $0.statistics == nil })
        #expect(plain.routes.isEmpty && plain.forwardsIPv4 == nil)
        #expect(try reader.read([.links, .statistics]).links.first?.statistics != nil)
        try node.run("ip link add d0 type bridge")
        #expect(try reader.read(.links).link("d0") != nil)
        #expect(try reader.read(.addresses).links.isEmpty)
    }

    @Test("forwarding is the switch of that namespace")
    func forwarding() throws {
        let node = try NetworkProcess()
        var reader = try NetworkReader(in: try node.namespace())
        for value in ["1", "0"] {
            // In a user namespace of an ordinary user this file is the namespace's root's to write.
            try node.run("echo \(value) > /proc/sys/net/ipv4/ip_forward")
            #expect(try reader.read(.forwarding).forwardsIPv4 == (value == "1"))
        }
    }

    @Test("the other end of a cable is found in another namespace by number, among processes, descriptors and files")
    func peers() throws {
        let node = try NetworkProcess()
        let box = try NetworkProcess(beside: node)
        let stranger = try NetworkProcess()
        try node.run("ip link add v0 type veth peer name eth0 netns \(box.pid)")
        let boxID = try #require(ProcessState.read(box.pid)?.namespace(.network))
        let held = try box.namespace()
        let sets = [
            NetworkNamespaceSet(processes: [stranger.pid, node.pid, box.pid, box.pid, 0]),
            NetworkNamespaceSet(descriptors: [held.descriptor, -1]),
            NetworkNamespaceSet(paths: ["/nowhere", "/dev/null", "/proc/\(box.pid)/ns/net"]),
        ]
        #expect(sets.map(\.namespaces.count) == [3, 1, 1])
        for peers in sets {
            let state = try NetworkState.read(.links, in: try node.namespace(), peers: peers)
            let near = try #require(state.link("v0"))
            #expect(state.peerNamespace(of: near) == boxID && state.peer(of: near) == nil)
            guard let there = try peers.open(boxID) else { throw Errno.noSuchFileOrDirectory }
            let far = try NetworkState.read(.links, in: there)
            #expect(far.link(index: near.peerIndex ?? 0)?.name == "eth0")
            #expect(far.link("eth0")?.peerIndex == near.index)
        }
        let unknown = try NetworkState.read(
            .links, in: try node.namespace(), peers: NetworkNamespaceSet(processes: [stranger.pid]))
        #expect(unknown.peerNamespace(of: try #require(unknown.link("v0"))) == nil)
    }

    @Test("listeners by netlink and by file are the same")
    func listeners() throws {
        let node = try NetworkProcess()
        try node.run("ip link set lo up")
        let namespace = try node.namespace()
        var open: [SocketDescriptorBox] = []
        var ports: Set<UInt16> = []
        for (family, kind) in [
            (AF_INET, SOCK_STREAM), (AF_INET6, SOCK_STREAM), (AF_INET, SOCK_DGRAM), (AF_INET6, SOCK_DGRAM),
        ] {
            let raw = try namespace.socket(domain: family, type: Int32(kind.rawValue), protocol: 0).released()
            open.append(SocketDescriptorBox(raw))
            // Any address, and a port that the kernel chooses.
            var place = [UInt8](repeating: 0, count: family == AF_INET ? 16 : 28)
            place[0] = UInt8(family)
            var length = socklen_t(place.count)
            let isReady = place.withUnsafeMutableBytes { bytes in
                let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
                return bind(raw, address, length) == 0 && (kind == SOCK_DGRAM || listen(raw, 8) == 0)
                    && getsockname(raw, address, &length) == 0
            }
            #expect(isReady)
            ports.insert(UInt16(place[2]) << 8 | UInt16(place[3]))
        }
        let state = try NetworkState.read(.listeners, in: namespace)
        #expect(state.listeners.count == 4)
        #expect(Set(state.listeners.map(\.port)) == ports)
        #expect(
            Set(state.listeners.map { "\($0.transport) \($0.address)" }) == [
                "tcp 0.0.0.0", "tcp ::", "udp 0.0.0.0", "udp ::",
            ])
        // The inode is what the descriptor's link says.
        let inodes = Set(open.map { $0.inode })
        #expect(Set(state.listeners.map(\.inode)) == inodes)
        for transport in Listener.Transport.allCases {
            for family in IPAddress.Family.allCases {
                let file = try ListenerTable.fromFile(transport, family, namespace)
                #expect(
                    file.map(\.inode)
                        == state.listeners.filter { $0.transport == transport && $0.address.family == family }.map(
                            \.inode))
                #expect(file.first?.port == state.listeners.first { $0.inode == file.first?.inode }?.port)
            }
        }
        let six = try #require(state.listeners.first { $0.transport == .tcp && $0.address.family == .v6 })
        #expect(six.takes(.v4(10, 0, 0, 1), port: six.port) && !six.takes(.v4(10, 0, 0, 1), port: six.port &+ 1))
    }

    @Test("/proc/net/tcp on a little-endian machine, with connections and rubbish between")
    func parse() {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000 100 0 0 10 0
               1: 0100000A:1F90 0200000A:D431 01 00000000:00000000 00:00000000 00000000     0        0 12346 1 0000 100 0 0 10 0
               2: 0100007F:99999 00000000:0000 0A 0 0 0 0 0 12347
               3: 01007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12348
              rubbish
            """
        let listeners = ListenerTable.parse(Array(text.utf8), .tcp, .v4)
        #expect(listeners.map { "\($0.address) \($0.port) \($0.inode)" } == ["127.0.0.1 8080 12345"])
        #expect(ListenerTable.parse(Array(text.utf8), .tcp, .v6).isEmpty)
        #expect(ListenerTable.parse([], .udp, .v4).isEmpty)
    }

    @Test("a process that is gone has no network namespace")
    func gone() throws {
        let pid: ProcessID
        do {
            let node = try NetworkProcess()
            pid = node.pid
        }
        #expect(try NetworkState.read(.links, ofProcess: pid) == nil || ProcessState.read(pid) != nil)
        #expect(NetworkNamespaceSet(processes: [pid]).namespaces.count <= 1)
    }

    @Test("a namespace held by a file, found inside a root; other files are no namespace and are not opened")
    func file() throws {
        let node = try NetworkProcess()
        try node.run(
            """
            set -e; mount -t tmpfs tmpfs /mnt; touch /mnt/held /mnt/empty; mkfifo /mnt/fifo; ln -s held /mnt/link
            unshare --net sh -c 'ip link add inside type bridge; mount --bind /proc/self/ns/net /mnt/held'; set +e
            """)
        guard let root = try RootDirectory(of: node.pid) else { throw Errno.noSuchProcess }
        for path in ["/mnt/held", "/mnt/link", "/mnt/../mnt/held"] {
            guard let held = try root.networkNamespace(at: FilePath(path)) else { throw Errno.noSuchFileOrDirectory }
            #expect(try NetworkState.read(.links, in: held).link("inside")?.kind == "bridge")
            let (id, own) = (held.id, ProcessState.read(node.pid)?.namespace(.network))
            #expect(id != own)
        }
        for path in ["/mnt/empty", "/mnt/fifo", "/mnt", "/mnt/nowhere", "/dev/null", "/proc/self/ns/net"] {
            let isNamespace = try root.networkNamespace(at: FilePath(path)) != nil
            #expect(!isNamespace, "\(path)")
        }
    }
}

private final class SocketDescriptorBox {
    let raw: Int32
    init(_ raw: Int32) { self.raw = raw }
    deinit { close(raw) }
    var inode: UInt64 {
        var facts = stat()
        return fstat(raw, &facts) == 0 ? UInt64(facts.st_ino) : 0
    }
}
