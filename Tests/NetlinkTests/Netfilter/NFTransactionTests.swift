// Transactions against the kernel, compared with what nft(8) lists.

import Foundation
import SystemPackage
import Testing

@testable import Netlink

private let canUseNft: Bool = (try? NamespaceShell().run("nft -j list ruleset && nft add table ip x")) != nil

private let table = NFTable(family: .ipv4, name: "lab")
private let post = NFChain(family: .ipv4, table: "lab", name: "post", base: .sourceNAT)
private let pre = NFChain(family: .ipv4, table: "lab", name: "pre", base: .destinationNAT)

private func socket(_ shell: NamespaceShell) throws -> NetlinkSocket {
    try NetlinkSocket(.netfilter, in: try NetworkNamespace(path: shell.path))
}

private func prefix(_ text: String) throws -> IPPrefix { try IPPrefix(parsing: text) }

@Suite("transactions of nf_tables", .enabled(if: canUseNft, "nft(8) or the kernel's nf_tables is missing"))
struct NFTransactionTests {
    /// The objects of one kind that nft lists.
    private func listed(_ shell: NamespaceShell, _ kind: String) throws -> [[String: Any]] {
        let text = try shell.run("nft -j list ruleset")
        let root = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return (root?["nftables"] as? [[String: Any]] ?? []).compactMap { $0[kind] as? [String: Any] }
    }

    /// The rules of a chain as nft prints them.
    private func text(_ shell: NamespaceShell, _ chain: NFChain) throws -> [String] {
        let text = try shell.run("nft -n list chain \(chain.family) \(chain.table) \(chain.name)")
        return text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter {
            !$0.hasSuffix("{") && $0 != "}" && !$0.hasPrefix("type ")
        }
    }

