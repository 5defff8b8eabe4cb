// Rules of nf_tables as values: what each way of writing a condition is read as.

import TestSupport
import Testing

@testable import KernelState
@testable import Netlink

@Suite("reading rules of nf_tables")
struct NATDecoderTests {
    private let chain = NFChain(family: .ipv4, table: "lab", name: "post", base: .sourceNAT)

    /// The NAT rule that the expressions with a masquerade behind them are.
    private func rule(
        _ expressions: [NFExpression], family: NetfilterFamily = .ipv4, sets: [NFRuleset.SetContent] = []
    ) throws -> NATRule {
        var ruleset = NFRuleset()
        var chain = chain
        chain.family = family
        ruleset.tables = [NFTable(family: family, name: chain.table)]
        ruleset.chains = [chain]
        ruleset.rules = [NFRule(in: chain, expressions + [.masquerade(ports: nil, flags: [])])]
        for content in sets {
            ruleset.sets[.init(family: family, table: chain.table, name: content.set.name)] = content
        }
        return try #require(NATState.rules(in: ruleset).first)
    }

    private func set(
        _ name: String, _ keyLength: UInt32, _ elements: [NFSetElement], flags: NFSet.Flags = [], isWhole: Bool = true
    ) -> NFRuleset.SetContent {
        let set = NFSet(family: .ipv4, table: "lab", name: name, id: 0, flags: flags, keyLength: keyLength)
        return NFRuleset.SetContent(set: set, elements: elements, isWhole: isWhole)
    }

    private func payload(_ base: NFPayload.Base, _ offset: UInt32, _ length: UInt32) -> NFExpression {
        .payload(NFPayload(base, offset: offset, length: length), to: .data1)
    }

    @Test("what our own conditions say is read as said, in each family")
    func own() throws {
        let prefix = try #require(IPPrefix("10.20.0.0/17"))
        let wide = try #require(IPPrefix("fd00::/61"))
        for family in [NetfilterFamily.ipv4, .inet] {
            let expressions =
                NFCondition.source(prefix).expressions(in: family)
                + NFCondition.destination(prefix, isNegated: true).expressions(in: family)
                + NFCondition.outInterface(.prefix("eth"), isNegated: true).expressions(in: family)
                + NFCondition.inInterface(.index(7)).expressions(in: family)
                + NFCondition.destinationPort(.udp, 53...60).expressions(in: family)
            let rule = try rule(expressions, family: family)
            #expect(rule.source == NATMatch(prefix) && rule.destination == NATMatch(prefix, isNegated: true))
            #expect(rule.outInterface == NATMatch(.prefix("eth"), isNegated: true))
            #expect(rule.inInterface == NATMatch(.index(7)))
            #expect(rule.transport?.only == .udp && rule.destinationPorts?.only == 53...60)
            #expect(!rule.hasOtherConditions, "\(rule.otherConditions)")
        }
        let six = try rule(NFCondition.source(wide).expressions(in: .inet), family: .inet)
        #expect(six.source?.only == wide && !six.hasOtherConditions)
    }

    @Test("a table of both families says for which one, where no address does")
    func inet() throws {
        let rule = try rule(
            [.meta(.networkProtocol, to: .data1), .compare(.data1, .equal, [10])], family: .inet)
        #expect(rule.otherConditions == ["family ip6"])
    }

    @Test("neighbours that are compared at once are taken apart")
    func neighbours() throws {
        let both = try rule([payload(.network, 12, 8), .compare(.data1, .equal, [10, 0, 0, 1, 10, 0, 0, 2])])
        #expect(both.source?.only == IPPrefix("10.0.0.1/32") && both.destination?.only == IPPrefix("10.0.0.2/32"))
        let partly = try rule([payload(.network, 12, 6), .compare(.data1, .equal, [10, 0, 0, 1, 10, 9])])
        #expect(partly.source?.only == IPPrefix("10.0.0.1/32") && partly.destination?.only == IPPrefix("10.9.0.0/16"))
        let ports = try rule([payload(.transport, 0, 4), .compare(.data1, .equal, [0, 53, 0, 80])])
        #expect(ports.sourcePorts?.only == 53...53 && ports.destinationPorts?.only == 80...80)
        // "Not both" is neither "not this" nor "not that".
        let negated = try rule([payload(.network, 12, 8), .compare(.data1, .notEqual, [10, 0, 0, 1, 10, 0, 0, 2])])
        #expect(negated.source == nil && negated.destination == nil && negated.hasOtherConditions)
    }

