// What network steps do, as ip(8) and the kernel's files see it.

import CIsolation
import Glibc
import Isolation
import Netlink
import SystemPackage
import Testing

@Suite("network steps", .enabled(if: canNetwork, noNetwork))
struct NetworkStepTests {
    @Test("a named namespace is another one, held by a mount that ip-netns(8) finds, and the child stays where it was")
    func named() throws {
        let before = try said(networked + [sh("readlink /proc/self/ns/net")])
        let lines = try said(
            networked + [
                .addNetworkNamespace("blue"),
                sh(
                    administrative
                        + "ip netns list; readlink /proc/self/ns/net; ip netns exec blue readlink /proc/self/ns/net;"
                        + "grep -c ' /run/netns/blue .*nsfs' /proc/self/mountinfo; stat -c %a /run/netns; stat -f -c %T /run/netns/blue;"
                        + "grep ' /run/netns ' /proc/self/mountinfo | grep -c shared:"),
            ]
        ).split(separator: "\n")
        try #require(lines.count == 7)
        #expect(lines[0] == "blue")
        #expect(lines[1] != lines[2] && before.hasPrefix("net:[") && lines[2].hasPrefix("net:["))
        #expect(lines[3...] == ["1", "755", "nsfs", "1"])
    }

    @Test("a removed name is gone, and its namespace with it when nothing else holds it")
    func removed() throws {
        let text = try said(
            networked + [
                .addNetworkNamespace("blue"),
                .network(.addLink(.veth("veth0", peer: "eth0", in: .named("blue")))),
                .removeNetworkNamespace("blue"),
                // The other end goes when the kernel has taken the namespace down, which it does in its own time.
                sh(
                    administrative
                        + "ls /run/netns; timeout 10 sh -c 'while ip link show veth0 >/dev/null 2>&1; do :; done' && echo gone"
                ),
            ])
        #expect(text == "gone\n")
    }

