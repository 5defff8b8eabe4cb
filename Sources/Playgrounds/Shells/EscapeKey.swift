// The key that brings a learner back from what runs in the playground to the tutor's prompt: Ctrl-] unless chosen otherwise.

import Text

/// One control character, as a key.
package struct EscapeKey: Equatable, Sendable, CustomStringConvertible {
    /// What the key sends: 0x00…0x1f.
    package let byte: UInt8

    /// Ctrl-], as in telnet(1).
    package static let standard = EscapeKey(byte: 0x1d)

    /// The variable of the environment that chooses another.
    package static let variable = "PODLAB_ESCAPE_KEY"

    private init(byte: UInt8) { self.byte = byte }

    /// - Parameter text: `^X`, the control character itself, or its name in ASCII, such as `GS`.
    /// - Throws: `EscapeKeyError` for anything else, and for keys that every program needs, such as Ctrl-C and Enter.
    package init(parsing text: String) throws(EscapeKeyError) {
        guard let byte = Self.byte(text) else { throw .unknown(text) }
        guard !Self.needed.contains(byte) else { throw .needed(EscapeKey(byte: byte).description) }
        self.byte = byte
    }

    /// From the environment; the standard key where the variable is unset or empty.
    package init(environment: [String: String]) throws(EscapeKeyError) {
        guard let text = environment[Self.variable], !text.isEmpty else {
            self = .standard
            return
        }
        try self.init(parsing: text)
    }

    private static func byte(_ text: String) -> UInt8? {
        if let index = names.firstIndex(of: text.uppercased()) { return UInt8(index) }
        let bytes = Array(text.utf8)
        if bytes.count == 1, bytes[0] < 0x20 { return bytes[0] }
        guard bytes.count == 2, bytes[0] == UInt8(ascii: "^"), (0x40...0x7e).contains(bytes[1]) else { return nil }
        let key = bytes[1] >= 0x60 ? bytes[1] - 0x20 : bytes[1]
        return (0x40...0x5f).contains(key) ? key - 0x40 : nil
    }

    /// Backspace, Tab, Enter (both), Escape, and what a terminal itself acts upon: ^C ^D ^Q ^S ^Z ^\.
    private static let needed: Set<UInt8> = [0x03, 0x04, 0x08, 0x09, 0x0a, 0x0d, 0x11, 0x13, 0x1a, 0x1b, 0x1c]

    private static let names = [
        "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI", "DLE",
        "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
    ]

    /// `Ctrl-]`.
    package var description: String { "Ctrl-\(Character(Unicode.Scalar(byte + 0x40)))" }

    /// The character that the key has without Ctrl, as terminals name it in sequences: a letter is the small one.
    var plainCharacter: Int { (0x01...0x1a).contains(byte) ? Int(byte) + 0x60 : Int(byte) + 0x40 }
}

package enum EscapeKeyError: Error, Equatable, CustomStringConvertible {
    case unknown(String)
    case needed(String)

    package var description: String {
        switch self {
        case .unknown(let text):
            "\(EscapeKey.variable) is '\(terminalSafe(text))', which is no control character: write it as ^], ^T or GS"
        case .needed(let key):
            "\(EscapeKey.variable) is \(key), which programs and terminals need: choose another, such as ^] or ^T"
        }
    }
}

/// Finds the escape key among the keys that a learner presses. It is one byte, unless the program in the foreground has asked
/// the terminal to report keys as sequences (xterm's modifyOtherKeys, kitty's keyboard protocol); a sequence may be cut
/// across reads, so its beginning is held back until the rest comes or `release` is called.
struct EscapeScanner {
    private let key: EscapeKey
    private var held: [UInt8] = []
    /// Longer than any sequence that is looked for.
    private static let longest = 24

    init(_ key: EscapeKey) { self.key = key }

    var isHolding: Bool { !held.isEmpty }

    /// - Returns: what is for the program, and, when the key was met, what was pressed after it.
    mutating func scan(_ bytes: ArraySlice<UInt8>) -> (pass: [UInt8], after: [UInt8]?) {
        var pass: [UInt8] = []
        for (index, byte) in zip(bytes.indices, bytes) {
            if byte == key.byte {
                pass += held
                held = []
                return (pass, Array(bytes[(index + 1)...]))
            }
            if byte == 0x1b {
                pass += held
                held = [byte]
                continue
            }
            guard !held.isEmpty else {
                pass.append(byte)
                continue
            }
            held.append(byte)
            if held.count == 2, byte == UInt8(ascii: "[") { continue }
            let isParameter = (0x30...0x3b).contains(byte)
            if held.count > 2, isParameter, held.count < Self.longest { continue }
            if held.count > 2, isKey(held) {
                held = []
                return (pass, Array(bytes[(index + 1)...]))
            }
            pass += held
            held = []
        }
        return (pass, nil)
    }

    /// Gives out what was held back: the rest of a sequence did not come.
    mutating func release() -> [UInt8] {
        defer { held = [] }
        return held
    }

    /// `ESC [ 27 ; 5 ; 93 ~` and `ESC [ 93 ; 5 u`. See xterm's modifyOtherKeys and kitty's "comprehensive keyboard handling".
    private func isKey(_ sequence: [UInt8]) -> Bool {
        let text = String(decoding: sequence.dropFirst(2).dropLast(), as: UTF8.self)
        let fields = text.split(separator: ";", omittingEmptySubsequences: false).map { field in
            field.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        }
        let character = key.plainCharacter
        switch sequence.last {
        case UInt8(ascii: "~"):
            return fields.count == 3 && fields[0].first == 27 && isControl(fields[1]) && fields[2].first == character
        case UInt8(ascii: "u"):
            return fields.count >= 2 && fields[0].first == character && isControl(fields[1])
        default: return false
        }
    }

    /// One more than a set of bits: 4 is Ctrl; 64 and 128 are the locks, which do not matter. A key let go (`:3`) is no press.
    private func isControl(_ field: [Int?]) -> Bool {
        guard let modifiers = field.first ?? nil, field.count < 2 || field[1] != 3 else { return false }
        return modifiers > 0 && (modifiers - 1) & ~(64 | 128) == 4
    }
}
