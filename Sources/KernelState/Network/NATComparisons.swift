// What comparisons in a rule of nf_tables are about: interfaces, protocols, ports, addresses.

import Netlink

extension NATDecoder {
    mutating func compare(_ register: NFRegister, _ comparison: NFComparison, _ bytes: [UInt8]) {
        let content = content(of: register) ?? .unknown("a value")
        switch comparison {
        case .equal: equal(content, bytes, isNegated: false)
        case .notEqual: equal(content, bytes, isNegated: true)
        case .greaterOrEqual: lower[content] = bytes
        case .lessOrEqual:
            let from = lower.removeValue(forKey: content)
            range(content, from: from, to: bytes, isNegated: false)
        case .less, .greater: conditions.add("\(words(for: content)) \(comparison) \(hexadecimal(bytes))")
        }
    }

    private mutating func equal(_ content: Content, _ bytes: [UInt8], isNegated: Bool) {
        switch content {
        case .meta(let key): equal(key, bytes, isNegated)
        case .network(let payload): network(payload, bytes, mask: nil, isNegated)
        case .masked(.network(let payload), let mask, let xor) where xor.allSatisfy { $0 == 0 }:
            network(payload, bytes, mask: mask, isNegated)
        case .transport(let payload): transport(payload, bytes, isNegated)
        case .masked(.conntrack(.state), let mask, _) where bytes.allSatisfy { $0 == 0 }:
            // "Any of these bits": the masked value is not zero.
            conditions.addConnectionState(UInt32(machineOrder: mask), isNegated: !isNegated)
        case .masked(.conntrack(.status), let mask, _) where bytes.allSatisfy { $0 == 0 }:
            conditions.addConnectionStatus(UInt32(machineOrder: mask), isNegated: !isNegated)
        case .conntrack(.state): conditions.addConnectionState(UInt32(machineOrder: bytes), isNegated: isNegated)
        case .masked(.meta(.mark), let mask, _):
            conditions.addMark(UInt32(machineOrder: bytes), mask: UInt32(machineOrder: mask), isNegated: isNegated)
        case .route(let question) where question.result == 3 && question.flags & 3 != 0 && question.flags & ~3 == 0:
            let type = UInt32(machineOrder: bytes)
            conditions.addAddressType(
                question.flags == 1 ? "saddr" : question.flags == 2 ? "daddr" : "saddr . daddr",
                type < 32 ? 1 << type : 0, isNegated: isNegated)
        default: other(content, bytes, isNegated)
        }
    }

    private mutating func equal(_ key: NFMetaKey, _ bytes: [UInt8], _ isNegated: Bool) {
        switch key {
        case .inInterfaceName:
            conditions.addInInterface(NATMatch(InterfacePattern(comparedName: bytes), isNegated: isNegated))
        case .outInterfaceName:
            conditions.addOutInterface(NATMatch(InterfacePattern(comparedName: bytes), isNegated: isNegated))
        case .inInterface:
            conditions.addInInterface(NATMatch(.index(UInt32(machineOrder: bytes)), isNegated: isNegated))
        case .outInterface:
            conditions.addOutInterface(NATMatch(.index(UInt32(machineOrder: bytes)), isNegated: isNegated))
        case .transportProtocol where bytes.count == 1:
            conditions.addTransport(NATMatch(TransportProtocol(rawValue: bytes[0]), isNegated: isNegated))
        case .networkProtocol where bytes.count == 1 && !isNegated && rule.family == .inet:
            family = NetfilterFamily(rawValue: bytes[0])
            // An address says so by itself; without one it must be told.
            conditions.add("family \(family)")
        case .mark: conditions.addMark(UInt32(machineOrder: bytes), mask: .max, isNegated: isNegated)
        default: other(.meta(key), bytes, isNegated)
        }
    }

