// Ranges and sets in a rule of nf_tables, as the values that they stand for.

import Netlink

extension NATDecoder {
    /// Nil: without that end.
    mutating func range(_ content: Content, from: [UInt8]?, to: [UInt8]?, isNegated: Bool) {
        let count = (from ?? to)?.count ?? 0
        let from = from ?? [UInt8](repeating: 0, count: count)
        let to = to ?? [UInt8](repeating: 0xff, count: count)
        if !add(content, [(from, to)], isNegated: isNegated) {
            conditions.add("\(words(for: content)) \(isNegated ? "!= " : "")\(hexadecimal(from))-\(hexadecimal(to))")
        }
    }

    /// False when there is no field for this content.
    mutating func add(_ content: Content, _ ranges: [(from: [UInt8], to: [UInt8])], isNegated: Bool) -> Bool {
        switch content {
        case .transport(let payload) where payload.length == 2 && (payload.offset == 0 || payload.offset == 2):
            let ports = ranges.compactMap { from, to -> ClosedRange<UInt16>? in
                guard let first = UInt16(port: from), let last = UInt16(port: to), first <= last else { return nil }
                return first...last
            }
            guard ports.count == ranges.count else { return false }
            addPorts(payload.offset, ports, isNegated)
        case .network(let payload):
            guard let header = Header(family), Int(payload.length) == header.size else { return false }
            let prefixes = ranges.map { IPPrefix.covering(from: $0, to: $1) }
            let match = NATMatch(anyOf: prefixes.flatMap { $0 ?? [] }, isNegated: isNegated)
            guard !prefixes.contains(nil), match.values.count <= Self.valueLimit else { return false }
            switch Int(payload.offset) {
            case header.source: conditions.addSource(match)
            case header.destination: conditions.addDestination(match)
            default: return false
            }
            forgetFamily()
        case .meta(.transportProtocol):
            guard ranges.allSatisfy({ $0.from.count == 1 && $0.from == $0.to }) else { return false }
            conditions.addTransport(
                NATMatch(anyOf: ranges.map { TransportProtocol(rawValue: $0.from[0]) }, isNegated: isNegated))
        case .meta(let key) where key == .inInterfaceName || key == .outInterfaceName:
            guard ranges.allSatisfy({ $0.from == $0.to }) else { return false }
            let match = NATMatch(anyOf: ranges.map { InterfacePattern(comparedName: $0.from) }, isNegated: isNegated)
            if key == .inInterfaceName { conditions.addInInterface(match) } else { conditions.addOutInterface(match) }
        default: return false
        }
        return true
    }

    /// A set of more elements is named and not listed.
    private static let valueLimit = 64

    mutating func look(up lookup: NFLookup) {
        let content = content(of: lookup.from) ?? .unknown("a value")
        if let register = lookup.to {
            // A verdict from a map is not of this rule; a value is, and only those keys that the map has go on.
            if register != .verdict { load(.mapped(lookup.set), into: register) }
            return
        }
        let name = NFRuleset.SetName(family: rule.family, table: rule.table, name: lookup.set)
        if let set = ruleset.sets[name], set.isWhole, let ranges = set.ranges, !ranges.isEmpty,
            ranges.count <= Self.valueLimit, Self.words(content) * 4 >= Int(set.set.keyLength),
            add(content, ranges, isNegated: lookup.isNegated)
        {
            return
        }
        conditions.add("\(words(for: content)) \(lookup.isNegated ? "!= " : "")@\(lookup.set)")
    }
}

extension NFRuleset.SetContent {
    /// The elements as ranges of keys, both ends included; nil for a map's values or where ends do not fit to beginnings.
    fileprivate var ranges: [(from: [UInt8], to: [UInt8])]? {
        guard set.flags.contains(.interval) else { return elements.map { ($0.key, $0.keyEnd ?? $0.key) } }
        // In order of keys each end closes the interval before it: the next one may begin at the same key.
        let borders = elements.sorted { a, b in
            a.key == b.key ? a.endsInterval && !b.endsInterval : a.key.lexicographicallyPrecedes(b.key)
        }
        var ranges: [(from: [UInt8], to: [UInt8])] = []
        var start: [UInt8]?
        for border in borders {
            if let from = start {
                guard border.endsInterval else { return nil }
                let end = UInt128(bigEndian: border.key)
                guard end > 0, border.key.count <= 16 else { return nil }
                ranges.append((from, (end - 1).bigEndianBytes(border.key.count)))
                start = nil
            } else if !border.endsInterval {
                start = border.key
            }
        }
        // The last interval may be open: it reaches to the last key there is.
        if let start { ranges.append((start, [UInt8](repeating: 0xff, count: start.count))) }
        return ranges
    }
}
