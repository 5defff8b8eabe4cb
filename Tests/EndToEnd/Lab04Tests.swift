// Lab 04: its truths, and source NAT by whichever tool a learner prefers.

import Foundation
import Testing

@Suite struct Lab04Tests {
    @Test(
        "verify proves the six truths of lab 04, with drawn variables as well", .needsPlayground,
        arguments: [nil, "spring"])
    func truths(seed: String?) throws {
        let report = try Home().proven("04", seed: seed)
        #expect(report.summary.skip == 0)
        // A cable that exists, is up, has its addresses, and carries nothing.
        #expect(report.statuses["mutants-are-killed/dead-cable"] == "pass")
    }

    /// solution.sh with another line for the rule.
    private func solved(_ home: Home, rule: [String]) throws -> ReportDocument {
        var lines = try String(
            contentsOfFile: Executable.checkout + "/Labs/04-network/solution.sh", encoding: .utf8
        ).components(separatedBy: "\n")
        let place = try #require(lines.firstIndex { $0.hasPrefix("iptables ") })
        lines.replaceSubrange(place...place, with: rule)
        let script = try home.write(lines.joined(separator: "\n"), to: "04-network.sh")
        return try home.podlab("lab", "check", "04-network", "--file", script, "--format", "json").report()
    }

    /// Kernels may do without the old tables, and distributions without the old command.
    private static let hasLegacyTables =
        (try? Home().podlab("run", "--", "iptables-legacy", "-t", "nat", "-S"))?.code == 0

    @Test(
        "source NAT is accepted from iptables on nf_tables and from nft", .needsPlayground,
        arguments: ["iptables-nft", "nft"])
    func tools(tool: String) throws {
        try accepts(tool)
    }

    @Test(
        "source NAT is accepted from legacy iptables", .needsPlayground,
        .enabled(if: hasLegacyTables, "iptables-legacy does not work in a playground here"))
    func legacy() throws {
        try accepts("iptables-legacy")
    }

    private func accepts(_ tool: String) throws {
        let home = try Home()
        let rule =
            tool == "nft"
            ? [
                "nft add table ip pods",
                "nft 'add chain ip pods out { type nat hook postrouting priority srcnat; }'",
                "nft add rule ip pods out ip saddr $SUBNET.0/24 oifname != br0 counter masquerade",
            ] : ["\(tool) -t nat -A POSTROUTING -s $SUBNET.0/24 ! -o br0 -j MASQUERADE"]
        let report = try solved(home, rule: rule)
        #expect(report.summary.fail == 0 && report.summary.error == 0, "\(report)")
        let nat = try report.check("out/nat")
        let backend = tool == "nft" ? "nftables" : tool
        #expect(nat.status == "pass" && nat.evidence.contains { $0.source.hasPrefix(backend) }, "\(nat)")
        let out = try report.check("out/there-and-back")
        #expect(out.evidence.contains { $0.value.contains("from 203.0.113.10:") }, "\(out)")
    }

    @Test("with a rule for the wrong source nobody is told to add the route that is there", .needsPlayground)
    func wrongSource() throws {
        let home = try Home()
        let report = try solved(home, rule: ["iptables -t nat -A POSTROUTING -s 10.99.0.0/16 -j MASQUERADE"])
        for id in ["there-and-back", "second"] {
            let check = try report.check("out/\(id)")
            #expect(check.status == "fail" && check.help?.contains("route add") == false, "\(check)")
            #expect(check.evidence.contains { $0.value.contains("default via 10.244.1.1") }, "\(check)")
            #expect(check.evidence.contains { $0.value.contains("from 10.99.0.0/16: masquerade") }, "\(check)")
        }
    }

    @Test("source NAT by a fixed address is accepted, and one that is not the node's is told apart", .needsPlayground)
    func fixedAddress() throws {
        let home = try Home()
        func rule(_ address: String) -> [String] {
            ["iptables -t nat -A POSTROUTING -s $SUBNET.0/24 -o uplink -j SNAT --to-source \(address)"]
        }
        #expect(try solved(home, rule: rule("203.0.113.10")).summary.fail == 0)
        let wrong = try solved(home, rule: rule("203.0.113.99"))
        #expect(try wrong.check("out/nat").status == "pass")
        let out = try wrong.check("out/there-and-back")
        #expect(out.status == "fail" && out.actual?.contains("203.0.113.99") == true, "\(out)")
    }

    @Test("help says on which of the three machines a packet got stuck", .needsPlayground)
    func help() throws {
        let home = try Home()
        let solution = try String(
            contentsOfFile: Executable.checkout + "/Labs/04-network/solution.sh", encoding: .utf8)
        func help(without words: String) throws -> String? {
            let lines = solution.split(separator: "\n", omittingEmptySubsequences: false).filter {
                !$0.hasPrefix(words)
            }
            let script = try home.write(lines.joined(separator: "\n"), to: "04-network.sh")
            let report = try home.podlab("lab", "check", "04-network", "--file", script, "--format", "json").report()
            return try report.check("out/there-and-back").help
        }
        #expect(try help(without: "sysctl")?.contains("ip_forward=1") == true)
        #expect(try help(without: "iptables")?.contains("rewritten") == true)
    }

    @Test(
        "the look after a line sends nothing while what is read already says that the step is not done",
        .needsPlayground)
    func looks() throws {
        let home = try Home()
        // A packet to an address that nobody has leaves a mark: the neighbour that was asked for.
        let done = try home.tutorial(
            "start 4", "goto packets", "ip -n $NETNS address add $SUBNET.2/24 dev eth0",
            "ip -n $NETNS link set eth0 up", "ip link set veth-$NETNS up", "true",
            "echo asked: $(ip -n $NETNS neigh show | grep -c $SUBNET.1)", "check",
            "echo asked then: $(ip -n $NETNS neigh show | grep -c $SUBNET.1)",
            "ip address add $SUBNET.1/24 dev veth-$NETNS", "quit")
        #expect(done.output.contains("asked: 0\n"), "\(done)")
        #expect(done.output.contains("asked then: 1\n"), "\(done)")
    }

    @Test("the host of the scene is there before the learner, and is reset with the playground", .needsPlayground)
    func scene() throws {
        let home = try Home()
        let script = try home.write(
            """
            # step: alone
            ping -c 1 -W 1 203.0.113.80 && test "$(cat /proc/sys/net/ipv4/ip_forward)" = 0 && unshare -n bash
            ip link set lo up
            """, to: "04-network.sh")
        let report = try home.podlab("lab", "check", "04-network", "--file", script, "--format", "json").report()
        #expect(try report.check("alone/talks").status == "pass", "\(report)")
        #expect(home.sessions.isEmpty)
    }
}