    @Test("nft reads our rules as what they say")
    func rules() throws {
        let shell = try NamespaceShell()
        var socket = try socket(shell)
        var all = NFTransaction()
        all.add(table)
        all.add(post)
        all.add(pre)
        all.add(
            NFRule(
                in: post,
                if: [.source(try prefix("10.0.0.0/24")), .outInterface(.name("br0"), isNegated: true)],
                [.count, .masquerade()]))
        all.add(
            NFRule(
                in: post, if: [.source(try prefix("10.0.0.0/23")), .outInterface(.prefix("eth"))],
                [.masquerade(.random)]))
        all.add(
            NFRule(
                in: post, if: [.destination(try prefix("192.0.2.1/32"), isNegated: true)],
                [.sourceNAT(to: .v4(192, 0, 2, 9))]))
        all.add(
            NFRule(
                in: pre, if: [.inInterface(.name("eth0")), .destinationPort(.tcp, 8080...8080)],
                [.count, .destinationNAT(to: .v4(10, 0, 0, 2), port: 80)]))
        all.add(NFRule(in: pre, if: [.destinationPort(.udp, 5000...6000)], [.redirect(port: 53)]))
        all.add(NFRule(in: pre, if: [.destinationIsLocal, .transport(.icmp)], [.verdict(.return)]), first: true)
        try all.apply(on: &socket)

        #expect(
            try text(shell, post) == [
                "ip saddr 10.0.0.0/24 oifname != \"br0\" counter packets 0 bytes 0 masquerade",
                "ip saddr 10.0.0.0/23 oifname \"eth*\" masquerade random",
                "ip daddr != 192.0.2.1 snat to 192.0.2.9",
            ])
        #expect(
            try text(shell, pre) == [
                "fib daddr type 2 meta l4proto 1 return",
                "iifname \"eth0\" tcp dport 8080 counter packets 0 bytes 0 dnat to 10.0.0.2:80",
                "udp dport 5000-6000 redirect to :53",
            ])
        let chains = try listed(shell, "chain")
        #expect(chains.map { $0["hook"] as? String } == ["postrouting", "prerouting"])
        #expect(chains.map { $0["prio"] as? Int } == [100, -100])
        #expect(chains.allSatisfy { $0["type"] as? String == "nat" && $0["policy"] as? String == "accept" })

        // And the dump has what was written, in order.
        let read = try NFRuleset.read(&socket)
        #expect(read.tables == [table])
        #expect(Set(read.chains) == [post, pre])
        let handles = try listed(shell, "rule").compactMap { $0["handle"] as? UInt64 }
        #expect(Set(read.rules.compactMap(\.handle)) == Set(handles) && handles.count == 6)
    }

    @Test("a service spread over addresses by a verdict map and a number generator, as kube-proxy has it")
    func service() throws {
        let shell = try NamespaceShell()
        var socket = try socket(shell)
        let services = NFChain(family: .ipv4, table: "lab", name: "svc")
        var all = NFTransaction()
        all.add(table)
        all.add(pre)
        all.add(services)
        // nft's numbers of types, 6 bits each: ipv4_addr 7, inet_proto 12, inet_service 13; only nft reads them.
        let fields: [NFField] = [.destinationAddress, .transportProtocol, .destinationPort]
        let key: UInt32 = (7 << 12) | (12 << 6) | 13
        let vips = all.add(
            NFSet(family: .ipv4, table: "lab", name: "vips", id: 0, keyLength: 12, keyType: key, value: .verdict),
            elements: [NFSetElement([10, 96, 0, 1, 6, 0, 0, 0, 0, 80, 0, 0], value: .verdict(.goto("svc")))])
        let endpoints = all.add(
            NFSet(
                family: .ipv4, table: "lab", name: "endpoints", id: 0, keyLength: 4, keyType: 4, value: .bytes(8),
                valueType: (7 << 6) | 13),
            elements: (0..<2).map { number in
                NFSetElement(
                    NFExpression.machineOrder(number), value: .bytes([10, 0, 0, 2 + UInt8(number), 0x1f, 0x90, 0, 0]))
            })
        all.add(NFRule(in: pre, [.verdictMap(vips, fields)]))
        all.add(
            NFRule(
                in: services, if: [.transport(.tcp)],
                [.count, .destinationNATInTurn(endpoints, NFNumberGenerator(.incremental, modulus: 2))]))
        try all.apply(on: &socket)

        #expect(try text(shell, pre) == ["ip daddr . meta l4proto . th dport vmap @vips"])
        let listing = try shell.run("nft -n list map ip lab vips")
        #expect(listing.contains("10.96.0.1 . 6 . 80 : goto svc"))
        let rule = try #require(try text(shell, services).first)
        #expect(rule.contains("dnat") && rule.contains("numgen inc mod 2 map @endpoints"))

        let read = try NFRuleset.read(&socket)
        let map = try #require(read.sets[.init(family: .ipv4, table: "lab", name: "vips")])
        #expect(map.isWhole && map.elements.map(\.value) == [.verdict(.goto("svc"))])
        let targets = try #require(read.sets[.init(family: .ipv4, table: "lab", name: "endpoints")])
        #expect(Set(targets.elements.map(\.key)) == [NFExpression.machineOrder(0), NFExpression.machineOrder(1)])

        // Elements come and go by themselves.
        var less = NFTransaction()
        less.delete([targets.elements[0]], of: targets.set)
        try less.apply(on: &socket)
        #expect(
            try NFRuleset.read(&socket).sets[.init(family: .ipv4, table: "lab", name: "endpoints")]?.elements.count == 1
        )
    }

    @Test("what nft makes is read: sets of intervals, anonymous sets, chains")
    func readsNft() throws {
        let shell = try NamespaceShell()
        try shell.run(
            """
            nft -f - <<'END'
            table ip lab {
                set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/24, 10.1.0.1 }; }
                chain post { type nat hook postrouting priority srcnat; ip saddr @s tcp dport { 80, 443 } masquerade; }
                chain other { }
            }
            END
            """)
        var socket = try socket(shell)
        let read = try NFRuleset.read(&socket)
        #expect(read.chains.contains(post) && read.chains.contains(NFChain(family: .ipv4, table: "lab", name: "other")))
        let set = try #require(read.sets[.init(family: .ipv4, table: "lab", name: "s")])
        #expect(set.set.flags.contains(.interval) && set.set.keyLength == 4 && set.set.value == nil)
        let borders = set.elements.filter(\.endsInterval).map(\.key)
        #expect(Set(borders).isSuperset(of: [[10, 0, 1, 0], [10, 1, 0, 2]]))
        let ports = try #require(read.sets.values.first { $0.set.flags.contains(.anonymous) })
        #expect(Set(ports.elements.map(\.key)) == [[0, 80], [1, 0xbb]])
        #expect(read.rules.first?.expressions.last == .masquerade(ports: nil, flags: []))
    }

    @Test("one refused change undoes all, and each refusal is told with what it was about")
    func rollback() throws {
        let shell = try NamespaceShell()
        var socket = try socket(shell)
        var bad = NFTransaction()
        bad.add(table)
        bad.add(post)
        bad.add(NFRule(in: NFChain(family: .ipv4, table: "lab", name: "nowhere"), [.count]))
        bad.add(NFRule(in: post, [.count, .masquerade()]))
        bad.add(NFRule(in: NFChain(family: .ipv4, table: "elsewhere", name: "post"), [.count]))
        #expect {
            try bad.apply(on: &socket)
        } throws: { error in
            let errors = (error as? BatchError)?.errors ?? []
            return errors.map(\.index) == [2, 4]
                && errors.map(\.object) == ["rule of ip lab nowhere", "rule of ip elsewhere post"]
                && errors.allSatisfy { $0.errno == .noSuchFileOrDirectory && $0.operation == "NFT_MSG_NEWRULE" }
        }
        #expect(try NFRuleset.read(&socket).tables.isEmpty)
        #expect(try listed(shell, "table").isEmpty)
    }

    @Test("a transaction for a generation that is over is refused")
    func generation() throws {
        let shell = try NamespaceShell()
        var socket = try socket(shell)
        let before = try NFRuleset.read(&socket).generation
        try shell.run("nft add table ip other")
        var late = NFTransaction()
        late.add(table)
        #expect {
            try late.apply(on: &socket, ifGeneration: before)
        } throws: { ($0 as? BatchError)?.errors.first?.errno.rawValue == 85 }  // ERESTART
        #expect(try NFRuleset.read(&socket).tables.map(\.name) == ["other"])
        try late.apply(on: &socket, ifGeneration: try NFRuleset.readGeneration(&socket))
        #expect(try NFRuleset.read(&socket).tables.count == 2)
    }

    @Test("rules, chains and tables are deleted; a second table of a name is refused only when asked so")
    func deleting() throws {
        let shell = try NamespaceShell()
        var socket = try socket(shell)
        var all = NFTransaction()
        all.add(table)
        all.add(post)
        for _ in 0..<3 { all.add(NFRule(in: post, [.count, .masquerade()])) }
        try all.apply(on: &socket)
        var again = NFTransaction()
        again.add(table)
        try again.apply(on: &socket)
        var exclusive = NFTransaction()
        exclusive.add(table, exclusively: true)
        #expect {
            try exclusive.apply(on: &socket)
        } throws: { ($0 as? BatchError)?.errors.map(\.errno) == [.fileExists] }

        var less = NFTransaction()
        less.delete(try NFRuleset.read(&socket).rules[1])
        try less.apply(on: &socket)
        #expect(try NFRuleset.read(&socket).rules.count == 2)
        var none = NFTransaction()
        none.flush(post)
        none.delete(post)
        try none.apply(on: &socket)
        #expect(try NFRuleset.read(&socket).chains.isEmpty)
        var gone = NFTransaction()
        gone.delete(table)
        try gone.apply(on: &socket)
        #expect(try NFRuleset.read(&socket).tables.isEmpty)
    }

    @Test("a thousand rules are one transaction and one dump")
    func many() throws {
        let shell = try NamespaceShell()
        var socket = try socket(shell)
        var all = NFTransaction()
        all.add(table)
        all.add(post)
        let rules = try (0..<1000).map { number in
            NFRule(
                in: post, if: [.source(try prefix("10.\(number / 250).\(number % 250).0/24"))], [.count, .masquerade()])
        }
        for rule in rules { all.add(rule) }
        try all.apply(on: &socket)
        let read = try NFRuleset.read(&socket)
        #expect(read.rules.map(\.expressions) == rules.map(\.expressions))
    }
}
