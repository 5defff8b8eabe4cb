// One rule, written by each tool, is read as one and the same.

import Netlink
import SystemPackage
import TestSupport
import Testing

@testable import KernelState

/// One NAT rule as each tool writes it, in the table `nat` and in the chain that iptables uses.
struct SpelledRule: CustomTestStringConvertible, Sendable {
    let name: String
    /// POSTROUTING or PREROUTING.
    let chain: String
    let nft: String
    let iptables: String

    init(_ chain: String, nft: String, iptables: String) {
        (self.chain, self.nft, self.iptables) = (chain, nft, iptables)
        name = iptables
    }

    var testDescription: String { name }

    func write(with tool: FirewallTool, in box: FirewallBox) throws {
        switch tool {
        case .nft:
            let (hook, priority) = chain == "POSTROUTING" ? ("postrouting", "100") : ("prerouting", "-100")
            try box.run(
                """
                nft -f - <<'END'
                add table ip nat
                add chain ip nat \(chain) { type nat hook \(hook) priority \(priority); policy accept; }
                add rule ip nat \(chain) \(nft)
                END
                """)
        case .iptablesNft, .iptablesLegacy: try box.run("\(tool.rawValue) -t nat -A \(chain) \(iptables)")
        }
    }

    static let all: [SpelledRule] = [
        .init(
            "POSTROUTING", nft: "ip saddr 10.0.0.0/24 oifname eth0 counter masquerade",
            iptables: "-s 10.0.0.0/24 -o eth0 -j MASQUERADE"),
        .init(
            "POSTROUTING", nft: "ip saddr 10.0.0.0/24 oifname != br0 counter masquerade",
            iptables: "-s 10.0.0.0/24 ! -o br0 -j MASQUERADE"),
        .init(
            "POSTROUTING", nft: "ip saddr != 10.0.0.0/9 oifname \"eth*\" counter masquerade random",
            iptables: "! -s 10.0.0.0/9 -o eth+ -j MASQUERADE --random"),
        .init(
            "POSTROUTING", nft: "ip saddr 10.0.0.2 ip daddr 192.0.2.0/30 tcp dport 80 counter masquerade to :1000-2000",
            iptables: "-s 10.0.0.2 -d 192.0.2.0/30 -p tcp --dport 80 -j MASQUERADE --to-ports 1000-2000"),
        .init(
            "POSTROUTING", nft: "ip saddr 10.0.0.0/15 counter snat to 192.0.2.1-192.0.2.9",
            iptables: "-s 10.0.0.0/15 -j SNAT --to-source 192.0.2.1-192.0.2.9"),
        .init(
            "PREROUTING", nft: "iifname eth0 tcp dport 8080 counter dnat to 10.0.0.2:80",
            iptables: "-i eth0 -p tcp --dport 8080 -j DNAT --to-destination 10.0.0.2:80"),
        .init(
            "PREROUTING", nft: "udp dport 5000-6000 udp sport != 53 counter redirect to :53",
            iptables: "-p udp --dport 5000:6000 ! --sport 53 -j REDIRECT --to-ports 53"),
        .init(
            "PREROUTING", nft: "tcp dport { 80, 443 } counter dnat to 10.0.0.2",
            iptables: "-p tcp -m multiport --dports 80,443 -j DNAT --to-destination 10.0.0.2"),
        .init(
            "PREROUTING", nft: "meta l4proto != icmp fib daddr type local ct state new counter dnat to 10.0.0.2",
            iptables:
                "! -p icmp -m addrtype --dst-type LOCAL -m conntrack --ctstate NEW -j DNAT --to-destination 10.0.0.2"),
        .init(
            "PREROUTING", nft: "ip daddr 10.96.0.0-10.96.0.5 counter dnat to 10.0.0.2",
            iptables:
                "-m iprange --dst-range 10.96.0.0-10.96.0.5 -m comment --comment hello -j DNAT --to-destination 10.0.0.2"
        ),
    ]
}

