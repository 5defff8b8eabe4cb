// What rules usually do, in words, and the expressions that do it.

/// What is done with a packet for which all conditions hold.
package enum NFAction: Hashable, Sendable {
    case count
    case masquerade(NFNATFlags = [])
    case sourceNAT(to: IPAddress)
    case destinationNAT(to: IPAddress, port: UInt16? = nil)
    /// Destination NAT to the address and the port that the map has for the number in turn: connections are spread over them.
    case destinationNATInTurn(NFSet, NFNumberGenerator)
    case redirect(port: UInt16? = nil)
    case verdict(NFVerdict)
    /// Does what the map has for these fields.
    case verdictMap(NFSet, [NFField])

    package func expressions(in family: NetfilterFamily) -> [NFExpression] {
        switch self {
        case .count: return [.counter(packets: 0, bytes: 0)]
        case .masquerade(let flags): return [.masquerade(ports: nil, flags: flags)]
        case .verdict(let verdict): return [.verdict(verdict)]
        case .sourceNAT(let address): return Self.translation(.source, address, nil)
        case .destinationNAT(let address, let port): return Self.translation(.destination, address, port)
        case .redirect(let port):
            guard let port else { return [.redirect(ports: nil, flags: [])] }
            return [
                .immediate(port.networkBytes, to: .data1),
                .redirect(ports: NFRegisters(.data1), flags: .mapPorts),
            ]
        case .destinationNATInTurn(let map, let generator):
            // In a map with ports the value is address . port, each in words of its own.
            let hasPort = map.value == .bytes(8) || map.value == .bytes(20)
            let words = (family == .ipv6 ? 16 : 4) / 4
            return [
                .numgen(generator, to: .data1),
                .lookup(NFLookup(map.name, setID: map.id, from: .data1, to: .data1)),
                .nat(
                    NFNAT(
                        .destination, family: family, addresses: NFRegisters(.data1),
                        ports: hasPort ? NFRegisters(.word(words)) : nil,
                        flags: hasPort ? [.mapAddresses, .mapPorts] : .mapAddresses)),
            ]
        case .verdictMap(let map, let fields):
            return NFField.load(fields, in: family)
                + [.lookup(NFLookup(map.name, setID: map.id, from: .data1, to: .verdict))]
        }
    }

    private static func translation(_ kind: NFNAT.Kind, _ address: IPAddress, _ port: UInt16?) -> [NFExpression] {
        let family: NetfilterFamily = address.family == .v4 ? .ipv4 : .ipv6
        var expressions: [NFExpression] = [.immediate(address.bytes, to: .data1)]
        if let port { expressions.append(.immediate(port.networkBytes, to: .data2)) }
        return expressions + [
            .nat(
                NFNAT(
                    kind, family: family, addresses: NFRegisters(.data1),
                    ports: port.map { _ in NFRegisters(.data2) },
                    flags: port == nil ? .mapAddresses : [.mapAddresses, .mapPorts]))
        ]
    }
}

extension NFRule {
    /// A rule in words.
    package init(in chain: NFChain, if conditions: [NFCondition] = [], _ actions: [NFAction]) {
        self.init(
            in: chain,
            conditions.flatMap { $0.expressions(in: chain.family) }
                + actions.flatMap { $0.expressions(in: chain.family) })
    }
}
