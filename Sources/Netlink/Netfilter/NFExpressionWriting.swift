// Expressions as attributes: NFTA_EXPR_NAME and, nested in NFTA_EXPR_DATA, what each kind has. See linux/netfilter/nf_tables.h.

extension MessageWriter {
    /// The attribute NFTA_RULE_EXPRESSIONS: a list of NFTA_LIST_ELEM.
    mutating func expressions(_ type: UInt16, _ expressions: [NFExpression]) {
        nested(type) { list in
            for expression in expressions { list.nested(1) { $0.expression(expression) } }
        }
    }

    private mutating func expression(_ expression: NFExpression) {
        attribute(1, string: expression.name)
        if case .other(_, let attributes) = expression {
            attribute(2 | 0x8000, bytes: attributes)  // NLA_F_NESTED
        } else {
            nested(2) { expression.write(to: &$0) }
        }
    }

    /// NFTA_DATA_VALUE or NFTA_DATA_VERDICT inside an attribute.
    mutating func data(_ type: UInt16, _ data: NFData) {
        nested(type) { inner in
            switch data {
            case .bytes(let bytes): inner.attribute(1, bytes: bytes)
            case .verdict(let verdict):
                inner.nested(2) {
                    $0.attribute(1, bigEndian: UInt32(bitPattern: verdict.code))
                    if let chain = verdict.chain { $0.attribute(2, string: chain) }
                }
            }
        }
    }

    mutating func register(_ type: UInt16, _ register: NFRegister?) {
        if let register { attribute(type, bigEndian: register.rawValue) }
    }

    fileprivate mutating func registers(_ first: UInt16, _ registers: NFRegisters?) {
        register(first, registers?.first)
        register(first + 1, registers.map { $0.last ?? $0.first })
    }
}

extension NFExpression {
    /// The kernel's name of the expression.
    package var name: String {
        switch self {
        case .meta, .setMeta: "meta"
        case .payload: "payload"
        case .compare: "cmp"
        case .range: "range"
        case .bitwise: "bitwise"
        case .immediate, .verdict: "immediate"
        case .counter: "counter"
        case .masquerade: "masq"
        case .nat: "nat"
        case .redirect: "redir"
        case .lookup: "lookup"
        case .numgen: "numgen"
        case .conntrack: "ct"
        case .fib: "fib"
        case .match: "match"
        case .target: "target"
        case .other(let name, _): name
        }
    }

    fileprivate func write(to writer: inout MessageWriter) {
        switch self {
        case .meta(let key, let register):
            writer.attribute(2, bigEndian: key.rawValue)
            writer.register(1, register)
        case .setMeta(let key, let register):
            writer.attribute(2, bigEndian: key.rawValue)
            writer.register(3, register)
        case .payload(let payload, let register):
            writer.register(1, register)
            writer.attribute(2, bigEndian: payload.base.rawValue)
            writer.attribute(3, bigEndian: payload.offset)
            writer.attribute(4, bigEndian: payload.length)
        case .compare(let register, let comparison, let bytes):
            writer.register(1, register)
            writer.attribute(2, bigEndian: comparison.rawValue)
            writer.data(3, .bytes(bytes))
        case .range(let register, let from, let to, let isNegated):
            writer.register(1, register)
            writer.attribute(2, bigEndian: UInt32(isNegated ? 1 : 0))
            writer.data(3, .bytes(from))
            writer.data(4, .bytes(to))
        case .bitwise(let from, let to, let mask, let xor):
            writer.register(1, from)
            writer.register(2, to)
            writer.attribute(3, bigEndian: UInt32(truncatingIfNeeded: mask.count))
            writer.data(4, .bytes(mask))
            writer.data(5, .bytes(xor))
        case .immediate(let bytes, let register):
            writer.register(1, register)
            writer.data(2, .bytes(bytes))
        case .verdict(let verdict):
            writer.register(1, .verdict)
            writer.data(2, .verdict(verdict))
        case .counter(let packets, let bytes):
            writer.attribute(1, bigEndian: bytes)
            writer.attribute(2, bigEndian: packets)
        case .masquerade, .nat, .redirect: writeTranslation(to: &writer)
        case .lookup(let lookup):
            writer.attribute(1, string: lookup.set)
            writer.register(2, lookup.from)
            writer.register(3, lookup.to)
            if lookup.setID != 0 { writer.attribute(4, bigEndian: lookup.setID) }
            writer.attribute(5, bigEndian: UInt32(lookup.isNegated ? 1 : 0))
        case .numgen(let generator, let register):
            writer.register(1, register)
            writer.attribute(2, bigEndian: generator.modulus)
            writer.attribute(3, bigEndian: generator.kind.rawValue)
            writer.attribute(4, bigEndian: generator.offset)
        case .conntrack(let key, let direction, let register):
            writer.register(1, register)
            writer.attribute(2, bigEndian: key.rawValue)
            if let direction { writer.attribute(3, direction) }
        case .fib(let question, let register):
            writer.register(1, register)
            writer.attribute(2, bigEndian: question.result)
            writer.attribute(3, bigEndian: question.flags)
        case .match(let compat), .target(let compat):
            writer.attribute(1, string: compat.name)
            writer.attribute(2, bigEndian: compat.revision)
            writer.attribute(3, bytes: compat.info)
        case .other: break  // Its attributes are written as they are.
        }
    }

    private func writeTranslation(to writer: inout MessageWriter) {
        switch self {
        case .masquerade(let ports, let flags):
            if !flags.isEmpty { writer.attribute(1, bigEndian: flags.rawValue) }
            writer.registers(2, ports)
        case .redirect(let ports, let flags):
            writer.registers(1, ports)
            if !flags.isEmpty { writer.attribute(3, bigEndian: flags.rawValue) }
        case .nat(let nat):
            writer.attribute(1, bigEndian: nat.kind.rawValue)
            writer.attribute(2, bigEndian: UInt32(nat.family.rawValue))
            writer.registers(3, nat.addresses)
            writer.registers(5, nat.ports)
            if !nat.flags.isEmpty { writer.attribute(7, bigEndian: nat.flags.rawValue) }
        default: break
        }
    }
}
