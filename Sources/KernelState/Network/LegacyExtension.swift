// Matches and targets of x_tables: the structures that iptables(8) fills, whether they lie in a legacy table or in a rule of nf_tables.

import Netlink

/// Numbers in x_tables are in the machine's order unless noted; addresses and the ports of NAT are in network order. See
/// linux/netfilter/xt_*.h, nf_nat.h. Structures of later kernels are longer at their end, so a length is only checked to be enough.
enum XTExtension {
    // MARK: Matches

    /// Adds what the match asks for; in words where there is no field for it.
    static func add(_ match: NFExtension, family: NetfilterFamily, to conditions: inout NATConditions) {
        let known =
            switch match.name {
            case "comment": true
            case "tcp", "udp": addPorts(match, to: &conditions)
            case "multiport": addManyPorts(match, to: &conditions)
            case "iprange": addRanges(match, family, to: &conditions)
            case "conntrack": addConnection(match, to: &conditions)
            case "state": addState(match, to: &conditions)
            case "addrtype": addAddressTypes(match, to: &conditions)
            case "mark": addMark(match, to: &conditions)
            default: false
            }
        if !known { conditions.add("match \(match.name)") }
    }

    /// struct xt_tcp {spts[2], dpts[2]; option, flg_mask, flg_cmp, invflags}; struct xt_udp {spts[2], dpts[2]; invflags}
    private static func addPorts(_ match: NFExtension, to conditions: inout NATConditions) -> Bool {
        let (isTCP, info) = (match.name == "tcp", match.info[...])
        guard let inverse = info.byte(at: isTCP ? 11 : 8) else { return false }
        for (offset, bit) in [(0, UInt8(1)), (4, 2)] {
            guard let first = info.integer(at: offset, as: UInt16.self),
                let last = info.integer(at: offset + 2, as: UInt16.self), first <= last
            else { return false }
            if first == 0, last == .max { continue }
            let ports = NATMatch(first...last, isNegated: inverse & bit != 0)
            if offset == 0 { conditions.addSourcePorts(ports) } else { conditions.addDestinationPorts(ports) }
        }
        if isTCP, info.byte(at: 8) != 0 || info.byte(at: 9) != 0 { conditions.add("tcp flags or options") }
        return true
    }

    /// struct xt_multiport {flags, count; ports[15]}; _v1 goes on with {pflags[15], invert}
    private static func addManyPorts(_ match: NFExtension, to conditions: inout NATConditions) -> Bool {
        let info = match.info[...]
        guard let kind = info.byte(at: 0), let count = info.byte(at: 1), count <= 15 else { return false }
        let hasRanges = match.revision >= 1
        var ranges: [ClosedRange<UInt16>] = []
        var place = 0
        while place < Int(count) {
            guard let first = info.integer(at: 2 + place * 2, as: UInt16.self) else { return false }
            var last = first
            // A flag: the next one is the end of a range that this one begins.
            if hasRanges, let flag = info.byte(at: 32 + place), flag != 0 {
                guard let end = info.integer(at: 4 + place * 2, as: UInt16.self), end >= first else { return false }
                last = end
                place += 1
            }
            ranges.append(first...last)
            place += 1
        }
        let ports = NATMatch(anyOf: ranges, isNegated: hasRanges && info.byte(at: 47) ?? 0 != 0)
        switch kind {
        case 0: conditions.addSourcePorts(ports)
        case 1: conditions.addDestinationPorts(ports)
        default: return false
        }
        return true
    }

    /// struct xt_iprange_mtinfo {src_min, src_max, dst_min, dst_max: 16 bytes each; flags: 1 src, 2 dst, 0x10 and 0x20 not}
    private static func addRanges(
        _ match: NFExtension, _ family: NetfilterFamily, to conditions: inout NATConditions
    ) -> Bool {
        let (info, size) = (match.info[...], family == .ipv6 ? 16 : 4)
        guard match.revision == 1, let flags = info.byte(at: 64) else { return false }
        for (offset, bit, inverse) in [(0, UInt8(1), UInt8(0x10)), (32, 2, 0x20)] where flags & bit != 0 {
            guard let first = info.piece(offset, size), let last = info.piece(offset + 16, size),
                let prefixes = IPPrefix.covering(from: Array(first), to: Array(last))
            else { return false }
            let addresses = NATMatch(anyOf: prefixes, isNegated: flags & inverse != 0)
            if offset == 0 { conditions.addSource(addresses) } else { conditions.addDestination(addresses) }
        }
        return true
    }