@Suite("NAT rules by every tool", .enabled(if: FirewallBox.isPossible, "no network namespace can be made here"))
struct NATRuleTests {
    @Test(
        "is read the same, but for who wrote it",
        .enabled(if: FirewallTool.usable.count > 1, "fewer than two tools can write rules here: nothing to compare"),
        arguments: SpelledRule.all)
    func same(spelled: SpelledRule) throws {
        var readings: [NATRule] = []
        for tool in FirewallTool.allCases where tool.isUsable {
            let box = try FirewallBox()
            do {
                try spelled.write(with: tool, in: box)
            } catch let failure as ShellDialog.Failure {
                // A kernel may lack single matches or targets.
                print("\(tool.rawValue) cannot write this rule here: \(failure)")
                continue
            }
            let rules = try box.natRules()
            #expect(rules.count == 1, "\(tool.rawValue)")
            var rule = try #require(rules.first)
            #expect(rule.backend == tool.backend)
            rule.backend = .nftables
            readings.append(rule)
        }
        #expect(!readings.isEmpty)
        for reading in readings.dropFirst() { #expect(reading == readings[0]) }
    }

    @Test("of nft says what it is about", .enabled(if: FirewallTool.nft.isUsable, "nft cannot write rules here"))
    func nft() throws { try masquerade(.nft) }

    @Test(
        "of iptables-nft says what it is about",
        .enabled(if: FirewallTool.iptablesNft.isUsable, "iptables-nft cannot write rules here"))
    func iptablesNft() throws { try masquerade(.iptablesNft) }

    @Test(
        "of iptables-legacy says what it is about",
        .enabled(if: FirewallTool.iptablesLegacy.isUsable, "iptables-legacy cannot write rules here"))
    func iptablesLegacy() throws { try masquerade(.iptablesLegacy) }

    @Test("of a chain in which others come first says which packets those take away", arguments: FirewallTool.usable)
    func exempt(tool: FirewallTool) throws {
        let box = try FirewallBox()
        for (nft, iptables) in [
            ("ip saddr 10.0.0.128/25 return", "-s 10.0.0.128/25 -j RETURN"),
            ("ip daddr 10.0.0.0/24 accept", "-d 10.0.0.0/24 -j ACCEPT"),
            ("ip saddr 10.0.0.0/24 masquerade", "-s 10.0.0.0/24 -j MASQUERADE"),
            ("ip saddr 10.0.0.0/26 accept", "-s 10.0.0.0/26 -j ACCEPT"),
        ] {
            try SpelledRule("POSTROUTING", nft: nft, iptables: iptables).write(with: tool, in: box)
        }
        let rules = try box.natRules()
        #expect(rules.count == 1)
        let exempt = try #require(rules.first).exempt
        #expect(exempt.map(\.source?.only) == [IPPrefix("10.0.0.128/25"), nil])
        #expect(exempt.map(\.destination?.only) == [nil, IPPrefix("10.0.0.0/24")])
    }

    private func masquerade(_ tool: FirewallTool) throws {
        let box = try FirewallBox()
        try SpelledRule.all[1].write(with: tool, in: box)
        let rule = try #require(try box.natRules().first)
        #expect(rule.family == .ipv4 && rule.table == "nat" && rule.chain == "POSTROUTING" && rule.place == 0)
        #expect(rule.bases == [NATBase(chain: "POSTROUTING", hook: .postrouting, priority: 100)])
        #expect(rule.isInBaseChain && rule.hook == .postrouting)
        #expect(rule.source?.only == IPPrefix("10.0.0.0/24") && rule.destination == nil)
        #expect(rule.outInterface == NATMatch(.name("br0"), isNegated: true) && rule.inInterface == nil)
        #expect(rule.transport == nil && rule.destinationPorts == nil && !rule.hasOtherConditions)
        #expect(rule.action == .masquerade(ports: nil) && rule.flags.isEmpty)
        #expect(rule.packets == 0 && rule.bytes == 0)
    }

    @Test(
        "names what has no field: one rule more that seems to be for all would be a lie",
        arguments: FirewallTool.usable)
    func words(tool: FirewallTool) throws {
        let box = try FirewallBox()
        try SpelledRule.all[8].write(with: tool, in: box)
        let rule = try #require(try box.natRules().first)
        #expect(rule.transport == NATMatch(.icmp, isNegated: true))
        #expect(Set(rule.otherConditions) == ["fib daddr type local", "ct state new"])
    }

    @Test("of a chain that is only jumped to has the base chain that leads there", arguments: FirewallTool.usable)
    func jumps(tool: FirewallTool) throws {
        let box = try FirewallBox()
        switch tool {
        case .nft:
            try box.run(
                """
                nft -f - <<'END'
                table ip nat {
                    chain SVC { ip daddr 10.96.0.1 counter dnat to 10.0.0.2; }
                    chain LOST { counter dnat to 10.0.0.3; }
                    chain PREROUTING { type nat hook prerouting priority -100; jump MIDDLE; }
                    chain OUTPUT { type nat hook output priority -100; goto MIDDLE; }
                    chain MIDDLE { jump SVC; }
                }
                END
                """)
        case .iptablesNft, .iptablesLegacy:
            let tool = "\(tool.rawValue) -t nat"
            try box.run(
                """
                \(tool) -N SVC; \(tool) -N LOST; \(tool) -N MIDDLE
                \(tool) -A SVC -d 10.96.0.1 -j DNAT --to-destination 10.0.0.2
                \(tool) -A LOST -j DNAT --to-destination 10.0.0.3
                \(tool) -A PREROUTING -j MIDDLE; \(tool) -A OUTPUT -g MIDDLE; \(tool) -A MIDDLE -j SVC
                """)
        }
        let rules = try box.natRules()
        let service = try #require(rules.first { $0.chain == "SVC" })
        #expect(
            Set(service.bases) == [
                NATBase(chain: "PREROUTING", hook: .prerouting, priority: -100),
                NATBase(chain: "OUTPUT", hook: .output, priority: -100),
            ])
        #expect(!service.isInBaseChain)
        let lost = try #require(rules.first { $0.chain == "LOST" })
        #expect(lost.bases.isEmpty && lost.hook == nil)
    }

