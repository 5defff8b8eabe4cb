// Damaged copies of frames, the same in every run.

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

extension [UInt8] {
    /// A damaged copy: flipped, cut, repeated or inserted bytes, and lengths that lie.
    func damaged(by generator: inout SeededGenerator) -> [UInt8] {
        var bytes = self
        for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[place] = [0, 1, 3, 4, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
            case 2: bytes.removeSubrange(place..<Swift.min(bytes.count, place + 9))
            case 3: bytes.insert(contentsOf: bytes[..<Swift.min(place, 40)], at: place)
            // A length of an attribute: on a multiple of four.
            case 4: bytes[place & ~3] = UInt8.random(in: 0...9, using: &generator)
            default: bytes = Array(bytes[..<place])
            }
        }
        return bytes
    }
}
