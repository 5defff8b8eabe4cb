// Legacy tables as bytes: what is read from them, and that damage is survived.

import Netlink
import TestSupport
import Testing

@testable import KernelState

/// Writes entries as the kernel gives them. See linux/netfilter_ipv4/ip_tables.h.
private struct EntryWriter {
    var bytes: [UInt8] = []

    static func number<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }
    static func text(_ text: String, _ room: Int) -> [UInt8] {
        Array(text.utf8) + [UInt8](repeating: 0, count: room - text.utf8.count)
    }

    /// struct xt_entry_match or xt_entry_target: on a multiple of 8.
    static func part(_ name: String, _ info: [UInt8], revision: UInt8 = 0) -> [UInt8] {
        let size = (32 + info.count + 7) & ~7
        return number(UInt16(size)) + text(name, 29) + [revision] + info
            + [UInt8](repeating: 0, count: size - 32 - info.count)
    }

    /// The standard target.
    static func verdict(_ verdict: Int32) -> [UInt8] { part("", number(verdict)) }

    /// An entry; returns its offset.
    @discardableResult
    mutating func entry(
        source: [UInt8] = [0, 0, 0, 0], mask: [UInt8] = [0, 0, 0, 0], out: String = "", isNegated: Bool = false,
        transport: UInt16 = 0, matches: [[UInt8]] = [], target: [UInt8], packets: UInt64 = 0
    ) -> Int {
        let none = [UInt8](repeating: 0, count: 4)
        let compared = out.isEmpty ? 0 : out.utf8.count + 1
        var head = source + none + mask + none
        head += Self.text("", 16) + Self.text(out, 16) + Self.text("", 16)
        head += [UInt8](repeating: 0xff, count: compared) + [UInt8](repeating: 0, count: 16 - compared)
        head += Self.number(transport) + [0, isNegated ? 0x02 : 0] + Self.number(UInt32(0))
        let targetOffset = 112 + matches.joined().count
        head += Self.number(UInt16(targetOffset)) + Self.number(UInt16(targetOffset + target.count))
        head += Self.number(UInt32(0)) + Self.number(packets) + Self.number(packets * 100)
        bytes += head + matches.joined() + target
        return bytes.count - targetOffset - target.count
    }

    /// A table with a masquerade in POSTROUTING, a chain of a user with a DNAT, and a jump to it from PREROUTING.
    static func sample() -> (hooks: [NetfilterHook: Int], bytes: [UInt8]) {
        // The jump leads behind the entries of both hooks and the head of the user's chain.
        var writer = EntryWriter()
        let jump = 152 * 3 + (112 + 32 + 24) + 176
        let prerouting = writer.entry(target: verdict(Int32(jump)))
        writer.entry(target: verdict(-2))
        let range = number(UInt32(1)) + number(UInt32(0)) + [UInt8](repeating: 0, count: 12)
        let postrouting = writer.entry(
            source: [10, 0, 0, 0], mask: [255, 255, 255, 0], out: "br0", isNegated: true,
            target: part("MASQUERADE", range), packets: 7)
        writer.entry(target: verdict(-2))
        writer.entry(target: part("ERROR", text("SVC", 30)))
        // struct nf_nat_range2: flags, addresses, ports in network order
        let translation =
            number(UInt32(3)) + [10, 0, 0, 2] + [UInt8](repeating: 0, count: 12) + [10, 0, 0, 2]
            + [UInt8](repeating: 0, count: 12) + [0, 80, 0, 80, 0, 0]
        let ports = number(UInt16(0)) + number(UInt16.max) + number(UInt16(8080)) + number(UInt16(8080)) + [0, 0, 0, 0]
        writer.entry(
            transport: 6, matches: [part("tcp", ports)], target: part("DNAT", translation, revision: 2), packets: 3)
        writer.entry(target: verdict(-5))
        writer.entry(target: part("ERROR", text("ERROR", 30)))
        return ([.prerouting: prerouting, .postrouting: postrouting], writer.bytes)
    }
}

