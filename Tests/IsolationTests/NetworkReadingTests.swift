// The readings of network steps, held to the run.

import Isolation
import Netlink
import Testing

@Suite("network readings")
struct NetworkReadingTests {
    private static let steps: [Step] = [
        .addNetworkNamespace("blue"), .network(.addLink(.bridge("br0"), [.up])),
        .network(.addAddress("10.1.2.1/24", to: "br0")),
        .network(
            .addLink(
                .veth("veth0", peer: "eth0", in: .named("blue")),
                [.mac("02:00:00:00:00:01"), .mtu(1400), .master("br0")]
            )),
        .network(.setLink("veth0", [.up])),
        .network(.setLink("eth0", [.mac("02:00:00:00:00:02"), .up]), in: .named("blue")),
        .network(.addAddress("10.1.2.3/24", to: "eth0"), in: .named("blue")),
        .network(.addAddress("fd00:1::3/64", to: "eth0"), in: .named("blue")),
        .network(.addRoute(to: .all4, via: "10.1.2.1"), in: .named("blue")),
        .network(.addRoute(to: .all6, via: "fd00:1::1"), in: .named("blue")),
        .network(.setForwarding(.v4, true)), .network(.setForwarding(.v6, true), in: .named("blue")),
        .network(
            .addLink(
                .veth("back", peer: "pair", in: .own, peerSettings: [.mac("02:00:00:00:00:03"), .mtu(1290)])),
            in: .named("blue")),
        .network(.setLink("back", [.namespace(.own), .name("home")]), in: .named("blue")),
        .network(.addLink(.bridge("d'0"))), .network(.setLink("home", [.master("br0")])),
        .network(.setLink("home", [.noMaster, .mtu(1280), .down])),
        .network(.addRoute(to: "10.7.0.0/16", device: "br0")), .network(.addRoute(to: "10.8.0.0/16", device: "br0")),
        .network(.deleteRoute(to: "10.7.0.0/16", device: "br0")), .network(.addAddress("10.6.0.1/16", to: "br0")),
        .network(.deleteAddress("10.6.0.1/16", from: "br0")), .network(.deleteLink("d'0")),
        .network(.addLink(.veth("far", peer: "near"), [.namespace(.named("blue")), .mtu(1270), .up])),
        .addNetworkNamespace("gone"), .removeNetworkNamespace("gone"),
    ]

