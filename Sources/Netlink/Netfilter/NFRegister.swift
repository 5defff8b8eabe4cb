// Where the expressions of a rule keep values for each other, and the values.

/// A register of the nf_tables machine: the verdict, or a place in 64 bytes of data that is addressed either as four registers of
/// 16 bytes or as sixteen of 4 bytes. See `enum nft_registers`.
package struct NFRegister: RawRepresentable, Hashable, Sendable {
    /// The number in messages.
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let verdict = Self(rawValue: 0)
    package static let data1 = Self(rawValue: 1)
    package static let data2 = Self(rawValue: 2)
    package static let data3 = Self(rawValue: 3)
    package static let data4 = Self(rawValue: 4)
    /// One of the sixteen registers of 4 bytes, 0 … 15.
    package static func word(_ number: Int) -> Self { Self(rawValue: 8 + UInt32(truncatingIfNeeded: number & 15)) }

    /// The first of the sixteen words that it covers; nil for the verdict and for numbers that the kernel does not know.
    package var firstWord: Int? {
        switch rawValue {
        case 1...4: Int(rawValue - 1) * 4
        case 8...23: Int(rawValue - 8)
        default: nil
        }
    }
}

/// What becomes of a packet, `enum nft_verdicts` and `NF_*`.
package enum NFVerdict: Hashable, Sendable, CustomStringConvertible {
    case drop
    case accept
    case `continue`
    case `break`
    case jump(String)
    case goto(String)
    case `return`
    /// A verdict without a name here, such as NF_QUEUE with its number.
    case other(Int32)

    package var description: String {
        switch self {
        case .drop: "drop"
        case .accept: "accept"
        case .continue: "continue"
        case .break: "break"
        case .jump(let chain): "jump \(chain)"
        case .goto(let chain): "goto \(chain)"
        case .return: "return"
        case .other(let code): "verdict \(code)"
        }
    }

    /// The chain that it leads to.
    package var chain: String? {
        switch self {
        case .jump(let chain), .goto(let chain): chain
        default: nil
        }
    }

    var code: Int32 {
        switch self {
        case .drop: 0
        case .accept: 1
        case .continue: -1
        case .break: -2
        case .jump: -3
        case .goto: -4
        case .return: -5
        case .other(let code): code
        }
    }
}

/// The content of a register or of an element: bytes in the order of the packet's headers, or a verdict.
package enum NFData: Hashable, Sendable {
    case bytes([UInt8])
    case verdict(NFVerdict)

    /// The longest value that the kernel takes, `NFT_DATA_VALUE_MAXLEN`.
    static let longest = 64
}
