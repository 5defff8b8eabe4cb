// A table of ip_tables or ip6_tables as getsockopt(2) gives it: entries one behind the other, linked by offsets.

import Linux
import Netlink

/// The rules of a legacy table. What the kernel gives is checked all the same: every offset is looked up before use, and every
/// entry moves on by at least its own head.
struct LegacyTable {
    /// An entry: struct ipt_entry or ip6t_entry, its matches and its target.
    struct Entry {
        /// From the start of the table.
        var offset: Int
        var conditions: NATConditions
        var packets: UInt64
        var bytes: UInt64
        var target: NFExtension
        /// Where a jump leads, as an offset; nil for a verdict, a target with a name, and the last entry.
        var jump: Int?
        /// A verdict, or the way back to the chain that jumped here.
        var leaves: Bool
    }

    /// Entries of one chain, in order.
    struct Chain {
        var name: String
        var hook: NetfilterHook?
        var start: Int
        var entries: [Entry]
    }

    let family: NetfilterFamily
    let name: String
    let chains: [Chain]

    /// Where the fields of an entry are: see linux/netfilter_ipv4/ip_tables.h and linux/netfilter_ipv6/ip6_tables.h.
    private struct Layout {
        var addressSize: Int
        var interfaces: Int
        var transport: Int
        var flags: Int
        var inverse: Int
        var targetOffset: Int
        var counters: Int
        var size: Int

        static let ipv4 = Layout(
            addressSize: 4, interfaces: 16, transport: 80, flags: 82, inverse: 83, targetOffset: 88, counters: 96,
            size: 112)
        static let ipv6 = Layout(
            addressSize: 16, interfaces: 64, transport: 128, flags: 131, inverse: 132, targetOffset: 140, counters: 152,
            size: 168)
    }

    /// struct xt_entry_match and xt_entry_target: {size: 16 bits; name[29]; revision}
    private static let extensionHead = 32

    /// - Parameters:
    ///   - hooks: the offset at which each hook's chain begins.
    ///   - bytes: the entries. Nil when they are not as described.
    init?(family: NetfilterFamily, name: String, hooks: [NetfilterHook: Int], entries bytes: [UInt8]) {
        self.family = family
        self.name = name
        let layout: Layout = family == .ipv6 ? .ipv6 : .ipv4
        var chains: [Chain] = []
        var place = 0
        while place < bytes.count {
            guard let raw = Self.raw(bytes[place...], layout) else { return nil }
            let next = place + raw.next
            if let hook = hooks.first(where: { $0.value == place })?.key {
                chains.append(Chain(name: hook.description.uppercased(), hook: hook, start: place, entries: []))
            }
            if raw.target.name == "ERROR" {
                // The head of a user's chain, named in the target's data; the last one ends the table.
                let title = String(decoding: raw.target.info.prefix { $0 != 0 }, as: UTF8.self)
                if next < bytes.count { chains.append(Chain(name: title, hook: nil, start: next, entries: [])) }
            } else if !chains.isEmpty {
                guard let entry = Self.entry(raw, at: place, layout) else { return nil }
                chains[chains.count - 1].entries.append(entry)
            }
            place = next
        }
        self.chains = chains
    }

    /// An entry's bytes cut into its parts.
    private struct Raw {
        var head: ArraySlice<UInt8>
        var matches: [NFExtension]
        var target: NFExtension
        /// The length of it all.
        var next: Int
    }

    private static func raw(_ bytes: ArraySlice<UInt8>, _ layout: Layout) -> Raw? {
        guard let target = bytes.integer(at: layout.targetOffset, as: UInt16.self).map(Int.init),
            let next = bytes.integer(at: layout.targetOffset + 2, as: UInt16.self).map(Int.init),
            target >= layout.size, next >= target + extensionHead, let entry = bytes.piece(0, next),
            let last = part(entry, at: target), last.size <= next - target
        else { return nil }
        var matches: [NFExtension] = []
        var place = layout.size
        while place < target {
            guard let match = part(entry, at: place), place + match.size <= target else { return nil }
            matches.append(match.part)
            place += match.size
        }
        return Raw(head: entry.prefix(layout.size), matches: matches, target: last.part, next: next)
    }

    /// A match or target, and the bytes that it takes: at least its head.
    private static func part(_ entry: ArraySlice<UInt8>, at place: Int) -> (part: NFExtension, size: Int)? {
        guard let size = entry.integer(at: place, as: UInt16.self).map(Int.init), size >= extensionHead,
            let bytes = entry.piece(place, size), let name = bytes.piece(2, 29), let revision = bytes.byte(at: 31)
        else { return nil }
        let text = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        return (NFExtension(text, revision: UInt32(revision), info: Array(bytes.dropFirst(extensionHead))), size)
    }

