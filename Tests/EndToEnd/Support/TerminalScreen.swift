// What a terminal shows of the bytes that a program prints: as much of ECMA-48 and xterm as bash, readline, less, vim and
// podlab use. See console_codes(4).

import Foundation

/// The two screens of a terminal, as a grid of characters with a cursor.
struct TerminalScreen {
    private(set) var columns: Int
    private(set) var rows: Int
    /// From 0.
    private(set) var row = 0
    private(set) var column = 0
    /// Whether the second screen is shown, which editors and pagers use.
    private(set) var isAlternate = false
    /// Control characters and sequences that arrived and are not known here, for tests that no raw bytes come through.
    private(set) var unknown: [String] = []

    /// A wide character stands in the first of its two cells; the second is empty.
    private var cells: [[String]]
    private var other: (cells: [[String]], row: Int, column: Int)?
    private var saved = (row: 0, column: 0)
    /// The next character goes to the line below: the last column is taken, and the cursor stays on it until then.
    private var mustWrap = false
    private var scrolled: Range<Int>
    private var rest: [UInt8] = []

    init(columns: Int, rows: Int) {
        (self.columns, self.rows) = (columns, rows)
        cells = Self.blank(rows, columns)
        scrolled = 0..<rows
    }

    private static func blank(_ rows: Int, _ columns: Int) -> [[String]] {
        Array(repeating: Array(repeating: " ", count: columns), count: rows)
    }

    // MARK: What is seen

    /// The lines from top to bottom, without the spaces at their ends.
    var lines: [String] {
        cells.map { line in String(line.joined().reversed().drop { $0 == " " }.reversed()) }
    }

    /// The screen, without the empty lines below.
    var text: String { lines.reversed().drop(while: \.isEmpty).reversed().joined(separator: "\n") }

    /// The line with the cursor.
    var cursorLine: String { lines[row] }

    // MARK: What is printed

    mutating func resize(columns: Int, rows: Int) {
        let kept = cells.suffix(max(rows, 1)).map { line in
            Array(line.prefix(columns)) + Array(repeating: " ", count: max(0, columns - line.count))
        }
        row = max(0, row - max(0, cells.count - rows))
        cells = Array(kept) + Self.blank(max(0, rows - kept.count), columns)
        (self.columns, self.rows) = (columns, rows)
        column = min(column, columns - 1)
        (scrolled, mustWrap, other) = (0..<rows, false, nil)
    }

    mutating func print(_ bytes: some Sequence<UInt8>) {
        rest += bytes
        var place = 0
        while place < rest.count, let used = take(rest[place...]) { place += used }
        rest.removeFirst(place)
    }

    /// Takes one character or sequence; nil when its end is yet to come.
    private mutating func take(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first else { return nil }
        switch first {
        case 0x1b: return takeEscape(bytes)
        case 0x08:
            column = max(0, column - 1)
            mustWrap = false
        case 0x09: column = min(columns - 1, (column / 8 + 1) * 8)
        case 0x0a, 0x0b, 0x0c: lineFeed()
        case 0x0d:
            column = 0
            mustWrap = false
        case 0x07, 0x00: break
        case 0..<0x20, 0x7f: unknown.append(String(format: "%02x", first))
        default: return takeCharacter(bytes)
        }
        return 1
    }

    private mutating func takeCharacter(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first else { return nil }
        let size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
        guard bytes.count >= size else { return nil }
        guard let text = String(validating: bytes.prefix(size), as: UTF8.self), let scalar = text.unicodeScalars.first
        else {
            put("\u{FFFD}", width: 1)
            return 1
        }
        put(text, width: Self.width(scalar))
        return size
    }

    private mutating func put(_ text: String, width: Int) {
        guard width > 0 else {
            let place = max(0, mustWrap ? column : column - 1)
            cells[row][place] += text
            return
        }
        if mustWrap || column + width > columns {
            column = 0
            mustWrap = false
            lineFeed()
        }
        cells[row][column] = text
        if width == 2, column + 1 < columns { cells[row][column + 1] = "" }
        mustWrap = column + width >= columns
        column = min(columns - 1, column + width)
    }

    private mutating func lineFeed() {
        mustWrap = false
        guard row == scrolled.upperBound - 1 else {
            row = min(rows - 1, row + 1)
            return
        }
        cells.remove(at: scrolled.lowerBound)
        cells.insert(Array(repeating: " ", count: columns), at: scrolled.upperBound - 1)
    }

    private mutating func reverseLineFeed() {
        guard row == scrolled.lowerBound else {
            row = max(0, row - 1)
            return
        }
        cells.remove(at: scrolled.upperBound - 1)
        cells.insert(Array(repeating: " ", count: columns), at: scrolled.lowerBound)
    }

    // MARK: Sequences

