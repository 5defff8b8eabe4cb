// Expressions from the attributes of a dump. What is not as expected becomes `.other`: nothing of a rule is lost or made up.

extension NFExpression {
    /// More expressions than any rule of a sane tool has; the rest of a longer rule is cut and the rule marked so.
    static let limit = 256

    /// Of an NFTA_LIST_ELEM; nil when it has no name.
    init?(element: Attributes) {
        guard let name = element[1]?.text else { return nil }
        let data = element[2]
        let attributes = data?.nested
        self =
            attributes.flatMap { Self.parse(name, $0) }
            ?? .other(name: name, attributes: data.map { Array($0.payload) } ?? [])
    }

    /// The elements of NFTA_RULE_EXPRESSIONS, and whether these are all.
    static func list(_ attributes: Attributes) -> (expressions: [NFExpression], isWhole: Bool) {
        var expressions: [NFExpression] = []
        for attribute in attributes {
            guard expressions.count < limit else { return (expressions, false) }
            guard attribute.type == 1, let expression = NFExpression(element: attribute.nested) else {
                return (expressions, false)
            }
            expressions.append(expression)
        }
        return (expressions, true)
    }

    private static func parse(_ name: String, _ data: Attributes) -> NFExpression? {
        switch name {
        case "meta": meta(data)
        case "payload": payload(data)
        case "cmp": comparison(data)
        case "range": range(data)
        case "bitwise": bitwise(data)
        case "immediate": immediate(data)
        case "counter": .counter(packets: data.u64(2) ?? 0, bytes: data.u64(1) ?? 0)
        case "masq": .masquerade(ports: data.registers(2), flags: data.natFlags(1))
        case "redir": .redirect(ports: data.registers(1), flags: data.natFlags(3))
        case "nat": nat(data)
        case "lookup": lookup(data)
        case "numgen": numgen(data)
        case "ct": conntrack(data)
        case "fib": fib(data)
        case "match": data.compat.map { .match($0) }
        case "target": data.compat.map { .target($0) }
        default: nil
        }
    }

    private static func meta(_ data: Attributes) -> NFExpression? {
        guard let key = data.u32(2).map(NFMetaKey.init) else { return nil }
        if let register = data.register(1) { return .meta(key, to: register) }
        return data.register(3).map { .setMeta(key, from: $0) }
    }

    private static func payload(_ data: Attributes) -> NFExpression? {
        guard let register = data.register(1), let base = data.u32(2).flatMap(NFPayload.Base.init),
            let offset = data.u32(3), let length = data.u32(4)
        else { return nil }
        return .payload(NFPayload(base, offset: offset, length: length), to: register)
    }

    private static func comparison(_ data: Attributes) -> NFExpression? {
        guard let register = data.register(1), let comparison = data.u32(2).flatMap(NFComparison.init),
            case .bytes(let bytes)? = data.data(3)
        else { return nil }
        return .compare(register, comparison, bytes)
    }

    private static func range(_ data: Attributes) -> NFExpression? {
        guard let register = data.register(1), let operation = data.u32(2), operation <= 1,
            case .bytes(let from)? = data.data(3), case .bytes(let to)? = data.data(4)
        else { return nil }
        return .range(register, from: from, to: to, isNegated: operation == 1)
    }

    private static func bitwise(_ data: Attributes) -> NFExpression? {
        guard let from = data.register(1), let to = data.register(2), (data.u32(6) ?? 0) == 0,
            case .bytes(let mask)? = data.data(4), case .bytes(let xor)? = data.data(5), mask.count == xor.count
        else { return nil }
        return .bitwise(from: from, to: to, mask: mask, xor: xor)
    }

    private static func immediate(_ data: Attributes) -> NFExpression? {
        guard let register = data.register(1) else { return nil }
        switch (data.data(2), register) {
        case (.verdict(let verdict)?, .verdict): return .verdict(verdict)
        case (.bytes(let bytes)?, _): return .immediate(bytes, to: register)
        default: return nil
        }
    }

    private static func nat(_ data: Attributes) -> NFExpression? {
        guard let kind = data.u32(1).flatMap(NFNAT.Kind.init), let number = data.u32(2),
            let family = UInt8(exactly: number)
        else { return nil }
        return .nat(
            NFNAT(
                kind, family: NetfilterFamily(rawValue: family), addresses: data.registers(3),
                ports: data.registers(5), flags: data.natFlags(7)))
    }

    private static func lookup(_ data: Attributes) -> NFExpression? {
        guard let set = data[1]?.text, let from = data.register(2) else { return nil }
        return .lookup(
            NFLookup(
                set, setID: data.u32(4) ?? 0, from: from, to: data.register(3), isNegated: (data.u32(5) ?? 0) & 1 != 0))
    }

    private static func numgen(_ data: Attributes) -> NFExpression? {
        guard let register = data.register(1), let modulus = data.u32(2),
            let kind = data.u32(3).flatMap(NFNumberGenerator.Kind.init)
        else { return nil }
        return .numgen(NFNumberGenerator(kind, modulus: modulus, offset: data.u32(4) ?? 0), to: register)
    }

    private static func conntrack(_ data: Attributes) -> NFExpression? {
        guard let register = data.register(1), let key = data.u32(2).map(NFConntrackKey.init) else { return nil }
        return .conntrack(key, direction: data[3]?.uint8, to: register)
    }

    private static func fib(_ data: Attributes) -> NFExpression? {
        guard let register = data.register(1), let result = data.u32(2), let flags = data.u32(3) else { return nil }
        return .fib(NFRouteQuestion(result: result, flags: flags), to: register)
    }
}

extension Attributes {
    func u32(_ type: UInt16) -> UInt32? { self[type]?.big32 }
    func u64(_ type: UInt16) -> UInt64? { self[type]?.big64 }
    func register(_ type: UInt16) -> NFRegister? { u32(type).map(NFRegister.init) }

    /// First and last of a range. The kernel names the last one even where it is the first.
    fileprivate func registers(_ type: UInt16) -> NFRegisters? {
        guard let first = register(type) else { return nil }
        let last = register(type + 1)
        return NFRegisters(first, last == first ? nil : last)
    }

    fileprivate func natFlags(_ type: UInt16) -> NFNATFlags { NFNATFlags(rawValue: u32(type) ?? 0) }

    /// NFTA_MATCH_* and NFTA_TARGET_* have the same numbers.
    fileprivate var compat: NFExtension? {
        guard let name = self[1]?.text, let revision = u32(2) else { return nil }
        return NFExtension(name, revision: revision, info: self[3].map { Array($0.payload) } ?? [])
    }

    /// NFTA_DATA_VALUE or NFTA_DATA_VERDICT inside an attribute.
    func data(_ type: UInt16) -> NFData? {
        guard let data = self[type]?.nested else { return nil }
        if let value = data[1]?.payload {
            return !value.isEmpty && value.count <= NFData.longest ? .bytes(Array(value)) : nil
        }
        guard let verdict = data[2]?.nested, let code = verdict.u32(1).map(Int32.init(bitPattern:)) else { return nil }
        switch (code, verdict[2]?.text) {
        case (0, _): return .verdict(.drop)
        case (1, _): return .verdict(.accept)
        case (-1, _): return .verdict(.continue)
        case (-2, _): return .verdict(.break)
        case (-3, let chain?): return .verdict(.jump(chain))
        case (-4, let chain?): return .verdict(.goto(chain))
        case (-5, _): return .verdict(.return)
        default: return .verdict(.other(code))
        }
    }
}