    @Test(
        "counts the first packet of each connection", .enabled(if: FirewallBox.canPing, "ping cannot be used here"),
        arguments: FirewallTool.usable)
    func counters(tool: FirewallTool) throws {
        let box = try FirewallBox()
        try box.run("ip address add 10.9.0.1/24 dev lo")
        switch tool {
        case .nft:
            try box.run(
                """
                nft add table ip nat; nft 'add chain ip nat POSTROUTING { type nat hook postrouting priority 100; }'
                nft add rule ip nat POSTROUTING ip saddr 10.9.0.0/24 counter masquerade
                """)
        case .iptablesNft, .iptablesLegacy:
            try box.run("\(tool.rawValue) -t nat -A POSTROUTING -s 10.9.0.0/24 -j MASQUERADE")
        }
        #expect(try box.natRules().map(\.packets) == [0])
        try box.run("ping -q -c 1 -W 5 -I 10.9.0.1 10.9.0.1")
        let rule = try #require(try box.natRules().first)
        #expect(rule.packets == 1 && rule.bytes == 84)
    }

    @Test(
        "of IPv6 is read from both kinds of tables",
        .enabled(
            if: FirewallBox.canUseNft && FirewallBox.canUseIp6tablesLegacy,
            "nft or ip6tables-legacy cannot write rules here"))
    func version6() throws {
        let (one, two) = (try FirewallBox(), try FirewallBox())
        try one.run(
            """
            nft add table ip6 nat; nft 'add chain ip6 nat PREROUTING { type nat hook prerouting priority -100; }'
            nft add rule ip6 nat PREROUTING ip6 saddr fd00::/64 ip6 daddr fd00:1::1 tcp dport 80 counter \
            dnat to [fd00:2::2]:8080
            """)
        try two.run(
            """
            ip6tables-legacy -t nat -A PREROUTING -s fd00::/64 -d fd00:1::1 -p tcp --dport 80 -j DNAT \
            --to-destination '[fd00:2::2]:8080'
            """)
        let nft = try #require(try one.natRules().first)
        var legacy = try #require(try two.natRules().first)
        legacy.backend = .nftables
        #expect(legacy == nft)
        #expect(nft.family == .ipv6 && nft.source?.only == IPPrefix("fd00::/64"))
        guard case .dnat(let target) = nft.action else { return #expect(Bool(false), "\(nft.action)") }
        #expect(target.address == IPAddress("fd00:2::2") && target.port == 8080)
    }

    @Test("looking makes no legacy table")
    func quiet() throws {
        let box = try FirewallBox()
        _ = try box.natRules()
        #expect(try box.run("cat /proc/net/ip_tables_names 2>/dev/null || :").isEmpty)
    }

    @Test(
        "of iptables-legacy is found where the list of tables may not be read",
        .enabled(if: FirewallTool.iptablesLegacy.isUsable, "iptables-legacy cannot write rules here"))
    func unreadableList() throws {
        let box = try FirewallBox(atOnce: true)
        #expect(try box.natRules().isEmpty)
        try SpelledRule.all[0].write(with: .iptablesLegacy, in: box)
        #expect(try box.natRules().map(\.backend) == [.iptablesLegacy])
    }

    @Test("a namespace without rules has none, and that is no error")
    func empty() throws {
        let state = try NATState.read(in: try FirewallBox().namespace())
        #expect(state.rules.isEmpty)
    }
}