    private mutating func takeEscape(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count > 1 else { return nil }
        let start = bytes.startIndex
        switch bytes[start + 1] {
        case UInt8(ascii: "["):
            guard let end = bytes.dropFirst(2).firstIndex(where: { (0x40...0x7e).contains($0) }) else { return nil }
            control(String(decoding: bytes[(start + 2)..<end], as: UTF8.self), bytes[end])
            return end - start + 1
        case UInt8(ascii: "]"):
            // An operating system command, up to BEL or ESC \.
            guard let end = bytes.dropFirst(2).firstIndex(where: { $0 == 0x07 || $0 == 0x1b }) else { return nil }
            unknown.append("OSC " + String(decoding: bytes[(start + 2)..<end], as: UTF8.self))
            if bytes[end] == 0x07 { return end - start + 1 }
            return bytes.endIndex > end + 1 ? end - start + 2 : nil
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "#"), UInt8(ascii: "%"):
            return bytes.count > 2 ? 3 : nil
        case UInt8(ascii: "M"): reverseLineFeed()
        case UInt8(ascii: "D"): lineFeed()
        case UInt8(ascii: "7"): saved = (row, column)
        case UInt8(ascii: "8"): (row, column) = saved
        case UInt8(ascii: "c"): self = TerminalScreen(columns: columns, rows: rows)
        case UInt8(ascii: "="), UInt8(ascii: ">"): break
        case let final: unknown.append("ESC " + String(Unicode.Scalar(final)))
        }
        return 2
    }

    private mutating func control(_ parameters: String, _ final: UInt8) {
        guard parameters.first != "?" else { return mode(parameters.dropFirst(), final) }
        guard parameters.allSatisfy({ $0.isASCII && ($0.isNumber || ";:".contains($0)) }) else { return }
        let numbers = parameters.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        let first = numbers.first ?? 0
        let count = max(1, first)
        if final != UInt8(ascii: "m") { mustWrap = false }
        switch Unicode.Scalar(final) {
        case "A": row = max(0, row - count)
        case "B", "e": row = min(rows - 1, row + count)
        case "C", "a": column = min(columns - 1, column + count)
        case "D": column = max(0, column - count)
        case "E": (row, column) = (min(rows - 1, row + count), 0)
        case "F": (row, column) = (max(0, row - count), 0)
        case "G", "`": column = min(columns, count) - 1
        case "d": row = min(rows, count) - 1
        case "H", "f":
            row = min(rows, count) - 1
            column = min(columns, max(1, numbers.count > 1 ? numbers[1] : 1)) - 1
        case "J": eraseScreen(first)
        case "K": erase(row, first)
        case "X": for place in column..<min(columns, column + count) { cells[row][place] = " " }
        case "P":
            let removed = min(count, columns - column)
            cells[row].removeSubrange(column..<(column + removed))
            cells[row] += Array(repeating: " ", count: removed)
        case "@":
            let added = min(count, columns - column)
            cells[row].removeLast(added)
            cells[row].insert(contentsOf: Array(repeating: " ", count: added), at: column)
        case "L":
            for _ in 0..<min(count, max(0, scrolled.upperBound - row)) {
                cells.remove(at: scrolled.upperBound - 1)
                cells.insert(Array(repeating: " ", count: columns), at: row)
            }
        case "M":
            for _ in 0..<min(count, max(0, scrolled.upperBound - row)) {
                cells.remove(at: row)
                cells.insert(Array(repeating: " ", count: columns), at: scrolled.upperBound - 1)
            }
        case "r":
            let bottom = numbers.count > 1 && numbers[1] > 0 ? min(numbers[1], rows) : rows
            if count <= bottom { scrolled = (count - 1)..<bottom }
            (row, column) = (0, 0)
        case "s": saved = (row, column)
        case "u": (row, column) = saved
        case "m", "h", "l", "n", "c", "t", "q": break
        default: unknown.append("CSI \(parameters)" + String(Unicode.Scalar(final)))
        }
    }

    private mutating func mode(_ parameters: Substring, _ final: UInt8) {
        let isSet = final == UInt8(ascii: "h")
        guard isSet || final == UInt8(ascii: "l") else { return }
        for number in parameters.split(separator: ";") where ["47", "1047", "1049"].contains(number) {
            guard isSet != isAlternate else { continue }
            isAlternate = isSet
            if isSet {
                other = (cells, row, column)
                cells = Self.blank(rows, columns)
            } else if let main = other {
                (cells, row, column) = main
                other = nil
            }
            scrolled = 0..<rows
            mustWrap = false
        }
    }

    private mutating func erase(_ line: Int, _ part: Int) {
        let range = part == 0 ? column..<columns : part == 1 ? 0..<(column + 1) : 0..<columns
        for place in range { cells[line][place] = " " }
    }

    private mutating func eraseScreen(_ part: Int) {
        if part == 0 || part == 1 { erase(row, part) }
        let range = part == 0 ? (row + 1)..<rows : part == 1 ? 0..<row : 0..<rows
        for line in range { cells[line] = Array(repeating: " ", count: columns) }
    }

    /// Cells that a character takes, as wcwidth(3) has them for the ranges that tests use.
    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
            0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
            return 2
        default: return 1
        }
    }
}
