// Probes of the network, tried on namespaces and cables of the tests' own.

import KernelState
import Netlink
import TestSupport
import Testing

@testable import LabKit

extension Trait where Self == ConditionTrait {
    static var needsNetworks: Self {
        .enabled(if: NetworkSandbox.trouble == nil, Comment(rawValue: NetworkSandbox.trouble ?? ""))
    }
}

extension ProbeOutcome {
    /// `pass`, or what was noted: `fail down`.
    fileprivate var brief: String {
        observed.isEmpty ? status.rawValue : "\(status.rawValue) \(observed.keys.sorted().joined(separator: " "))"
    }
}

@Suite("network probes", .needsNetworks)
struct NetworkProbeTests {
    private let blue = NetworkPlace.named("blue")

    private func link(
        _ network: NetworkPlace, _ name: String, kind: String? = nil, up: Bool? = nil, peer: LinkPlace? = nil,
        master: String? = nil, alone: Bool? = nil, exists: Bool = true
    ) -> any Probe {
        LinkProbe(
            link: LinkPlace(network: network, name: name), exists: exists, kind: kind, up: up, peer: peer,
            master: master, alone: alone)
    }

    private func reach(
        _ from: NetworkPlace, _ to: NetworkPlace, _ address: String, _ transport: ReachProbe.Transport = .udp,
        seenAs: String? = nil, counted: [LinkPlace] = [], patience: Int = 200
    ) -> any Probe {
        ReachProbe(
            from: from, to: to, address: address, transport: transport, seenAs: seenAs, counted: counted,
            patience: patience)
    }

    @Test("a new network namespace has lo alone, and it is down until it is set up")
    func alone() throws {
        let box = try NetworkSandbox()
        try box.run("ip netns add blue")
        #expect(box.evaluate(link(blue, "lo", up: false, alone: true)).brief == "pass")
        #expect(box.evaluate(link(blue, "lo", up: true)).brief == "fail down")
        #expect(box.evaluate(reach(blue, blue, "127.0.0.1")).brief == "fail unreachable")
        try box.run("ip -n blue link set lo up; ip -n blue link add bridge0 type bridge")
        #expect(box.evaluate(link(blue, "lo", up: true)).brief == "pass")
        for transport in ReachProbe.Transport.allCases {
            #expect(box.evaluate(reach(blue, blue, "127.0.0.1", transport)).brief == "pass")
            #expect(box.evaluate(reach(blue, blue, "::1", transport)).brief == "pass")
        }
        let crowded = box.evaluate(link(blue, "lo", alone: true))
        #expect(crowded.brief == "fail others" && crowded.observed["others"] == "bridge0")
        #expect(box.evaluate(link(blue, "uplink", exists: false)).brief == "pass")
        #expect(box.evaluate(link(blue, "bridge0", exists: false)).brief == "fail there")
    }

    @Test("the ends of a cable are told by index and namespace, from both sides")
    func cable() throws {
        let box = try NetworkSandbox()
        let outside = LinkPlace(network: .node, name: "veth-blue")
        let probe = link(blue, "eth0", kind: "veth", peer: outside)
        #expect(box.evaluate(probe).brief == "fail absent")
        try box.run("ip netns add blue")
        #expect(box.evaluate(probe).brief == "fail missing")
        try box.run("ip -n blue link add eth0 type bridge")
        #expect(box.evaluate(probe).brief == "fail kind peer")
        try box.run("ip -n blue link del eth0; ip -n blue link add eth0 type veth peer name veth-blue")
        let inside = box.evaluate(probe)
        #expect(inside.brief == "fail peer" && inside.observed["peer"] == "same")
        try box.run("ip -n blue link set veth-blue netns 1")
        let right = box.evaluate(probe)
        #expect(right.brief == "pass" && right.evidence.count == 2, "\(right)")
        try box.run("ip link set veth-blue name gone")
        #expect(box.evaluate(probe).observed["peer"] == "missing")
        try box.run("ip link add veth-blue type veth peer name x netns blue")
        #expect(box.evaluate(probe).observed["peer"] == "other")
        // The same numbers on both sides, in two namespaces, are two pairs.
        try box.run("ip netns add green; ip link set gone netns green")
        #expect(["elsewhere", "other"].contains(box.evaluate(probe).observed["peer"]))
    }

