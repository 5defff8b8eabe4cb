// What a terminal prints besides the output of a typed line: its echo, and the shell's prompt marks.

/// Takes the echo of the typed line, and the shell's prompt marks, out of what a terminal prints.
struct EchoFilter {
    private var expected: [UInt8]
    private var held: [UInt8] = []
    private enum Phase { case exact, untilNewline, passing }
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
            case .passing: break
            }
        }
        return out + PromptMark.removed(from: rest)
    }
}

extension PromptMark {
    /// The bytes without marks.
    package static func removed(from bytes: ArraySlice<UInt8>) -> [UInt8] {
        guard bytes.contains(where: { $0 == prompt || $0 == continuation }) else { return Array(bytes) }
        return bytes.filter { $0 != prompt && $0 != continuation }
    }
}