    private mutating func transport(_ payload: NFPayload, _ bytes: [UInt8], _ isNegated: Bool) {
        // nft compares two neighbours at once.
        if payload.offset == 0, payload.length == 4, bytes.count == 4, !isNegated {
            transport(NFPayload(.transport, offset: 0, length: 2), Array(bytes[..<2]), false)
            transport(NFPayload(.transport, offset: 2, length: 2), Array(bytes[2...]), false)
        } else if let port = UInt16(port: bytes), payload.length == 2, payload.offset == 0 || payload.offset == 2 {
            addPorts(payload.offset, [port...port], isNegated)
        } else {
            other(.transport(payload), bytes, isNegated)
        }
    }

    mutating func addPorts(_ offset: UInt32, _ ports: [ClosedRange<UInt16>], _ isNegated: Bool) {
        let match = NATMatch(anyOf: ports, isNegated: isNegated)
        if offset == 0 { conditions.addSourcePorts(match) } else { conditions.addDestinationPorts(match) }
    }

    // MARK: Addresses

    /// The fields of a network header, by their offsets.
    struct Header {
        var transport: Int
        var source: Int
        var destination: Int
        var size: Int

        init?(_ family: NetfilterFamily) {
            switch family {
            case .ipv4: (transport, source, destination, size) = (9, 12, 16, 4)
            case .ipv6: (transport, source, destination, size) = (6, 8, 24, 16)
            default: return nil
            }
        }
    }

    /// Bytes of the network header, which may be the protocol, an address, the beginning of one, or (two neighbours at once) both.
    private mutating func network(_ payload: NFPayload, _ value: [UInt8], mask: [UInt8]?, _ isNegated: Bool) {
        let content: Content = mask.map { .masked(.network(payload), mask: $0, xor: []) } ?? .network(payload)
        let mask = mask ?? [UInt8](repeating: 0xff, count: value.count)
        guard let header = Header(family), value.count == mask.count, payload.offset < 64, !value.isEmpty else {
            return other(content, value, isNegated)
        }
        let start = Int(payload.offset)
        if start == header.transport, value.count == 1, mask == [0xff] {
            return conditions.addTransport(NATMatch(TransportProtocol(rawValue: value[0]), isNegated: isNegated))
        }
        var source: IPPrefix?
        var destination: IPPrefix?
        let end = start + value.count
        if start == header.source {
            source = prefix(value, mask, header.size)
            if end > header.destination {
                destination = prefix(Array(value[header.size...]), Array(mask[header.size...]), header.size)
            }
        } else if start == header.destination {
            destination = prefix(value, mask, header.size)
        }
        let isWhole =
            end <= header.destination + header.size
            && (source == nil || end <= header.destination || destination != nil)
        guard isWhole, source != nil || destination != nil, !isNegated || source == nil || destination == nil else {
            return other(content, value, isNegated)
        }
        if let source { conditions.addSource(NATMatch(source, isNegated: isNegated)) }
        if let destination { conditions.addDestination(NATMatch(destination, isNegated: isNegated)) }
        forgetFamily()
    }

    /// Of as many bytes as are compared; those behind may be anything.
    private func prefix(_ value: [UInt8], _ mask: [UInt8], _ size: Int) -> IPPrefix? {
        let nothing = [UInt8](repeating: 0, count: max(0, size - value.count))
        return IPPrefix((value + nothing).prefix(size), mask: (mask + nothing).prefix(size))
    }

    /// An address names the family by itself.
    mutating func forgetFamily() {
        if rule.family == .inet { conditions.other.removeAll { $0 == "family \(family)" } }
    }
}

extension InterfacePattern {
    /// From the bytes that a name is compared with: with its zero it is the whole name, else the beginning of names.
    init(comparedName bytes: some Collection<UInt8>) {
        let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        self = bytes.contains(0) ? .name(text) : .prefix(text)
    }
}

extension UInt16 {
    /// A port in network order.
    init?(port bytes: some Collection<UInt8>) {
        guard bytes.count == 2 else { return nil }
        self = bytes.reduce(0) { $0 << 8 | UInt16($1) }
    }
}

extension UInt32 {
    /// A number as the kernel itself holds it; of the first four bytes, those that lack being zero.
    init(machineOrder bytes: some Sequence<UInt8>) {
        var all = Array(bytes.prefix(4))
        while all.count < 4 { all.append(0) }
        self = all.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
    }
}
