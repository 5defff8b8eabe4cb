// What must hold of a packet for a rule to act, gathered while the rule is read.

import Netlink

/// The conditions of a rule. A second condition on a field that has one already is kept in words.
package struct NATConditions: Hashable, Sendable {
    package var source: NATMatch<IPPrefix>?
    package var destination: NATMatch<IPPrefix>?
    package var inInterface: NATMatch<InterfacePattern>?
    package var outInterface: NATMatch<InterfacePattern>?
    package var transport: NATMatch<TransportProtocol>?
    package var sourcePorts: NATMatch<ClosedRange<UInt16>>?
    package var destinationPorts: NATMatch<ClosedRange<UInt16>>?
    package var other: [String] = []

    package init() {}

    /// Words of a condition that has no field. The same words twice say nothing new.
    mutating func add(_ words: String) {
        guard !other.contains(words) else { return }
        // Tools write the same conditions in different orders.
        other.append(words)
        other.sort()
    }

    mutating func addSource(_ match: NATMatch<IPPrefix>) { add(match, to: \.source, "source") }
    mutating func addDestination(_ match: NATMatch<IPPrefix>) { add(match, to: \.destination, "destination") }
    mutating func addInInterface(_ match: NATMatch<InterfacePattern>) { add(match, to: \.inInterface, "in") }
    mutating func addOutInterface(_ match: NATMatch<InterfacePattern>) { add(match, to: \.outInterface, "out") }
    mutating func addTransport(_ match: NATMatch<TransportProtocol>) { add(match, to: \.transport, "protocol") }
    mutating func addSourcePorts(_ match: NATMatch<ClosedRange<UInt16>>) {
        addPorts(match, \.sourcePorts, "source port")
    }
    mutating func addDestinationPorts(_ match: NATMatch<ClosedRange<UInt16>>) {
        addPorts(match, \.destinationPorts, "destination port")
    }

    /// `ct state` as nft(8) writes it, from a mask of `NF_CT_STATE_*` bits; `-m state` of iptables has the same.
    mutating func addConnectionState(_ mask: UInt32, isNegated: Bool) {
        addWords("ct state", mask, isNegated, Self.states + [(64, "untracked")])
    }

    /// The same from a mask of `XT_CONNTRACK_STATE_*` bits: two are of the connection's status, and another one moves on for them.
    mutating func addConnectionState(xtables mask: UInt32, isNegated: Bool) {
        addWords("ct state", mask, isNegated, Self.states + [(64, "snat"), (128, "dnat"), (256, "untracked")])
    }

    private static let states: [(UInt32, String)] = [(1, "invalid"), (2, "established"), (4, "related"), (8, "new")]

    /// `ct status`, from `enum ip_conntrack_status`.
    mutating func addConnectionStatus(_ mask: UInt32, isNegated: Bool) {
        addWords(
            "ct status", mask, isNegated,
            [(1, "expected"), (2, "seen-reply"), (4, "assured"), (8, "confirmed"), (16, "snat"), (32, "dnat")])
    }

    /// `RTN_*` of rtnetlink as bits: what kind of address it is to this machine.
    mutating func addAddressType(_ field: String, _ mask: UInt32, isNegated: Bool) {
        addWords(
            "fib \(field) type", mask, isNegated,
            [(2, "unicast"), (4, "local"), (8, "broadcast"), (16, "anycast"), (32, "multicast")])
    }

    mutating func addMark(_ mark: UInt32, mask: UInt32, isNegated: Bool) {
        let value = "0x" + String(mark, radix: 16) + (mask == .max ? "" : "/0x" + String(mask, radix: 16))
        add("mark \(isNegated ? "!= " : "")\(value)")
    }

    private mutating func addWords(_ what: String, _ mask: UInt32, _ isNegated: Bool, _ names: [(UInt32, String)]) {
        var words = names.filter { mask & $0.0 != 0 }.map(\.1)
        let rest = names.reduce(mask) { $0 & ~$1.0 }
        if rest != 0 || words.isEmpty { words.append("0x" + String(rest, radix: 16)) }
        add("\(what) \(isNegated ? "!= " : "")\(words.joined(separator: ","))")
    }

    private mutating func addPorts(
        _ match: NATMatch<ClosedRange<UInt16>>, _ field: WritableKeyPath<Self, NATMatch<ClosedRange<UInt16>>?>,
        _ name: String
    ) {
        guard let known = self[keyPath: field], known != match else {
            self[keyPath: field] = match
            return
        }
        let values = match.values.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        add("\(name) \(match.isNegated ? "! " : "")\(values.joined(separator: ","))")
    }

    private mutating func add<Value: CustomStringConvertible>(
        _ match: NATMatch<Value>, to field: WritableKeyPath<Self, NATMatch<Value>?>, _ name: String
    ) {
        guard let known = self[keyPath: field], known != match else {
            self[keyPath: field] = match
            return
        }
        add("\(name) \(match)")
    }
}

extension IPPrefix {
    /// From an address and a mask of the same length; nil when the mask's ones are not all in front. Bits behind it are cleared.
    init?(_ bytes: some Collection<UInt8>, mask: some Collection<UInt8>) {
        guard let address = IPAddress(bytes: bytes), mask.count == bytes.count else { return nil }
        var length: UInt8 = 0
        var isOver = false
        for byte in mask {
            let ones = (~byte).leadingZeroBitCount
            guard ones == byte.nonzeroBitCount, !isOver || ones == 0 else { return nil }
            if ones < 8 { isOver = true }
            length += UInt8(ones)
        }
        self.init(address, length)
        self = network
    }

    /// The fewest prefixes that together are the range; nil when the ends are of two families or exchanged.
    static func covering(from first: [UInt8], to last: [UInt8]) -> [IPPrefix]? {
        let bits = first.count * 8
        guard first.count == last.count, bits == 32 || bits == 128 else { return nil }
        var place = UInt128(bigEndian: first)
        let end = UInt128(bigEndian: last)
        guard place <= end else { return nil }
        var prefixes: [IPPrefix] = []
        // At most two for each bit of an address.
        while true {
            let left = end - place
            var zeros = min(place.trailingZeroBitCount, bits)
            // The block of 2^zeros addresses must end in the range.
            while zeros > 0, (zeros == 128 ? UInt128.max : (1 << UInt128(zeros)) - 1) > left { zeros -= 1 }
            let bytes = place.bigEndianBytes(first.count)
            if let address = IPAddress(bytes: bytes), let prefix = IPPrefix(address, UInt8(bits - zeros)) {
                prefixes.append(prefix)
            }
            let size = zeros == 128 ? UInt128.max : (1 << UInt128(zeros)) - 1
            if size >= left { return prefixes }
            place += size + 1
        }
    }
}

extension UInt128 {
    init(bigEndian bytes: some Sequence<UInt8>) { self = bytes.reduce(0) { $0 << 8 | UInt128($1) } }

    /// The low `count` bytes.
    func bigEndianBytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: self >> UInt128((count - 1 - $0) * 8)) }
    }
}
