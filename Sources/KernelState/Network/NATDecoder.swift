// Reading a rule of nf_tables backwards: what is in each register tells what a comparison is about.

import Netlink

/// Follows the expressions of one rule. What it cannot tell becomes a condition in words, so that no rule seems to match more than it does.
struct NATDecoder {
    /// What a register holds.
    indirect enum Content: Hashable {
        case meta(NFMetaKey)
        case network(NFPayload)
        case transport(NFPayload)
        case conntrack(NFConntrackKey)
        case route(NFRouteQuestion)
        case constant([UInt8])
        /// From a map.
        case mapped(String)
        case masked(Content, mask: [UInt8], xor: [UInt8])
        /// In words.
        case unknown(String)
    }

    let rule: NFRule
    let ruleset: NFRuleset
    /// By the first of the sixteen words that the content takes.
    private var registers: [Int: Content] = [:]
    /// For a table of the family inet: which kind of packet the rule is about, once it has asked.
    var family: NetfilterFamily
    /// Halves of ranges: nft writes `10-20` as two comparisons.
    var lower: [Content: [UInt8]] = [:]

    var conditions = NATConditions()
    private var action: NATAction?
    private var flags: NFNATFlags = []
    private var counter: (packets: UInt64, bytes: UInt64)?
    private var isFromIptables: Bool

    private init(_ rule: NFRule, in ruleset: NFRuleset) {
        self.rule = rule
        self.ruleset = ruleset
        family = rule.family
        isFromIptables = rule.isCompat
    }

    /// The rule, or nil when it translates nothing.
    static func natRule(_ rule: NFRule, place: Int, bases: [NATBase], in ruleset: NFRuleset) -> NATRule? {
        let decoder = decoded(rule, bases, in: ruleset)
        guard let action = decoder.action else { return nil }
        return NATRule(
            family: rule.family, backend: decoder.isFromIptables ? .iptablesNft : .nftables, table: rule.table,
            chain: rule.chain, place: place, bases: bases, conditions: decoder.conditions, action: action,
            flags: decoder.flags.subtracting([.mapAddresses, .mapPorts]), packets: decoder.counter?.packets,
            bytes: decoder.counter?.bytes)
    }

    /// When a rule takes a packet out of its chain as it is; nil when it never does.
    static func exit(_ rule: NFRule, in ruleset: NFRuleset) -> NATConditions? {
        let leaves = rule.expressions.contains { expression in
            guard case .verdict(let verdict) = expression else { return false }
            switch verdict {
            case .accept, .drop, .return: return true
            default: return false
            }
        }
        guard leaves else { return nil }
        let decoder = decoded(rule, [], in: ruleset)
        return decoder.action == nil ? decoder.conditions : nil
    }

    private static func decoded(_ rule: NFRule, _ bases: [NATBase], in ruleset: NFRuleset) -> NATDecoder {
        var decoder = NATDecoder(rule, in: ruleset)
        for expression in rule.expressions { decoder.follow(expression, bases: bases) }
        for (content, bytes) in decoder.lower { decoder.range(content, from: bytes, to: nil, isNegated: false) }
        if !rule.isWhole { decoder.conditions.add("more than can be read") }
        return decoder
    }

    // MARK: Expressions