    @Test("ranges may be one expression or two comparisons")
    func ranges() throws {
        let one = try rule([
            payload(.transport, 2, 2), .range(.data1, from: [0, 10], to: [0, 20], isNegated: true),
        ])
        #expect(one.destinationPorts == NATMatch(10...20, isNegated: true))
        let two = try rule([
            payload(.network, 16, 4), .compare(.data1, .greaterOrEqual, [10, 0, 0, 0]),
            .compare(.data1, .lessOrEqual, [10, 0, 0, 9]),
        ])
        #expect(two.destination?.values.map(\.description) == ["10.0.0.0/29", "10.0.0.8/31"])
        let open = try rule([payload(.transport, 2, 2), .compare(.data1, .greaterOrEqual, [4, 0])])
        #expect(open.destinationPorts?.only == 1024...65535)
    }

    @Test("small sets are listed, large ones and those that cannot be known are named")
    func sets() throws {
        let lookup = NFExpression.lookup(NFLookup("s", from: .data1, isNegated: true))
        let few = set("s", 4, [NFSetElement([10, 0, 0, 1]), NFSetElement([10, 0, 0, 3])])
        let listed = try rule([payload(.network, 12, 4), lookup], sets: [few])
        #expect(
            listed.source
                == NATMatch(
                    anyOf: [IPPrefix("10.0.0.1/32"), IPPrefix("10.0.0.3/32")].compactMap { $0 }, isNegated: true))

        let borders = [
            NFSetElement([10, 1, 0, 2], endsInterval: true), NFSetElement([10, 1, 0, 1]),
            NFSetElement([10, 0, 1, 0], endsInterval: true), NFSetElement([10, 0, 0, 0]),
            NFSetElement([0, 0, 0, 0], endsInterval: true),
        ]
        let intervals = try rule(
            [payload(.network, 12, 4), .lookup(NFLookup("s", from: .data1))],
            sets: [set("s", 4, borders, flags: .interval)])
        #expect(intervals.source?.values.map(\.description) == ["10.0.0.0/24", "10.1.0.1/32"])

