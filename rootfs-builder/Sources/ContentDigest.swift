// A digest that notices damage and change. It is not meant to withstand an attacker.

/// 128 bits over bytes: FNV-1a's idea on 8-byte words in two lanes, and a final mixing.
package struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(of bytes: [UInt8]) {
        var digest = RunningDigest()
        bytes.withUnsafeBytes { digest.add($0) }
        self = digest.finished()
    }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 hexadecimal digits.
    package var description: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// A digest being made from pieces; pieces other than the last must be multiples of 8 bytes long.
struct RunningDigest {
    private var a: UInt64 = 0xcbf2_9ce4_8422_2325
    private var b: UInt64 = 0x9ae1_6a3b_2f90_404f
    private var length: UInt64 = 0

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        let words = bytes.count / 8
        var (x, y) = (a, b)
        for index in 0..<words {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self))
            x = (x ^ word) &* 0x9fb2_1c65_1e98_df25
            x ^= x >> 29
            y = (y &+ word) &* 0xd6e8_feb8_6659_fd93
            y ^= y >> 32
        }
        for byte in bytes[(words * 8)...] {
            x = (x ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            y = (y &+ UInt64(byte)) &* 0xd6e8_feb8_6659_fd93
            y ^= y >> 32
        }
        (a, b) = (x, y)
        length &+= UInt64(bytes.count)
    }

    func finished() -> ContentDigest { ContentDigest(high: Self.mix(a ^ length), low: Self.mix(b &+ length)) }

    /// The finaliser of SplitMix64.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