    @Test("a pod's network: a cable into a namespace, a bridge, addresses, routes, forwarding")
    func pod() throws {
        let text = try said(
            networked + [
                .addNetworkNamespace("blue"),
                .network(.addLink(.bridge("br0"), [.up])),
                .network(.addAddress("10.1.2.1/24", to: "br0")),
                .network(
                    .addLink(
                        .veth("veth0", peer: "eth0", in: .named("blue")),
                        [.mac("02:00:00:00:00:01"), .mtu(1400), .master("br0"), .up])),
                .network(.setLink("eth0", [.mac("02:00:00:00:00:02"), .mtu(1400), .up]), in: .named("blue")),
                .network(.setLink("lo", [.up]), in: .named("blue")),
                .network(.addAddress("10.1.2.3/24", to: "eth0"), in: .named("blue")),
                .network(.addAddress("fd00:1::3/64", to: "eth0"), in: .named("blue")),
                .network(.addRoute(to: .all4, via: "10.1.2.1"), in: .named("blue")),
                .network(.addRoute(to: .all6, via: "fd00:1::1", device: "eth0"), in: .named("blue")),
                .network(.addRoute(to: "10.9.0.0/16", device: "br0")),
                .network(.setForwarding(.v4, true)), .network(.setForwarding(.v6, true), in: .named("blue")),
                picture(of: [nil, "blue"]),
            ])
        let lines = try shape(text)
        #expect(
            lines == [
                "blue",
                "link ifindex=1 ifname=lo up=false mtu=65536",
                "link ifindex=2 ifname=br0 kind=bridge up=true mtu=1400 address=02:00:00:00:00:01",
                "link ifindex=3 ifname=veth0 kind=veth up=true mtu=1400 master=br0 link_index=2 address=02:00:00:00:00:01",
                "address of br0: family=inet local=10.1.2.1 prefixlen=24 scope=global label=br0",
                "route dst=10.1.2.0/24 dev=br0 protocol=kernel scope=link prefsrc=10.1.2.1",
                "route dst=10.9.0.0/16 dev=br0 scope=link",
                "1", "0",
                "link ifindex=1 ifname=lo up=true mtu=65536",
                "link ifindex=2 ifname=eth0 kind=veth up=true mtu=1400 link_index=3 address=02:00:00:00:00:02",
                "address of lo: family=inet local=127.0.0.1 prefixlen=8 scope=host label=lo",
                "address of lo: family=inet6 local=::1 prefixlen=128 scope=host",
                "address of eth0: family=inet local=10.1.2.3 prefixlen=24 scope=global label=eth0",
                "address of eth0: family=inet6 local=fd00:1::3 prefixlen=64 scope=global",
                "route dst=default gateway=10.1.2.1 dev=eth0",
                "route dst=10.1.2.0/24 dev=eth0 protocol=kernel scope=link prefsrc=10.1.2.3",
                "route dst=fd00:1::/64 dev=eth0 protocol=kernel", "route dst=default gateway=fd00:1::1 dev=eth0",
                "0", "1",
            ], "\(lines)")
    }

    @Test("a link moves, takes a new name, leaves its bridge, goes down and away")
    func changes() throws {
        let text = try said(
            networked + [
                .addNetworkNamespace("red"), .network(.addLink(.bridge("br0"))),
                .network(.addLink(.veth("a", peer: "b"), [.master("br0"), .up])),
                .network(.setLink("b", [.namespace(.named("red")), .name("eth1"), .up])),
                .network(.setLink("a", [.down, .noMaster, .name("c"), .mtu(1300)])),
                .network(.addLink(.bridge("d0")), in: .named("red")),
                .network(.deleteLink("d0"), in: .named("red")),
                .network(.addAddress("10.0.0.1/24", to: "eth1"), in: .named("red")),
                .network(.addAddress("10.0.1.1/24", to: "eth1"), in: .named("red")),
                .network(.addRoute(to: "10.5.0.0/16", via: "10.0.1.2"), in: .named("red")),
                .network(.deleteRoute(to: "10.5.0.0/16", via: "10.0.1.2"), in: .named("red")),
                .network(.deleteAddress("10.0.0.1/24", from: "eth1"), in: .named("red")),
                picture(of: [nil, "red"]),
            ])
        let lines = try shape(text)
        #expect(
            lines == [
                "red", "link ifindex=1 ifname=lo up=false mtu=65536",
                "link ifindex=2 ifname=br0 kind=bridge up=false mtu=1500",
                "link ifindex=4 ifname=c kind=veth up=false mtu=1300 link_index=3", "0", "0",
                "link ifindex=1 ifname=lo up=false mtu=65536",
                "link ifindex=3 ifname=eth1 kind=veth up=true mtu=1500 link_index=4",
                "address of eth1: family=inet local=10.0.1.1 prefixlen=24 scope=global label=eth1",
                "route dst=10.0.1.0/24 dev=eth1 protocol=kernel scope=link prefsrc=10.0.1.1", "0", "0",
            ], "\(lines)")
    }

    /// A decoy's network as the scene of a lab makes it: the namespace that is left is still at hand.
    static let kept: [Step] = [
        .addNetworkNamespace("node"), .join([.network], of: .path("/run/netns/node")),
        .keepNetworkNamespace(as: "here"), .unshare([.network]), .bringUpLoopback,
        .network(.addLink(.veth("eth0", peer: "uplink", in: .kept("here")))),
        .network(.addAddress("203.0.113.2/24", to: "eth0")), .network(.setLink("eth0", [.up])),
        .network(.addAddress("203.0.113.1/24", to: "uplink"), in: .kept("here")),
        .network(.setLink("uplink", [.up]), in: .kept("here")),
        .network(.setForwarding(.v4, true), in: .kept("here")),
    ]

    @Test("a kept namespace is worked in after another has been unshared")
    func keptNamespace() throws {
        let lines = try shape(try said(networked + Self.kept + [picture(of: [nil, "node"])]))
        #expect(lines.contains("address of eth0: family=inet local=203.0.113.2 prefixlen=24 scope=global label=eth0"))
        #expect(
            lines.contains("address of uplink: family=inet local=203.0.113.1 prefixlen=24 scope=global label=uplink"))
        #expect(lines.filter { $0 == "1" }.count == 1 && lines.filter { $0 == "0" }.count == 3, "\(lines)")
    }

    @Test("a namespace is found by a file, by a descriptor and by a pidfd", arguments: ["path", "descriptor", "pidfd"])
    func byFile(way: String) throws {
        try withRunning([.unshare([.user, .network]), .mapIDs(.automatic), .setCredentials()]) { target in
            let file = "/proc/\(target.pid)/ns/net"
            let descriptor = iso_openat(AT_FDCWD, file, O_RDONLY, 0)
            defer { close(descriptor) }
            let place: NetworkPlace =
                switch way {
                case "path": .file(.path(file))
                case "descriptor": .file(.descriptor(descriptor))
                default: .file(.descriptor(target.pidfd))
                }
            let plan: Plan = [
                .join([.user], of: .path("/proc/\(target.pid)/ns/user")), .unshare([.network]),
                .network(.addLink(.bridge("there"), [.mtu(1234)]), in: place),
                .network(.addLink(.veth("a", peer: "b", in: place))),
                .finish,
            ]
            let status = try plan.run(StartOptions(streams: .null))
            #expect(status == .exited(0))
            let seen = text("/proc/\(target.pid)/net/dev").split(separator: "\n").compactMap {
                $0.split(separator: ":").first.map { $0.drop { $0 == " " } }
            }
            #expect(seen.contains("there") && seen.contains("b") && !seen.contains("a"), "\(seen)")
        }
    }

    @Test("steps before a fork, after a change of descriptors and at the end of a plan without a program all work")
    func everywhere() throws {
        let steps: [Step] = [
            .unshare([.user, .mount, .network]), .mapIDs(.automatic), .setPropagation(.private), .setCredentials(),
            .mount(.tmpfs(mode: 0o755), on: "/run"), .network(.addLink(.bridge("before"))), .unshare([.pid]),
            .enterProcessNamespace, .network(.addLink(.veth("after", peer: "pair"))), .addNetworkNamespace("blue"),
            .network(.setLink("after", [.namespace(.named("blue"))])),
            .network(.addLink(.bridge("sign")), in: .named("blue")),
            sh(administrative + "ip -o link | wc -l; nsenter --net=/run/netns/blue ip -o link | wc -l"),
        ]
        let counts = try said(steps)
        #expect(counts == "3\n3\n")
        let status = try Plan(steps.dropLast() + [.finish]).run()
        #expect(status == .exited(0))
    }

    @Test("a dummy is made where the kernel has any")
    func dummy() throws {
        do {
            let text = try said(networked + [.network(.addLink(.dummy("d0"), [.up])), picture(of: [nil])])
            #expect(text.contains("\"info_kind\":\"dummy\""))
        } catch let error as IsolationError {
            #expect(error.errno == .notSupportedOnSocket && error.hint == "this kernel has no dummy: modprobe dummy")
        }
    }

    @Test("source NAT is what nft(8) lists", .enabled(if: tool("nft"), "needs nft(8)"))
    func masquerade() throws {
        let text = try said(
            networked + [
                .addNetworkNamespace("blue"),
                .network(.masquerade(from: "10.1.2.0/24", leavingBy: .anyBut("br0"))),
                .network(.masquerade(from: "10.1.3.0/24", leavingBy: .link("eth0"))),
                .network(.masquerade(from: "fd00:1::/64", table: "six"), in: .named("blue")),
                sh(administrative + "nft list ruleset; ip netns exec blue nft list ruleset"),
            ])
        #expect(
            text == """
                table ip podlab {
                \tchain postrouting {
                \t\ttype nat hook postrouting priority srcnat; policy accept;
                \t\tip saddr 10.1.2.0/24 oifname != "br0" counter packets 0 bytes 0 masquerade
                \t\tip saddr 10.1.3.0/24 oifname "eth0" counter packets 0 bytes 0 masquerade
                \t}
                }
                table ip6 six {
                \tchain postrouting {
                \t\ttype nat hook postrouting priority srcnat; policy accept;
                \t\tip6 saddr fd00:1::/64 counter packets 0 bytes 0 masquerade
                \t}
                }

                """, "\(text)")
    }
}