@Suite("legacy tables")
struct LegacyTableTests {
    @Test("chains, jumps, matches, targets and counters are read")
    func sample() throws {
        let (hooks, bytes) = EntryWriter.sample()
        let table = try #require(LegacyTable(family: .ipv4, name: "nat", hooks: hooks, entries: bytes))
        #expect(table.chains.map(\.name) == ["PREROUTING", "POSTROUTING", "SVC"])
        let rules = table.natRules
        #expect(rules.map(\.chain) == ["POSTROUTING", "SVC"])
        let masquerade = try #require(rules.first)
        #expect(masquerade.action == .masquerade(ports: nil) && masquerade.packets == 7 && masquerade.bytes == 700)
        #expect(masquerade.source?.only == IPPrefix("10.0.0.0/24"))
        #expect(masquerade.outInterface == NATMatch(.name("br0"), isNegated: true))
        let service = try #require(rules.last)
        #expect(service.bases == [NATBase(chain: "PREROUTING", hook: .prerouting, priority: -100)])
        #expect(service.transport?.only == .tcp && service.destinationPorts?.only == 8080...8080)
        guard case .dnat(let target) = service.action else { return #expect(Bool(false), "\(service.action)") }
        #expect(target.address == IPAddress("10.0.0.2") && target.port == 80 && !service.hasOtherConditions)
    }

    @Test("damage is survived, quickly: no entry is taken twice, nothing behind the end is read")
    func damage() {
        let (hooks, bytes) = EntryWriter.sample()
        var generator = SeededGenerator(seed: 4)
        let start = ContinuousClock.now
        var understood = 0
        for _ in 0..<5000 {
            let damaged = bytes.damaged(by: &generator)
            for family in [NetfilterFamily.ipv4, .ipv6] {
                guard let table = LegacyTable(family: family, name: "nat", hooks: hooks, entries: damaged) else {
                    continue
                }
                understood += 1
                #expect(table.chains.map(\.entries.count).reduce(0, +) <= damaged.count / 112)
                _ = table.natRules
            }
        }
        #expect(understood > 100)
        #expect(ContinuousClock.now - start < Deadline.duration)
    }

    @Test("an entry that does not move on ends the reading", arguments: [UInt16(0), 1, 111, 112])
    func circle(next: UInt16) {
        var bytes = EntryWriter.sample().bytes
        bytes.replaceSubrange(90..<92, with: EntryWriter.number(next))
        #expect(LegacyTable(family: .ipv4, name: "nat", hooks: [:], entries: bytes) == nil)
    }

    @Test("matches and targets of any bytes are survived")
    func extensions() {
        var generator = SeededGenerator(seed: 5)
        let names = [
            "tcp", "udp", "multiport", "iprange", "conntrack", "state", "addrtype", "mark", "comment", "quota",
        ]
        let targets = ["MASQUERADE", "SNAT", "DNAT", "REDIRECT", "NETMAP", "LOG"]
        for _ in 0..<5000 {
            let info = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let revision = UInt32.random(in: 0...4, using: &generator)
            for family in [NetfilterFamily.ipv4, .ipv6, .inet] {
                var conditions = NATConditions()
                for name in names {
                    XTExtension.add(NFExtension(name, revision: revision, info: info), family: family, to: &conditions)
                }
                for target in targets {
                    let part = NFExtension(target, revision: revision, info: info)
                    let isKnown = XTExtension.translation(part, family: family, hook: nil) != nil
                    #expect(isKnown == (target != "LOG"))
                }
                #expect(conditions.other.contains("match quota") && !conditions.other.contains("match comment"))
            }
        }
    }

    @Test("states of connections have other numbers in x_tables than in nf_tables")
    func states() {
        // struct xt_conntrack_mtinfo3: match_flags and invert_flags are at 146, then the masks of state and status.
        func words(_ state: UInt16, _ status: UInt16, flags: UInt16, inverse: UInt16 = 0) -> [String] {
            var info = [UInt8](repeating: 0, count: 146)
            for number in [flags, inverse, state, status, 0, 0, 0, 0] { info += EntryWriter.number(number) }
            var conditions = NATConditions()
            XTExtension.add(NFExtension("conntrack", revision: 3, info: info), family: .ipv4, to: &conditions)
            return conditions.other
        }
        #expect(words(0x0e, 0, flags: 1) == ["ct state established,related,new"])
        #expect(words(0x1c0, 0, flags: 1) == ["ct state snat,dnat,untracked"])
        #expect(words(0x01, 0, flags: 0x2001, inverse: 1) == ["ct state != invalid"])
        #expect(words(0, 0x20, flags: 0x40) == ["ct status dnat"])
        // The original source is something that has no words here: the match as a whole is named.
        #expect(words(0x08, 0, flags: 5).contains("match conntrack"))
    }

    @Test("a range of addresses is the fewest prefixes that cover it")
    func covering() throws {
        func text(_ from: String, _ to: String) throws -> [String]? {
            let (first, last) = (try IPAddress(parsing: from), try IPAddress(parsing: to))
            return IPPrefix.covering(from: first.bytes, to: last.bytes)?.map(\.description)
        }
        #expect(try text("10.0.0.0", "10.0.0.255") == ["10.0.0.0/24"])
        #expect(try text("10.0.0.1", "10.0.0.6") == ["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.6/32"])
        #expect(try text("0.0.0.0", "255.255.255.255") == ["0.0.0.0/0"])
        #expect(try text("255.255.255.255", "255.255.255.255") == ["255.255.255.255/32"])
        #expect(try text("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == ["::/0"])
        #expect(try text("fd00::", "fd00::ffff:ffff:ffff:ffff") == ["fd00::/64"])
        #expect(try text("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")?.count == 254)
        #expect(try text("10.0.0.2", "10.0.0.1") == nil)
        #expect(try text("10.0.0.2", "::1") == nil)
        #expect(IPPrefix([10, 0, 0, 1], mask: [255, 0, 255, 0]) == nil)
        #expect(IPPrefix([10, 1, 2, 3], mask: [255, 254, 0, 0]) == IPPrefix("10.0.0.0/15"))
    }
}