    @Test("a cable is up when both of its ends are, and its addresses have their prefixes")
    func addresses() throws {
        let box = try NetworkSandbox()
        func address(_ name: String, _ text: String) -> ProbeOutcome {
            box.evaluate(AddressProbe(link: LinkPlace(network: blue, name: name), address: text))
        }
        func without(_ name: String, _ text: String) -> String {
            box.evaluate(
                AddressProbe(link: LinkPlace(network: blue, name: name), address: text, exists: false)
            ).brief
        }
        try box.run(
            "ip netns add blue; ip link add eth0 netns blue type veth peer name out; ip -n blue link set eth0 up")
        #expect(box.evaluate(link(blue, "eth0", up: true)).brief == "fail carrier")
        try box.run("ip link set out up")
        #expect(box.evaluate(link(blue, "eth0", up: true)).brief == "pass")
        #expect(address("eth0", "10.1.0.2/24").brief == "fail none")
        try box.run("ip -n blue address add 10.1.0.2 dev eth0; ip -n blue address add fd00::2/64 dev eth0")
        let alone = address("eth0", "10.1.0.2/24")
        #expect(alone.brief == "fail prefix" && alone.observed["prefix"] == "32")
        #expect(address("lo", "10.1.0.2/32").observed["elsewhere"] == "eth0")
        #expect(address("eth0", "10.1.0.2/32").brief == "pass" && address("eth0", "fd00::2/64").brief == "pass")
        #expect(address("eth1", "10.1.0.2/32").brief == "fail missing")
        // A link that is not there has not given an address away.
        #expect(without("eth0", "10.1.0.2/24") == "fail there" && without("eth1", "10.1.0.2/32") == "fail missing")
        #expect(without("lo", "10.1.0.2/32") == "pass")
        #expect(address("eth0", "10.1.0").status == .error)
    }

    @Test("of routes the way and the link count")
    func routes() throws {
        let box = try NetworkSandbox()
        try box.addPod("blue")
        func route(_ to: String, via: String? = nil, link: String? = nil) -> String {
            box.evaluate(RouteProbe(network: blue, to: to, via: via, link: link)).brief
        }
        #expect(route("default") == "fail none")
        #expect(route("10.244.1.0/24", link: "eth0") == "pass" && route("10.244.1.0/25") == "fail none")
        try box.run("ip -n blue route add default via 10.244.1.1 metric 9")
        #expect(route("default", via: "10.244.1.1", link: "eth0") == "pass")
        #expect(route("default", via: "10.244.1.3") == "fail via" && route("default", link: "lo") == "fail link")
        try box.run("ip -n blue route add default via 10.244.1.3 metric 1")
        #expect(route("default", via: "10.244.1.1") == "fail via")
    }

    @Test("packets arrive by every transport, over the links that are counted, and their source is seen")
    func reached() throws {
        let box = try NetworkSandbox()
        try box.addPod("blue")
        let links = [LinkPlace(network: blue, name: "eth0"), LinkPlace(network: .node, name: "veth-blue")]
        for transport in ReachProbe.Transport.allCases {
            let out = box.evaluate(reach(blue, .node, "10.244.1.1", transport, seenAs: "10.244.1.2", counted: links))
            #expect(out.brief == "pass", "\(transport): \(out)")
            #expect(out.evidence.count == 4 && out.evidence.contains { $0.value.contains("from 10.244.1.2") }, "\(out)")
            let wrong = box.evaluate(reach(.node, blue, "10.244.1.2", transport, seenAs: "10.244.1.9"))
            #expect(wrong.brief == "fail source" && wrong.observed["source"] == "10.244.1.1", "\(transport): \(wrong)")
        }
        #expect(box.evaluate(reach(blue, .node, "203.0.113.1")).brief == "fail unreachable")
        #expect(box.evaluate(reach(blue, .node, "10.244.1.9")).brief == "fail lost")
        let missing = reach(blue, .node, "10.244.1.1", counted: [LinkPlace(network: blue, name: "eth1")])
        #expect(box.evaluate(missing).brief == "fail missing")
    }

    @Test("a cable that exists but carries nothing is red, and so is one beside which the packets go")
    func deadCable() throws {
        let box = try NetworkSandbox()
        try box.addPod("blue")
        let cable = [LinkPlace(network: blue, name: "eth0"), LinkPlace(network: .node, name: "veth-blue")]
        try box.run(
            """
            ip link add eth1 netns blue type veth peer name second
            ip -n blue link set eth1 up; ip link set second up
            ip -n blue route add 10.244.1.1/32 dev eth1 src 10.244.1.2
            ip route add 10.244.1.2/32 dev second src 10.244.1.1
            """)
        #expect(box.evaluate(reach(blue, .node, "10.244.1.1")).brief == "pass")
        #expect(box.evaluate(reach(blue, .node, "10.244.1.1", counted: cable)).brief == "fail uncounted")
        try box.run("ip link del second")
        #expect(box.evaluate(reach(blue, .node, "10.244.1.1", counted: cable)).brief == "pass")
        try box.run("ip -n blue neigh replace 10.244.1.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent")
        for transport in ReachProbe.Transport.allCases {
            let outcome = box.evaluate(reach(blue, .node, "10.244.1.1", transport))
            #expect(outcome.brief == "fail lost", "\(transport): \(outcome)")
        }
        #expect(box.evaluate(link(blue, "eth0", up: true)).brief == "pass")
    }