    /// struct xt_conntrack_mtinfo1…3: behind 8 addresses, 2 times and 5 ports {match_flags, invert_flags; state_mask, status_mask}
    private static func addConnection(_ match: NFExtension, to conditions: inout NATConditions) -> Bool {
        let info = match.info[...]
        guard let flags = info.integer(at: 146, as: UInt16.self), let inverse = info.integer(at: 148, as: UInt16.self)
        else { return false }
        let isWide = match.revision >= 2
        func mask(_ number: Int) -> UInt32? {
            isWide
                ? info.integer(at: 150 + number * 2, as: UInt16.self).map(UInt32.init)
                : info.byte(at: 150 + number).map(UInt32.init)
        }
        if flags & 1 != 0 {
            guard let mask = mask(0) else { return false }
            conditions.addConnectionState(xtables: mask, isNegated: inverse & 1 != 0)
        }
        if flags & 0x40 != 0 {
            guard let mask = mask(1) else { return false }
            conditions.addConnectionStatus(mask, isNegated: inverse & 0x40 != 0)
        }
        // 0x2000 only says that it was written as `-m state`.
        return flags & ~0x2041 == 0
    }

    /// struct xt_state_info {statemask}
    private static func addState(_ match: NFExtension, to conditions: inout NATConditions) -> Bool {
        guard let mask = match.info[...].integer(at: 0, as: UInt32.self) else { return false }
        conditions.addConnectionState(mask, isNegated: false)
        return true
    }

    /// struct xt_addrtype_info_v1 {source, dest: 16 bits; flags: 1 source not, 2 dest not, 4 and 8 of one interface}; masks of 1 << RTN_*
    private static func addAddressTypes(_ match: NFExtension, to conditions: inout NATConditions) -> Bool {
        let info = match.info[...]
        guard match.revision == 1, let source = info.integer(at: 0, as: UInt16.self),
            let destination = info.integer(at: 2, as: UInt16.self), let flags = info.integer(at: 4, as: UInt32.self),
            flags & 0xc == 0
        else { return false }
        if source != 0 { conditions.addAddressType("saddr", UInt32(source), isNegated: flags & 1 != 0) }
        if destination != 0 { conditions.addAddressType("daddr", UInt32(destination), isNegated: flags & 2 != 0) }
        return true
    }

    /// struct xt_mark_mtinfo1 {mark, mask; invert}
    private static func addMark(_ match: NFExtension, to conditions: inout NATConditions) -> Bool {
        let info = match.info[...]
        guard match.revision == 1, let mark = info.integer(at: 0, as: UInt32.self),
            let mask = info.integer(at: 4, as: UInt32.self), let inverse = info.byte(at: 8)
        else { return false }
        conditions.addMark(mark, mask: mask, isNegated: inverse != 0)
        return true
    }

    // MARK: Targets

    /// What a target translates; nil for one that translates nothing.
    ///
    /// - Parameter hook: where the rule is asked: NETMAP changes the destination before routing and the source after it.
    static func translation(
        _ target: NFExtension, family: NetfilterFamily, hook: NetfilterHook?
    ) -> (NATAction, NFNATFlags)? {
        let range = natRange(target, family)
        let flags = range.flags.subtracting([.mapAddresses, .mapPorts])
        switch target.name {
        case "MASQUERADE": return (.masquerade(ports: range.target.ports), flags)
        case "REDIRECT": return (.redirect(ports: range.target.ports), flags)
        case "SNAT": return (.snat(range.target), flags)
        case "DNAT": return (.dnat(range.target), flags)
        case "NETMAP":
            let isDestination = hook == .prerouting || hook == .output
            return (isDestination ? .dnat(range.target) : .snat(range.target), flags.union(.mapNetwork))
        default: return nil
        }
    }

    /// struct nf_nat_ipv4_multi_range_compat {rangesize; flags, min_ip, max_ip; min, max} in the revision 0 of IPv4, else
    /// struct nf_nat_range {flags; min_addr, max_addr: 16 bytes each; min_proto, max_proto}, to which nf_nat_range2 adds base_proto.
    private static func natRange(
        _ target: NFExtension, _ family: NetfilterFamily
    ) -> (target: NATTarget, flags: NFNATFlags) {
        let info = target.info[...]
        let isShort = target.revision == 0 && family == .ipv4
        let (start, room, size) = isShort ? (4, 4, 4) : (0, 16, family == .ipv6 ? 16 : 4)
        let flags = NFNATFlags(rawValue: info.integer(at: start, as: UInt32.self) ?? 0)
        var result = NATTarget()
        if flags.contains(.mapAddresses) {
            result.firstAddress = info.piece(start + 4, size).flatMap { IPAddress(bytes: $0) }
            result.lastAddress = info.piece(start + 4 + room, size).flatMap { IPAddress(bytes: $0) }
        }
        let ports = start + 4 + room * 2
        if flags.contains(.mapPorts), let first = info.bigEndian(at: ports, as: UInt16.self),
            let last = info.bigEndian(at: ports + 2, as: UInt16.self)
        {
            result.ports = min(first, last)...max(first, last)
        }
        return (result, flags)
    }
}

extension ArraySlice<UInt8> {
    /// The byte at an offset from the start of the slice.
    func byte(at offset: Int) -> UInt8? { integer(at: offset, as: UInt8.self) }

    /// So many bytes at an offset from the start of the slice; nil when they are not all there.
    func piece(_ offset: Int, _ length: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, length >= 0, offset <= count - length else { return nil }
        return self[startIndex + offset..<startIndex + offset + length]
    }
}