        let many = set("s", 4, (0..<100).map { NFSetElement([10, 0, 0, $0 * 2]) })
        for sets in [[many], [], [set("s", 4, few.elements, isWhole: false)]] {
            let named = try rule([payload(.network, 12, 4), lookup], sets: sets)
            #expect(named.source == nil && named.otherConditions.count == 1)
            #expect(named.otherConditions.first?.hasSuffix("!= @s") == true)
        }
    }

    @Test("addresses out of a map name the map")
    func maps() throws {
        var ruleset = NFRuleset()
        ruleset.chains = [chain]
        ruleset.rules = [
            NFRule(
                in: chain,
                [
                    .numgen(NFNumberGenerator(.incremental, modulus: 2), to: .data1),
                    .lookup(NFLookup("endpoints", from: .data1, to: .data1)),
                    .nat(NFNAT(.destination, family: .ipv4, addresses: NFRegisters(.data1), flags: .mapAddresses)),
                ])
        ]
        let rule = try #require(NATState.rules(in: ruleset).first)
        guard case .dnat(let target) = rule.action else { return #expect(Bool(false), "\(rule.action)") }
        #expect(target.map == "endpoints" && target.address == nil && rule.packets == nil)
    }

    @Test("chains are reached through verdict maps, circles end, dormant tables see nothing")
    func reach() throws {
        let one = NFChain(family: .ipv4, table: "lab", name: "one")
        let map = NFSet(family: .ipv4, table: "lab", name: "vips", id: 0, keyLength: 4, value: .verdict)
        var ruleset = NFRuleset()
        ruleset.tables = [NFTable(family: .ipv4, name: "lab")]
        ruleset.chains = [chain, one]
        ruleset.sets[.init(family: .ipv4, table: "lab", name: "vips")] = NFRuleset.SetContent(
            set: map, elements: [NFSetElement([10, 96, 0, 1], value: .verdict(.goto("one")))], isWhole: true)
        ruleset.rules = [
            NFRule(in: chain, [payload(.network, 16, 4), .lookup(NFLookup("vips", from: .data1, to: .verdict))]),
            NFRule(in: one, [.masquerade(ports: nil, flags: [])]), NFRule(in: one, [.verdict(.jump("post"))]),
        ]
        let base = NATBase(chain: "post", hook: .postrouting, priority: 100)
        #expect(try #require(NATState.rules(in: ruleset).first).bases == [base])
        ruleset.tables[0].flags = 1
        #expect(try #require(NATState.rules(in: ruleset).first).bases.isEmpty)
    }

    @Test("what is not known is a condition in words; what always holds is none")
    func unknown() throws {
        let known = try rule([
            .other(name: "log", attributes: []), .counter(packets: 1, bytes: 2), .setMeta(.mark, from: .data1),
            .match(NFExtension("comment", revision: 0, info: [])),
        ])
        #expect(!known.hasOtherConditions && known.packets == 1 && known.backend == .iptablesNft)
        for expression in [
            NFExpression.other(name: "limit", attributes: []), .match(NFExtension("quota", revision: 0, info: [])),
            .compare(.data1, .equal, [1]), .compare(.verdict, .equal, [1]),
            .lookup(NFLookup("s", from: .word(9))),
        ] {
            #expect(try rule([expression]).hasOtherConditions, "\(expression)")
        }
        // A second condition on one field does not take the first one's place.
        let prefix = try #require(IPPrefix("10.0.0.0/8"))
        let twice = try rule(
            NFCondition.source(prefix).expressions(in: .ipv4)
                + NFCondition.source(try #require(IPPrefix("10.1.0.0/16")), isNegated: true).expressions(in: .ipv4))
        #expect(twice.source?.only == prefix && twice.otherConditions == ["source ! 10.1.0.0/16"])
    }

    @Test("a register that is written over no longer holds what it held")
    func overwritten() throws {
        // The name takes the words 0 to 3, so a port in the word 2 spoils it.
        let rule = try rule([
            .meta(.outInterfaceName, to: .data1), .immediate([0, 80], to: .word(0)),
            .compare(.data1, .equal, Array("eth0\0".utf8)),
        ])
        #expect(rule.outInterface == nil && rule.hasOtherConditions)
    }

    @Test("expressions in any order with any numbers are survived")
    func random() throws {
        var generator = SeededGenerator(seed: 6)
        func number(_ end: UInt32) -> UInt32 { .random(in: 0...end, using: &generator) }
        func bytes(_ most: Int = 20) -> [UInt8] {
            (0..<Int.random(in: 0...most, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        func register() -> NFRegister { NFRegister(rawValue: number(25)) }
        func expression() -> NFExpression {
            switch number(12) {
            case 0: .meta(NFMetaKey(rawValue: number(20)), to: register())
            case 1:
                .payload(
                    NFPayload(
                        NFPayload.Base(rawValue: number(3)) ?? .network, offset: number(7) == 0 ? .max : number(31),
                        length: [0, 1, 2, 4, 8, 16, 32, .max].randomElement(using: &generator) ?? 4), to: register())
            case 2, 3: .compare(register(), NFComparison(rawValue: number(5)) ?? .equal, bytes())
            case 4: .range(register(), from: bytes(), to: bytes(), isNegated: number(1) == 0)
            case 5: .bitwise(from: register(), to: register(), mask: bytes(8), xor: bytes(8))
            case 6: .immediate(bytes(), to: register())
            case 7: .lookup(NFLookup("s", from: register(), to: number(1) == 0 ? nil : register(), isNegated: false))
            case 8: .fib(NFRouteQuestion(result: number(4), flags: number(40)), to: register())
            case 9: .conntrack(NFConntrackKey(rawValue: number(5)), direction: nil, to: register())
            case 10: .target(NFExtension("SNAT", revision: number(2), info: bytes(50)))
            case 11:
                .nat(
                    NFNAT(
                        .source, family: .ipv4, addresses: NFRegisters(register(), register()),
                        ports: NFRegisters(register(), register())))
            default: .redirect(ports: NFRegisters(register(), register()), flags: [])
            }
        }
        for _ in 0..<5000 {
            let family = [NetfilterFamily.ipv4, .ipv6, .inet].randomElement(using: &generator) ?? .ipv4
            let elements = (0..<number(6)).map { _ in
                NFSetElement(bytes(), keyEnd: number(3) == 0 ? bytes() : nil, endsInterval: number(1) == 0)
            }
            let content = set("s", number(16), elements, flags: number(1) == 0 ? .interval : [])
            _ = try rule((0..<number(8)).map { _ in expression() }, family: family, sets: [content])
        }
    }
}