    @Test("a packet that arrives and is not answered is not reached")
    func unanswered() throws {
        let box = try NetworkSandbox()
        try box.addPod("blue")
        try box.run("ip -n blue address del 10.244.1.2/24 dev eth0; ip -n blue address add 10.244.1.2/32 dev eth0")
        for transport in [ReachProbe.Transport.udp, .icmp] {
            let outcome = box.evaluate(reach(.node, blue, "10.244.1.2", transport))
            #expect(outcome.brief == "fail unanswered", "\(transport): \(outcome)")
        }
        try box.run(
            "ip netns exec blue sysctl -qw net.ipv4.icmp_echo_ignore_all=1; ip -n blue route add 10.244.1.1 dev eth0")
        #expect(box.evaluate(reach(.node, blue, "10.244.1.2")).brief == "pass")
        #expect(box.evaluate(reach(.node, blue, "10.244.1.2", .icmp)).brief == "fail unanswered")
    }

    @Test("a neighbour that is just being looked up gets the time that a look-up takes")
    func pendingNeighbour() throws {
        let box = try NetworkSandbox()
        try box.addPod("blue")
        // Asked while nobody could answer, the kernel asks again a second later, and not before.
        try box.run("ip -n blue link set eth0 down; ping -c 1 -W 0.05 10.244.1.2 >/dev/null || true")
        try box.run("ip -n blue link set eth0 up")
        let outcome = box.evaluate(reach(.node, blue, "10.244.1.2", patience: 100))
        #expect(outcome.brief == "pass", "\(outcome)")
    }

    @Test("what is late because the machine is busy is waited for", arguments: ReachProbe.Transport.allCases)
    func late(transport: ReachProbe.Transport) throws {
        let box = try NetworkSandbox()
        try box.addPod("blue")
        let judge = Judge(node: box.node)
        guard let node = try judge.network(.node), let blue = try judge.network(blue) else {
            Issue.record("the namespaces are not there")
            return
        }
        for (lag, isReached) in [(Duration.zero, false), (.milliseconds(900), true)] {
            // Asked while nobody can answer, the kernel asks again a second later, and not before.
            try box.run("ip -n blue link set eth0 down; ip -n blue link set eth0 up arp off; ip neigh flush all")
            try box.run("(sleep 0.3; ip -n blue link set eth0 arp on) >/dev/null 2>&1 &")
            let trial = PacketTrial(
                address: try IPAddress(parsing: "10.244.1.2"), transport: transport, patience: .milliseconds(50),
                seenAs: nil, lag: { lag })
            let report = try trial.run(from: node.namespace, to: blue.namespace)
            #expect(report.isAnswered == isReached, "\(lag): \(report)")
        }
    }

    @Test("a trickle of other people's packets holds no trial up, however busy the machine is")
    func trickle() throws {
        let box = try NetworkSandbox()
        try box.addPod("blue")
        try box.run("ip netns exec blue ping -i 0.05 127.0.0.1 >/dev/null 2>&1 &")
        let judge = Judge(node: box.node)
        guard let node = try judge.network(.node), let blue = try judge.network(blue) else {
            Issue.record("the namespaces are not there")
            return
        }
        let trial = PacketTrial(
            address: try IPAddress(parsing: "10.244.1.9"), transport: .icmp, patience: .milliseconds(50), seenAs: nil,
            lag: { .milliseconds(500) })
        let start = ContinuousClock.now
        let report = try trial.run(from: node.namespace, to: blue.namespace)
        // A second is added, and it is added once.
        #expect(report.seen == nil && ContinuousClock.now - start < .seconds(6), "\(report)")
    }

