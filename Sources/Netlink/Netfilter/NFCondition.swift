// What rules are usually about, in words, and the expressions that say it.

/// Something that must hold of a packet.
package enum NFCondition: Hashable, Sendable {
    case source(IPPrefix, isNegated: Bool = false)
    case destination(IPPrefix, isNegated: Bool = false)
    case inInterface(InterfacePattern, isNegated: Bool = false)
    case outInterface(InterfacePattern, isNegated: Bool = false)
    case transport(TransportProtocol)
    /// Both ends included.
    case destinationPort(TransportProtocol, ClosedRange<UInt16>)
    /// The destination is an address of this machine.
    case destinationIsLocal
    /// The fields together are a key of the set.
    case isIn(NFSet, [NFField], isNegated: Bool = false)

    /// The expressions for a rule of `family`. A table of the family inet sees packets of both kinds, so an address is
    /// compared only after the kind.
    package func expressions(in family: NetfilterFamily) -> [NFExpression] {
        switch self {
        case .source(let prefix, let isNegated): Self.address(prefix, .sourceAddress, isNegated, family)
        case .destination(let prefix, let isNegated): Self.address(prefix, .destinationAddress, isNegated, family)
        case .inInterface(let pattern, let isNegated):
            Self.interface(pattern, .inInterface, .inInterfaceName, isNegated)
        case .outInterface(let pattern, let isNegated):
            Self.interface(pattern, .outInterface, .outInterfaceName, isNegated)
        case .transport(let number): Self.transport(number)
        case .destinationPort(let number, let ports):
            Self.transport(number) + NFField.destinationPort.load(in: family, to: .data1) + Self.ports(ports)
        case .destinationIsLocal:
            // RTN_LOCAL is 2.
            [.fib(.destinationType, to: .data1), .compare(.data1, .equal, NFExpression.machineOrder(2))]
        case .isIn(let set, let fields, let isNegated):
            NFField.load(fields, in: family)
                + [.lookup(NFLookup(set.name, setID: set.id, from: .data1, isNegated: isNegated))]
        }
    }

    private static func transport(_ number: TransportProtocol) -> [NFExpression] {
        [.meta(.transportProtocol, to: .data1), .compare(.data1, .equal, [number.rawValue])]
    }

    private static func ports(_ ports: ClosedRange<UInt16>) -> [NFExpression] {
        let (first, last) = (ports.lowerBound.networkBytes, ports.upperBound.networkBytes)
        return first == last
            ? [.compare(.data1, .equal, first)] : [.range(.data1, from: first, to: last, isNegated: false)]
    }

    private static func address(
        _ prefix: IPPrefix, _ field: NFField, _ isNegated: Bool, _ family: NetfilterFamily
    ) -> [NFExpression] {
        let isVersion4 = prefix.address.family == .v4
        let own: NetfilterFamily = isVersion4 ? .ipv4 : .ipv6
        var expressions: [NFExpression] = []
        if family != own {
            expressions = [
                .meta(.networkProtocol, to: .data1), .compare(.data1, .equal, [own.rawValue]),
            ]
        }
        let bytes = prefix.network.address.bytes
        guard prefix.length > 0 else { return expressions }
        expressions += field.load(in: own, to: .data1)
        let mask = (0..<bytes.count).map { byte -> UInt8 in
            let bits = Int(prefix.length) - byte * 8
            return bits >= 8 ? 0xff : bits <= 0 ? 0 : ~(0xff >> UInt8(bits))
        }
        if Int(prefix.length) < bytes.count * 8 {
            let nothing = [UInt8](repeating: 0, count: bytes.count)
            expressions.append(.bitwise(from: .data1, to: .data1, mask: mask, xor: nothing))
        }
        return expressions + [.compare(.data1, isNegated ? .notEqual : .equal, bytes)]
    }

    private static func interface(
        _ pattern: InterfacePattern, _ index: NFMetaKey, _ name: NFMetaKey, _ isNegated: Bool
    ) -> [NFExpression] {
        let comparison: NFComparison = isNegated ? .notEqual : .equal
        switch pattern {
        case .index(let number):
            return [.meta(index, to: .data1), .compare(.data1, comparison, NFExpression.machineOrder(number))]
        case .prefix(let beginning):
            return [.meta(name, to: .data1), .compare(.data1, comparison, Array(beginning.utf8))]
        case .name(let text):
            // All 16 bytes, so that longer names differ.
            let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: max(1, InterfacePattern.room - text.utf8.count))
            return [.meta(name, to: .data1), .compare(.data1, comparison, bytes)]
        }
    }
}

/// A field of a packet that can be part of a key.
package enum NFField: Hashable, Sendable {
    case sourceAddress
    case destinationAddress
    case transportProtocol
    case sourcePort
    case destinationPort

    /// Bytes of the field.
    package func length(in family: NetfilterFamily) -> UInt32 {
        switch self {
        case .sourceAddress, .destinationAddress: family == .ipv6 ? 16 : 4
        case .transportProtocol: 1
        case .sourcePort, .destinationPort: 2
        }
    }

    /// Loads it into one register.
    package func load(in family: NetfilterFamily, to register: NFRegister) -> [NFExpression] {
        let length = length(in: family)
        return switch self {
        case .sourceAddress:
            [.payload(NFPayload(.network, offset: family == .ipv6 ? 8 : 12, length: length), to: register)]
        case .destinationAddress:
            [.payload(NFPayload(.network, offset: family == .ipv6 ? 24 : 16, length: length), to: register)]
        case .transportProtocol: [.meta(.transportProtocol, to: register)]
        case .sourcePort: [.payload(NFPayload(.transport, offset: 0, length: length), to: register)]
        case .destinationPort: [.payload(NFPayload(.transport, offset: 2, length: length), to: register)]
        }
    }

    /// Loads several beside each other from the first register on, as the key of a concatenation.
    package static func load(_ fields: [NFField], in family: NetfilterFamily) -> [NFExpression] {
        var word = 0
        return fields.flatMap { field in
            // The first by its old name, as nft does: kernels before 4.1 know no other.
            let register: NFRegister = word == 0 ? .data1 : .word(word)
            word += (Int(field.length(in: family)) + 3) / 4
            return field.load(in: family, to: register)
        }
    }
}

extension NFExpression {
    /// A number as the kernel itself holds it.
    static func machineOrder(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number) { Array($0) } }
}

extension UInt16 {
    package var networkBytes: [UInt8] { [UInt8(self >> 8), UInt8(truncatingIfNeeded: self)] }
}