    @Test("network steps read as what a person would type")
    func shell() {
        #expect(
            Plan(Self.steps + [.finish]).shellScript == """
                ip netns add blue
                ip link add name br0 up type bridge
                ip address add 10.1.2.1/24 dev br0
                ip link add name veth0 address 02:00:00:00:00:01 mtu 1400 master br0 type veth peer name eth0 netns blue
                ip link set dev veth0 up
                ip -n blue link set dev eth0 address 02:00:00:00:00:02 up
                ip -n blue address add 10.1.2.3/24 dev eth0
                ip -n blue address add fd00:1::3/64 dev eth0
                ip -n blue route add default via 10.1.2.1
                ip -n blue -6 route add default via fd00:1::1
                sysctl -qw net.ipv4.ip_forward=1
                ip netns exec blue sysctl -qw net.ipv6.conf.all.forwarding=1
                ip -n blue link add name back type veth peer name pair address 02:00:00:00:00:03 mtu 1290 netns /proc/$$/ns/net
                ip -n blue link set dev back netns /proc/$$/ns/net name home
                ip link add name "d'0" type bridge
                ip link set dev home master br0
                ip link set dev home nomaster mtu 1280 down
                ip route add 10.7.0.0/16 dev br0
                ip route add 10.8.0.0/16 dev br0
                ip route delete 10.7.0.0/16 dev br0
                ip address add 10.6.0.1/16 dev br0
                ip address delete 10.6.0.1/16 dev br0
                ip link delete dev "d'0"
                ip link add name far netns blue mtu 1270 up type veth peer name near
                ip netns add gone
                ip netns delete gone

                """)
    }

    @Test("a kept namespace reads as a descriptor of the shell, and NAT as commands of nft(8)")
    func shellOfKept() {
        let plan: Plan = [
            .keepNetworkNamespace(as: "node"), .unshare([.network]),
            .network(.addLink(.veth("eth0", peer: "uplink", in: .kept("node")))),
            .network(.setLink("uplink", [.up]), in: .kept("node")),
            .network(.setForwarding(.v4, true), in: .kept("node")),
            .network(.masquerade(from: "10.1.2.3/24", leavingBy: .anyBut("br0"))),
            .network(.masquerade(from: "fd00::/8", table: "t"), in: .named("blue")),
            .network(.addLink(.dummy("d0"), [.mtu(1000)]), in: .file("/proc/1/ns/net")),
            .execute("true", arguments: ["true"]),
        ]
        #expect(
            plan.shellScript == """
                exec 9</proc/self/ns/net
                exec unshare --net sh -ec '
                ip link add name eth0 type veth peer name uplink netns /proc/self/fd/9
                nsenter --net=/proc/self/fd/9 ip link set dev uplink up
                nsenter --net=/proc/self/fd/9 sysctl -qw net.ipv4.ip_forward=1
                nft "add table ip podlab"
                nft "add chain ip podlab postrouting { type nat hook postrouting priority 100 ; policy accept ; }"
                nft '\\''add rule ip podlab postrouting ip saddr 10.1.2.0/24 oifname != "br0" counter masquerade'\\''
                ip netns exec blue nft "add table ip6 t"
                ip netns exec blue nft "add chain ip6 t postrouting { type nat hook postrouting priority 100 ; policy accept ; }"
                ip netns exec blue nft "add rule ip6 t postrouting ip6 saddr fd00::/8 counter masquerade"
                nsenter --net=/proc/1/ns/net ip link add name d0 mtu 1000 type dummy
                exec true
                '

                """)
    }

    @Test("network steps read as system calls, each namespace opened where it is first needed")
    func systemCalls() {
        let plan: Plan = [
            .network(.addLink(.veth("veth0", peer: "eth0", in: .named("blue")), [.master("br0"), .up])),
            .network(.setLink("eth0", [.up]), in: .named("blue")),
            .network(.addAddress("10.0.0.1/24", to: "eth0"), in: .named("blue")),
            .network(.addRoute(to: .all4, via: "10.0.0.2"), in: .named("blue")),
            .network(.setForwarding(.v4, true), in: .named("blue")),
            .network(.masquerade(from: "10.0.0.0/24")), .removeNetworkNamespace("red"), .finish,
        ]
        #expect(
            Array(plan.systemCalls.dropFirst()) == [
                "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE) = <rtnetlink>",
                "clone({flags=CLONE_VM|CLONE_VFORK|CLONE_FILES}): setns(openat(AT_FDCWD, \"/run/netns/blue\","
                    + " O_RDONLY|O_NONBLOCK|O_NOCTTY), CLONE_NEWNET), socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC,"
                    + " NETLINK_ROUTE) = <rtnetlink of blue>, ioctl(<rtnetlink of blue>, SIOCGSKNS) = <blue>",
                "ioctl(<rtnetlink>, SIOCGIFINDEX, \"br0\")",
                "sendmsg(<rtnetlink>, RTM_NEWLINK {NLM_F_CREATE|NLM_F_EXCL, IFLA_IFNAME=\"veth0\","
                    + " IFLA_MASTER=if_nametoindex(\"br0\"), ifi_flags=IFF_UP, IFLA_LINKINFO={IFLA_INFO_KIND=\"veth\","
                    + " IFLA_INFO_DATA={VETH_INFO_PEER={IFLA_IFNAME=\"eth0\", IFLA_NET_NS_FD=<blue>}}}})",
                "ioctl(<rtnetlink of blue>, SIOCGIFINDEX, \"eth0\")",
                "sendmsg(<rtnetlink of blue>, RTM_NEWLINK {ifi_index=if_nametoindex(\"eth0\"), ifi_flags=IFF_UP})",
                "ioctl(<rtnetlink of blue>, SIOCGIFINDEX, \"eth0\")",
                "sendmsg(<rtnetlink of blue>, RTM_NEWADDR {NLM_F_CREATE|NLM_F_EXCL, ifa_index=if_nametoindex(\"eth0\"),"
                    + " ifa_prefixlen=24, IFA_LOCAL=10.0.0.1})",
                "sendmsg(<rtnetlink of blue>, RTM_NEWROUTE {NLM_F_CREATE|NLM_F_EXCL, rtm_family=AF_INET,"
                    + " RTA_GATEWAY=10.0.0.2})",
                "clone({flags=CLONE_VM|CLONE_VFORK|CLONE_FILES}): setns(<blue>, CLONE_NEWNET), write(openat(AT_FDCWD,"
                    + " \"/proc/sys/net/ipv4/ip_forward\", O_WRONLY), \"1\", 1)",
                "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_NETFILTER) = <nfnetlink>",
                "sendmsg(<nfnetlink>, [NFNL_MSG_BATCH_BEGIN, NFT_MSG_NEWTABLE {\"podlab\"}, NFT_MSG_NEWCHAIN {\"podlab\","
                    + " \"postrouting\", type=\"nat\", NF_INET_POST_ROUTING}, NFT_MSG_NEWRULE {\"podlab\", \"postrouting\","
                    + " ip saddr 10.0.0.0/24 counter masquerade}, NFNL_MSG_BATCH_END])",
                "fchdir(openat(AT_FDCWD, \"/run/netns\", O_PATH))", "umount2(\"red\", MNT_DETACH|UMOUNT_NOFOLLOW)",
                "unlinkat(openat(AT_FDCWD, \"/run/netns\", O_PATH), \"red\", 0)", "exit_group(0)",
            ], "\(plan.systemCalls.joined(separator: "\n"))")
    }

    private static func typed(_ steps: [Step]) -> [Step] {
        networked + [.execute("bash", arguments: ["bash", "-ec", administrative + Plan(steps).shellScript])]
    }

    @Test(
        "the shell reading comes to the same network as the run", .enabled(if: canNetwork && tool("sysctl"), noNetwork))
    func agree() throws {
        let steps = Self.steps + [picture(of: [nil, "blue"])]
        let run = try shape(try said(networked + steps))
        let typed = try shape(try said(Self.typed(steps)))
        #expect(run == typed && run.count > 15, "\(run)\n\(typed)")
    }

    @Test(
        "the shell reading of a kept namespace comes to the same network",
        .enabled(if: canNetwork && tool("sysctl"), noNetwork))
    func agreeOnKept() throws {
        let steps = NetworkStepTests.kept + [picture(of: [nil, "node"])]
        let run = try shape(try said(networked + steps))
        let typed = try shape(try said(Self.typed(steps)))
        #expect(run == typed && run.count > 8, "\(run)\n\(typed)")
    }

    @Test("the shell reading of NAT comes to the same rules", .enabled(if: canNetwork && tool("nft"), "needs nft(8)"))
    func agreeOnNAT() throws {
        let steps: [Step] = [
            .addNetworkNamespace("blue"), .network(.masquerade(from: "10.1.2.3/24", leavingBy: .anyBut("br0"))),
            .network(.masquerade(from: "10.3.0.0/17", leavingBy: .link("eth0"))),
            .network(.masquerade(from: "10.4.4.4/32", table: "t")),
            .network(.masquerade(from: "fd00::/9", table: "t"), in: .named("blue")),
            sh(administrative + "nft list ruleset; ip netns exec blue nft list ruleset"),
        ]
        let run = try said(networked + steps)
        let typed = try said(Self.typed(steps))
        #expect(run == typed && run.contains("masquerade"))
    }
}
