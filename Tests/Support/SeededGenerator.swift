// Chance that comes out the same again.

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

extension [UInt8] {
    /// A damaged copy for tests of parsers: flipped, cut, repeated or inserted bytes, and lengths of attributes that lie.
    package func damaged(by generator: inout SeededGenerator) -> [UInt8] {
        var bytes = self
        for _ in 0..<Int.random(in: 1...8, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[place] = [0, 1, 3, 4, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
            case 2: bytes.removeSubrange(place..<Swift.min(bytes.count, place + 9))
            case 3: bytes.insert(contentsOf: bytes[..<Swift.min(place, 40)], at: place)
            // On a multiple of four, where netlink has the length of an attribute.
            case 4: bytes[place & ~3] = UInt8.random(in: 0...9, using: &generator)
            default: bytes = Array(bytes[..<place])
            }
        }
        return bytes
    }
}