    @Test("every trial ends in time, whoever drops the packets")
    func bounded() throws {
        let box = try NetworkSandbox()
        try box.addPod("blue")
        try box.run("ip netns exec blue ip link set eth0 arp off; ip link set veth-blue arp off")
        for transport in ReachProbe.Transport.allCases {
            let start = ContinuousClock.now
            let outcome = box.evaluate(reach(blue, .node, "10.244.1.1", transport, patience: 100))
            #expect(outcome.status == .fail, "\(transport): \(outcome)")
            #expect(ContinuousClock.now - start < Deadline.duration)
        }
    }

    @Test("a flood of other people's packets holds no trial up")
    func flood() throws {
        let box = try NetworkSandbox()
        try box.addPod("blue")
        try box.run(
            "for n in 1 2; do ip netns exec blue ping -q -f 127.0.0.1 >/dev/null & done")
        for probe in [reach(blue, .node, "10.244.1.1", .icmp), reach(.node, blue, "10.244.1.9", .icmp, patience: 100)] {
            let start = ContinuousClock.now
            let outcome = box.evaluate(probe)
            #expect(outcome.status != .error && ContinuousClock.now - start < Deadline.duration, "\(outcome)")
        }
    }

    @Test("what is no network namespace is not taken for one", arguments: ["fifo", "file", "link", "uts", "folder"])
    func noNamespace(what: String) throws {
        let box = try NetworkSandbox()
        switch what {
        case "fifo": try box.run("mkfifo /run/netns/blue")
        case "file": try box.run("touch /run/netns/blue")
        case "link": try box.run("ln -s /proc/1/ns/net /run/netns/blue")
        case "uts": try box.run("touch /run/netns/blue; mount --bind /proc/self/ns/uts /run/netns/blue")
        default: try box.run("mkdir /run/netns/blue")
        }
        #expect(box.evaluate(link(blue, "lo")).brief == "fail absent")
    }

    @Test("a name that is the node's own namespace has the node's links")
    func nodeByName() throws {
        let box = try NetworkSandbox()
        try box.run(
            "touch /run/netns/blue; mount --bind /proc/self/ns/net /run/netns/blue; ip link add uplink type bridge")
        #expect(box.evaluate(link(blue, "uplink", exists: false)).brief == "fail there")
    }
}

@Suite("rules of source NAT", .needsNetworks)
struct NATProbeTests {
    private static let rules: [(tool: String, right: String, wrong: String, elsewhere: String)] =
        [
            (
                "nft", "nft add rule ip t c ip saddr 10.244.0.0/16 oifname != br0 masquerade",
                "nft add rule ip t c ip saddr 10.99.0.0/16 masquerade",
                "nft add rule ip t c ip saddr 10.244.1.0/24 oifname br0 masquerade"
            )
        ]
        + ["iptables-nft", "iptables-legacy"].map { tool in
            (
                tool, "\(tool) -t nat -A POSTROUTING -s 10.244.1.0/24 ! -o br0 -j MASQUERADE",
                "\(tool) -t nat -A POSTROUTING -s 10.244.1.0/25 -j SNAT --to-source 203.0.113.10",
                "\(tool) -t nat -A POSTROUTING -s 10.244.1.0/24 -o br0 -j MASQUERADE"
            )
        }

    @Test("are found whoever wrote them", arguments: rules)
    func found(tool: String, right: String, wrong: String, elsewhere: String) throws {
        let probe = NATProbe(network: .node, source: "10.244.1.0/24", link: "uplink")
        /// What a rule alone comes to; nil when this machine has no such tool, or its kernel no such tables.
        func judged(_ rule: String) throws -> String? {
            let box = try NetworkSandbox()
            try box.run("ip link add uplink type bridge")
            if tool == "nft",
                (try? box.run("nft add table ip t; nft 'add chain ip t c {type nat hook postrouting priority 100;}'"))
                    == nil
            {
                return nil
            }
            #expect(box.evaluate(probe).brief == "fail none")
            // Legacy tools take a lock below /run.
            guard (try? box.run(rule)) != nil else { return nil }
            return box.evaluate(probe).brief
        }
        guard let found = try judged(right) else { return }
        #expect(found == "pass")
        #expect(try judged(wrong) == "fail source")
        #expect(try judged(elsewhere) == "fail link")
    }

    @Test("a rule that packets on their way out never meet is none")
    func unhooked() throws {
        let box = try NetworkSandbox()
        guard (try? box.run("nft add table ip t; nft add chain ip t c; nft add rule ip t c masquerade")) != nil else {
            return
        }
        let outcome = box.evaluate(NATProbe(network: .node, source: "10.244.1.0/24", link: nil))
        #expect(outcome.brief == "fail hook", "\(outcome)")
    }
}