    private static func entry(_ raw: Raw, at offset: Int, _ layout: Layout) -> Entry? {
        guard let packets = raw.head.integer(at: layout.counters, as: UInt64.self),
            let bytes = raw.head.integer(at: layout.counters + 8, as: UInt64.self),
            var conditions = conditions(raw.head, layout)
        else { return nil }
        let family: NetfilterFamily = layout.addressSize == 16 ? .ipv6 : .ipv4
        for match in raw.matches { XTExtension.add(match, family: family, to: &conditions) }
        var jump: Int?
        var leaves = false
        // The standard target has no name; its verdict is a number: negative a verdict, else where to go on.
        if raw.target.name.isEmpty, let verdict = raw.target.info[...].integer(at: 0, as: Int32.self) {
            leaves = verdict < 0
            if verdict >= 0, Int(verdict) != offset + raw.next { jump = Int(verdict) }
        }
        return Entry(
            offset: offset, conditions: conditions, packets: packets, bytes: bytes, target: raw.target, jump: jump,
            leaves: leaves)
    }

    /// struct ipt_ip or ip6t_ip6 {src, dst, smsk, dmsk; iniface, outiface; iniface_mask, outiface_mask; proto; flags; invflags}
    private static func conditions(_ head: ArraySlice<UInt8>, _ layout: Layout) -> NATConditions? {
        guard let inverse = head.byte(at: layout.inverse), let flags = head.byte(at: layout.flags),
            let number = head.integer(at: layout.transport, as: UInt16.self)
        else { return nil }
        var conditions = NATConditions()
        let size = layout.addressSize
        for (place, bit) in [(0, UInt8(0x08)), (1, 0x10)] {
            guard let address = head.piece(place * size, size), let mask = head.piece((place + 2) * size, size) else {
                return nil
            }
            guard mask.contains(where: { $0 != 0 }) || inverse & bit != 0 else { continue }
            guard let prefix = IPPrefix(address, mask: mask) else {
                conditions.add(place == 0 ? "source under a mask with holes" : "destination under a mask with holes")
                continue
            }
            let match = NATMatch(prefix, isNegated: inverse & bit != 0)
            if place == 0 { conditions.addSource(match) } else { conditions.addDestination(match) }
        }
        for (place, bit) in [(0, UInt8(0x01)), (1, 0x02)] {
            guard let name = head.piece(layout.interfaces + place * 16, 16),
                let mask = head.piece(layout.interfaces + 32 + place * 16, 16)
            else { return nil }
            let compared = mask.prefix { $0 == 0xff }.count
            guard compared > 0 else { continue }
            let match = NATMatch(InterfacePattern(comparedName: name.prefix(compared)), isNegated: inverse & bit != 0)
            if place == 0 { conditions.addInInterface(match) } else { conditions.addOutInterface(match) }
        }
        // IPv6 has a flag for "the protocol matters" and a byte for the traffic class; IPv4 one for fragments.
        if number != 0, size == 4 || flags & 1 != 0 {
            let transport = TransportProtocol(rawValue: UInt8(truncatingIfNeeded: number))
            conditions.addTransport(NATMatch(transport, isNegated: inverse & 0x40 != 0))
        }
        if size == 4, flags & 1 != 0 { conditions.add(inverse & 0x20 != 0 ? "no fragment" : "a fragment") }
        if size == 16, flags & 2 != 0 { conditions.add("traffic class") }
        return conditions
    }
}

extension LegacyTable {
    /// The rules that translate addresses.
    var natRules: [NATRule] {
        let bases = NATBases(
            roots: chains.enumerated().compactMap { number, chain in
                chain.hook.map { (number, NATBase(chain: chain.name, hook: $0, priority: priority($0))) }
            },
            jumps: chains.enumerated().map { number, chain in
                (
                    number,
                    chain.entries.compactMap { entry in
                        chains.firstIndex { $0.start == entry.jump }
                    }
                )
            })
        return chains.enumerated().flatMap { number, chain in
            var exempt: [NATConditions] = []
            return chain.entries.enumerated().compactMap { place, entry -> NATRule? in
                if entry.leaves { exempt.append(entry.conditions) }
                let reached = bases.leading(to: number)
                guard
                    let (action, flags) = XTExtension.translation(
                        entry.target, family: family, hook: reached.first?.hook)
                else { return nil }
                return NATRule(
                    family: family, backend: .iptablesLegacy, table: name, chain: chain.name, place: place,
                    bases: reached, conditions: entry.conditions, exempt: exempt, action: action, flags: flags,
                    packets: entry.packets, bytes: entry.bytes)
            }
        }
    }

    /// The table nat stands at each of its hooks with the priority of what is translated there.
    private func priority(_ hook: NetfilterHook) -> Int32 {
        hook == .prerouting || hook == .output ? NetfilterPriority.destinationNAT : NetfilterPriority.sourceNAT
    }
}
