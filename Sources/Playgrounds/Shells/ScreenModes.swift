// What a program has made of the terminal that it is shown on: which screen, which keys, which modes, as told by its output.

/// Follows the control sequences that programs print and knows how to put the learner's own terminal back, and into the same
/// state again. Only what was seen is ever undone, so a terminal without escape sequences gets none. See ECMA-48, and
/// "XTerm Control Sequences" for the private modes.
package struct ScreenModes: Equatable, Sendable {
    /// Private modes (DECSET) that are not as a terminal begins, of those that are followed.
    private var changed: Set<Int> = []
    private var keypad = false
    private var insert = false
    private var scrollRegion = false
    private var attributes = false
    private var cursorShape = false
    /// Another character set than ASCII in G0, or G1 in its place.
    private var characterSet = false
    /// xterm's `modifyOtherKeys`, as set last; and how many times kitty's keyboard protocol was pushed.
    private var otherKeys = 0
    private var keyboardFlags: [Int] = []
    private var parser = Parser()

    package init() {}

    /// Those that are on in a terminal that nobody changed: lines wrap, the cursor is seen.
    private static let usuallyOn: Set<Int> = [7, 25]
    private static let screens = [1049, 1047, 47]
    /// Cursor keys (1), reverse video (5), origin (6), wrapping (7), mouse (9, 1000…1016), cursor (25), focus (1004), screens,
    /// bracketed paste (2004), synchronised output (2026).
    private static let followed = Set([1, 5, 6, 7, 9, 25, 1015, 1016, 2004, 2026] + Array(1000...1006) + screens)

    /// Whether the second screen is shown, as editors and pagers have it.
    package var isAlternate: Bool { !changed.isDisjoint(with: Self.screens) }

    /// Whether the program draws on the whole screen and reads keys rather than lines: it has the second screen, has asked for
    /// the keypad's or cursor keys' own codes, or hides the cursor, as `top` does.
    package var takesScreen: Bool { isAlternate || keypad || changed.contains(1) || changed.contains(25) }

    /// Everything as in a terminal that nobody changed.
    package var isInitial: Bool { self == ScreenModes() }

    // MARK: Sequences for the learner's terminal

    /// Puts a terminal that saw all of this back to how a terminal begins. Empty where nothing was changed.
    package var leaving: [UInt8] {
        var text = ""
        // CAN ends whatever sequence was left unfinished; a terminal would swallow what comes next as part of it.
        if parser.isInside { text += "\u{18}" }
        if characterSet { text += "\u{0f}\u{1b}(B" }
        for _ in keyboardFlags { text += "\u{1b}[<u" }
        if otherKeys != 0 { text += "\u{1b}[>4m" }
        for mode in changed.sorted() where !Self.screens.contains(mode) {
            text += "\u{1b}[?\(mode)\(Self.usuallyOn.contains(mode) ? "h" : "l")"
        }
        if keypad { text += "\u{1b}>" }
        if insert { text += "\u{1b}[4l" }
        // Setting the region moves the cursor, so its place is kept around it.
        if scrollRegion { text += "\u{1b}7\u{1b}[r\u{1b}8" }
        if cursorShape { text += "\u{1b}[0 q" }
        if attributes { text += "\u{1b}[0m" }
        for mode in Self.screens where changed.contains(mode) { text += "\u{1b}[?\(mode)l" }
        return Array(text.utf8)
    }

    /// Brings a terminal into the modes again that the program has asked for, with an empty second screen if it had that. What is
    /// drawn on it is for the program to draw again.
    package var entering: [UInt8] {
        var text = ""
        for mode in Self.screens.reversed() where changed.contains(mode) {
            text += "\u{1b}[?\(mode)h\u{1b}[H\u{1b}[2J"
        }
        for mode in changed.sorted() where !Self.screens.contains(mode) {
            text += "\u{1b}[?\(mode)\(Self.usuallyOn.contains(mode) ? "l" : "h")"
        }
        if keypad { text += "\u{1b}=" }
        if otherKeys != 0 { text += "\u{1b}[>4;\(otherKeys)m" }
        for flags in keyboardFlags { text += "\u{1b}[>\(flags)u" }
        return Array(text.utf8)
    }

    // MARK: Following

    /// Takes what was printed.
    /// - Returns: where the output begins that followed the last change of screens in it; nil if there was none.
    @discardableResult
    package mutating func follow(_ bytes: some Collection<UInt8>) -> Int? {
        bytes.withContiguousStorageIfAvailable { follow($0) } ?? Array(bytes).withUnsafeBufferPointer { follow($0) }
    }

    private mutating func follow(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var switched: Int?
        for index in bytes.indices {
            let byte = bytes[index]
            // Most of all output is text.
            if byte >= 0x20, !parser.isInside { continue }
            let before = isAlternate
            if let sequence = parser.take(byte) { obey(sequence) }
            if before != isAlternate { switched = index + 1 }
        }
        return switched
    }

    private mutating func obey(_ sequence: Parser.Sequence) {
        switch sequence {
        case .shiftOut: characterSet = true
        case .shiftIn: characterSet = false
        case .escape(let intermediate, let final): escape(intermediate, final)
        case .control(let control): self.control(control)
        }
    }

    private mutating func escape(_ intermediate: UInt8?, _ final: UInt8) {
        switch (intermediate, final) {
        case (nil, UInt8(ascii: "=")): keypad = true
        case (nil, UInt8(ascii: ">")): keypad = false
        // RIS: everything is as at the beginning.
        case (nil, UInt8(ascii: "c")): self = ScreenModes()
        case (UInt8(ascii: "("), _): characterSet = final != UInt8(ascii: "B")
        default: break
        }
    }

    private mutating func control(_ control: Parser.Control) {
        let first = control.parameters.first ?? 0
        switch (control.marker, control.intermediate, control.final) {
        case (UInt8(ascii: "?"), nil, UInt8(ascii: "h")): set(control.parameters, true)
        case (UInt8(ascii: "?"), nil, UInt8(ascii: "l")): set(control.parameters, false)
        case (nil, nil, UInt8(ascii: "h")) where control.parameters.contains(4): insert = true
        case (nil, nil, UInt8(ascii: "l")) where control.parameters.contains(4): insert = false
        case (nil, nil, UInt8(ascii: "m")): attributes = !control.parameters.allSatisfy { $0 == 0 }
        case (nil, nil, UInt8(ascii: "r")): scrollRegion = !control.parameters.isEmpty
        case (nil, UInt8(ascii: " "), UInt8(ascii: "q")): cursorShape = first > 0
        // DECSTR: a soft reset.
        case (nil, UInt8(ascii: "!"), UInt8(ascii: "p")):
            changed.formIntersection(Self.screens)
            (keypad, insert, scrollRegion, attributes, characterSet) = (false, false, false, false, false)
        case (UInt8(ascii: ">"), nil, UInt8(ascii: "m")) where first == 4:
            otherKeys = control.parameters.count > 1 ? control.parameters[1] : 0
        case (UInt8(ascii: ">"), nil, UInt8(ascii: "n")) where first == 4: otherKeys = 0
        case (UInt8(ascii: ">"), nil, UInt8(ascii: "u")) where keyboardFlags.count < 16: keyboardFlags.append(first)
        case (UInt8(ascii: "<"), nil, UInt8(ascii: "u")):
            keyboardFlags.removeLast(min(max(1, first), keyboardFlags.count))
        default: break
        }
    }

    private mutating func set(_ modes: [Int], _ on: Bool) {
        for mode in modes where Self.followed.contains(mode) {
            if on != Self.usuallyOn.contains(mode) { changed.insert(mode) } else { changed.remove(mode) }
        }
    }
}

