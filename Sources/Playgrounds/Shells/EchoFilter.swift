// What a terminal prints besides the output of a typed line: its echo, the shell's prompt marks, and a line editor's own sequences.

import Terminals

/// Takes the echo of the typed line, and the shell's prompt marks, out of what a terminal prints.
struct EchoFilter {
    private var expected: [UInt8]
    private var held: [UInt8] = []
    private enum Phase { case exact, untilNewline, interrupted, passing }
    private var phase: Phase

    init(line: [UInt8], echo: PseudoTerminal.Echo) {
        switch echo {
        case .byKernel:
            expected = line + [0x0d, 0x0a]
            phase = .exact
        case .byReader:
            expected = []
            phase = .untilNewline
        case .none:
            expected = []
            phase = .passing
        }
    }

    /// Of a Ctrl-C, which the tutor's prompt has shown: `^C`, and the newline after it.
    static var ofInterrupt: EchoFilter {
        var filter = EchoFilter(line: [], echo: .none)
        filter.phase = .interrupted
        return filter
    }

    mutating func pass(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var rest = bytes
        while phase != .passing, let byte = rest.popFirst() {
            switch phase {
            case .exact:
                held.append(byte)
                if byte == expected[held.count - 1] {
                    if held.count == expected.count { phase = .passing }
                } else {
                    // Something was printed in between: show it all rather than lose a byte.
                    out += held
                    phase = .passing
                }
            case .untilNewline:
                if byte == 0x0a { phase = .passing }
            case .interrupted:
                held.append(byte)
                guard let end = Self.endOfInterrupt(held) else { continue }
                out += held[end...]
                phase = .passing
            case .passing: break
            }
        }
        return out + PromptMark.removed(from: rest)
    }

    /// What looked like the beginning of an echo, and was not followed by the rest of it.
    mutating func rest() -> [UInt8] {
        defer { phase = .passing }
        switch phase {
        case .exact: return held
        case .interrupted: return Array(held.dropFirst(held.starts(with: Array("^C".utf8)) ? 2 : 0))
        case .untilNewline, .passing: return []
        }
    }

    /// Where what follows a Ctrl-C's echo begins; nil when that is not known yet.
    private static func endOfInterrupt(_ bytes: [UInt8]) -> Int? {
        var place = 0
        for (index, byte) in "^C".utf8.enumerated() {
            guard index < bytes.count else { return nil }
            guard bytes[index] == byte else { return 0 }
            place = index + 1
        }
        while place < bytes.count {
            if bytes[place] == 0x0a { return place + 1 }
            if bytes[place] == 0x0d {
                place += 1
            } else if let sequence = PasteMode.sequences.first(where: { bytes[place...].starts(with: $0) }) {
                place += sequence.count
            } else {
                let isBegun = PasteMode.sequences.contains { $0.starts(with: bytes[place...]) }
                return isBegun ? nil : place
            }
        }
        return nil
    }
}

extension PromptMark {
    /// The bytes without marks.
    package static func removed(from bytes: ArraySlice<UInt8>) -> [UInt8] {
        guard bytes.contains(where: { $0 == prompt || $0 == continuation }) else { return Array(bytes) }
        return bytes.filter { $0 != prompt && $0 != continuation }
    }
}

/// Bracketed paste, which a shell in a box turns on and off around each line; the tutor's own line editor does that for the learner's
/// terminal.
package enum PasteMode {
    static let sequences = ["\u{1b}[?2004l\r", "\u{1b}[?2004l", "\u{1b}[?2004h"].map { Array($0.utf8) }

    /// The bytes without those sequences.
    package static func removed(from bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(0x1b) else { return bytes }
        var out: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if let sequence = sequences.first(where: { bytes[place...].starts(with: $0) }) {
                place += sequence.count
            } else {
                out.append(bytes[place])
                place += 1
            }
        }
        return out
    }
}