    private mutating func follow(_ expression: NFExpression, bases: [NATBase]) {
        switch expression {
        case .meta(let key, let register): load(.meta(key), into: register)
        case .payload(let payload, let register):
            switch payload.base {
            case .network: load(.network(payload), into: register)
            case .transport: load(.transport(payload), into: register)
            case .link, .inner:
                load(
                    .unknown("bytes \(payload.offset)…\(payload.length) of the \(payload.base) header"), into: register)
            }
        case .conntrack(let key, let direction, let register):
            load(direction == nil ? .conntrack(key) : .unknown("ct \(key)"), into: register)
        case .fib(let question, let register): load(.route(question), into: register)
        case .numgen(let generator, let register):
            load(.unknown("number modulo \(generator.modulus)"), into: register)
        case .immediate(let bytes, let register): load(.constant(bytes), into: register)
        case .bitwise(let from, let to, let mask, let xor):
            load(content(of: from).map { .masked($0, mask: mask, xor: xor) } ?? .unknown("a value"), into: to)
        case .compare(let register, let comparison, let bytes): compare(register, comparison, bytes)
        case .range(let register, let from, let to, let isNegated):
            range(content(of: register) ?? .unknown("a value"), from: from, to: to, isNegated: isNegated)
        case .lookup(let lookup): look(up: lookup)
        case .counter(let packets, let bytes): counter = (packets, bytes)
        case .masquerade(let registers, let flags): act(.masquerade(ports: ports(registers)), flags)
        case .redirect(let registers, let flags): act(.redirect(ports: ports(registers)), flags)
        case .nat(let nat): act(nat.kind == .source ? .snat(target(nat)) : .dnat(target(nat)), nat.flags)
        case .match(let match):
            isFromIptables = true
            XTExtension.add(match, family: family, to: &conditions)
        case .target(let target):
            isFromIptables = true
            if let (action, flags) = XTExtension.translation(target, family: family, hook: bases.first?.hook) {
                act(action, flags)
            }
        case .setMeta, .verdict: break
        case .other(let name, _): if !Self.effects.contains(name) { conditions.add(name) }
        }
    }

    /// Expressions that always hold; others that are not known may be conditions.
    private static let effects: Set<String> = ["log", "last", "notrack", "queue", "dup", "synproxy", "flow_offload"]

    private mutating func act(_ action: NATAction, _ flags: NFNATFlags) {
        self.action = action
        self.flags = flags
    }

    // MARK: Registers

    mutating func load(_ content: Content, into register: NFRegister) {
        guard let word = register.firstWord else { return }
        for covered in word..<word + Self.words(content) { registers[covered] = nil }
        registers[word] = content
    }

    func content(of register: NFRegister) -> Content? { register.firstWord.flatMap { registers[$0] } }

    /// How many words a value takes; at least one.
    static func words(_ content: Content) -> Int {
        switch content {
        case .meta(.inInterfaceName), .meta(.outInterfaceName): 4
        case .network(let payload), .transport(let payload): Int(min(64, max(1, payload.length)) + 3) / 4
        case .constant(let bytes): (max(1, bytes.count) + 3) / 4
        case .masked(let inner, _, _): words(inner)
        case .meta, .conntrack, .route, .mapped, .unknown: 1
        }
    }

    private func constant(_ register: NFRegister?) -> [UInt8]? {
        guard let register, case .constant(let bytes)? = content(of: register) else { return nil }
        return bytes
    }

    // MARK: Actions

    private func ports(_ registers: NFRegisters?) -> ClosedRange<UInt16>? {
        guard let registers, let first = constant(registers.first).flatMap(UInt16.init(port:)) else { return nil }
        let last = registers.last.flatMap { constant($0) }.flatMap(UInt16.init(port:)) ?? first
        return first <= last ? first...last : last...first
    }

    private func target(_ nat: NFNAT) -> NATTarget {
        var target = NATTarget()
        if let addresses = nat.addresses {
            target.firstAddress = constant(addresses.first).flatMap { IPAddress(bytes: $0) }
            target.lastAddress =
                addresses.last.map { constant($0).flatMap { IPAddress(bytes: $0) } } ?? target.firstAddress
            if case .mapped(let map)? = content(of: addresses.first) { target.map = map }
        }
        target.ports = ports(nat.ports)
        return target
    }

    // MARK: Words

    mutating func other(_ content: Content, _ bytes: [UInt8], _ isNegated: Bool) {
        conditions.add("\(words(for: content)) \(isNegated ? "!= " : "")\(hexadecimal(bytes))")
    }

    func words(for content: Content) -> String {
        switch content {
        case .meta(let key): "meta \(key)"
        case .network(let payload): "bytes \(payload.offset)+\(payload.length) of the network header"
        case .transport(let payload): "bytes \(payload.offset)+\(payload.length) of the transport header"
        case .conntrack(let key): "ct \(key)"
        case .route: "fib"
        case .constant(let bytes): hexadecimal(bytes)
        case .mapped(let map): "the value in \(map)"
        case .masked(let inner, let mask, _): "\(words(for: inner)) & \(hexadecimal(mask))"
        case .unknown(let text): text
        }
    }

    func hexadecimal(_ bytes: [UInt8]) -> String {
        "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