/// The part of a terminal's parser that tells sequences from text. See ECMA-48 and vt100.net's "A parser for DEC's ANSI-compatible
/// video terminals".
private struct Parser: Equatable, Sendable {
    struct Control: Equatable {
        var marker: UInt8?
        var parameters: [Int]
        var intermediate: UInt8?
        var final: UInt8
    }

    enum Sequence: Equatable {
        case shiftOut, shiftIn
        case escape(intermediate: UInt8?, final: UInt8)
        case control(Control)
    }

    private enum Place: Equatable, Sendable { case text, escape, control, string, stringEscape }
    private var place = Place.text {
        didSet { if place == .text { collected = [] } }
    }
    private var collected: [UInt8] = []
    /// What begins OSC, DCS, APC, PM and SOS.
    private static let strings: Set<UInt8> = [0x5d, 0x50, 0x5f, 0x5e, 0x58]
    /// Longer ones are nobody's.
    private static let longest = 64

    /// In the middle of a sequence.
    var isInside: Bool { place != .text }

    mutating func take(_ byte: UInt8) -> Sequence? {
        switch byte {
        case 0x18, 0x1a:
            place = .text
            return nil
        case 0x1b:
            place = place == .string ? .stringEscape : .escape
            collected = []
            return nil
        default: break
        }
        switch place {
        case .text:
            if byte == 0x0e { return .shiftOut }
            return byte == 0x0f ? .shiftIn : nil
        case .escape: return escape(byte)
        case .control: return control(byte)
        case .string:
            // BEL ends an OSC; a string of another kind that holds one is rare and harmless here.
            if byte == 0x07 { place = .text }
            return nil
        case .stringEscape:
            // ESC \ ends the string; ESC and another character end it too, and begin something new.
            place = .escape
            return escape(byte)
        }
    }

    private mutating func escape(_ byte: UInt8) -> Sequence? {
        switch byte {
        case 0x00..<0x20, 0x7f: return nil
        case 0x20..<0x30:
            if collected.count < Self.longest { collected.append(byte) }
            return nil
        default:
            let intermediate = collected.last
            if intermediate == nil, byte == UInt8(ascii: "[") || Self.strings.contains(byte) {
                place = byte == UInt8(ascii: "[") ? .control : .string
                return nil
            }
            place = .text
            return .escape(intermediate: intermediate, final: byte)
        }
    }

    private mutating func control(_ byte: UInt8) -> Sequence? {
        switch byte {
        case 0x00..<0x20, 0x7f: return nil
        case 0x20..<0x40:
            if collected.count < Self.longest { collected.append(byte) }
            return nil
        case 0x40..<0x7f:
            let control = Self.parse(collected, byte)
            place = .text
            return control.map { .control($0) }
        default:
            place = .text
            return nil
        }
    }

    private static func parse(_ bytes: [UInt8], _ final: UInt8) -> Control? {
        guard bytes.count < longest else { return nil }
        var rest = bytes[...]
        var marker: UInt8?
        if let first = rest.first, (0x3c...0x3f).contains(first) { marker = rest.removeFirst() }
        let digits = rest.prefix { (0x30...0x3b).contains($0) }
        let intermediate = rest.dropFirst(digits.count).last
        let parameters =
            digits.isEmpty
            ? []
            : digits.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { field in
                // What follows a colon refines a parameter.
                field.prefix { $0 != UInt8(ascii: ":") }.reduce(0) { min(99_999, $0 * 10 + Int($1) - 0x30) }
            }
        return Control(marker: marker, parameters: parameters, intermediate: intermediate, final: final)
    }
}
