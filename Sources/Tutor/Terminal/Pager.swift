// Long text a screen at a time, without another program. What was shown stays in the terminal's scrollback.
import Glibc
import Linux
import Terminals

/// Shows lines; pages them where they do not fit the terminal.
package struct Pager {
    package enum Outcome: Sendable, Equatable {
        case shown, left
        /// The reader began to type something else: the first character of it, which belongs to the prompt.
        case leftTyping(Character)
    }

    private let input: Int32
    private let output: Int32
    private let style: Style

    /// - Parameters:
    ///   - input: where keys are read; without a terminal there, nothing is paged.
    ///   - output: where the text goes.
    package init(style: Style, input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO) {
        self.style = style
        self.input = input
        self.output = output
    }

    /// Writes `lines`. The terminal's modes are as before when this returns or throws.
    @discardableResult
    package func show(_ lines: [String]) throws(SystemError) -> Outcome {
        guard isatty(input) == 1, let size = windowSize(of: output), size.rows > 2,
            rows(of: lines[...], columns: size.columns) >= size.rows, let state = TerminalState.save(input)
        else {
            try write(lines[...])
            return .shown
        }
        state.setKeyMode()
        defer { state.restore() }
        return try page(lines)
    }

    private func page(_ lines: [String]) throws(SystemError) -> Outcome {
        var top = 0
        var end = try writePage(lines, from: 0, rows: pageRows)
        while true {
            try writeStatus(end, of: lines.count)
            let key = nextKey()
            try eraseStatus()
            switch key {
            case .page where end == lines.count, .line where end == lines.count: return .shown
            case .page:
                top = end
                end = try writePage(lines, from: end, rows: pageRows)
            case .line:
                end = try writePage(lines, from: end, rows: 1)
                top = min(top + 1, end)
            case .back:
                let shownFrom = min(top, pageStart(lines, before: end))
                top = pageStart(lines, before: shownFrom)
                try clearScreen()
                end = try writePage(lines, from: top, rows: pageRows)
            case .toEnd:
                try write(lines[end...])
                end = lines.count
                top = pageStart(lines, before: end)
            case .quit: return .left
            case .typed(let character): return .leftTyping(character)
            case .other: break
            }
        }
    }

    // MARK: Pages

    /// The last row is for the status.
    private var pageRows: Int { max(1, (windowSize(of: output)?.rows ?? 24) - 1) }
    private var columns: Int { windowSize(of: output)?.columns ?? style.width }

    private func rows(of line: String, columns: Int) -> Int {
        max(1, (displayWidth(line) + columns - 1) / columns)
    }

    private func rows(of lines: ArraySlice<String>, columns: Int) -> Int {
        lines.reduce(0) { $0 + rows(of: $1, columns: columns) }
    }

    /// Writes lines from `start` until `rows` rows are full, one line at least, and gives back where it stopped.
    private func writePage(_ lines: [String], from start: Int, rows limit: Int) throws(SystemError) -> Int {
        var end = start
        var used = 0
        while end < lines.count {
            used += rows(of: lines[end], columns: columns)
            if used > limit, end > start { break }
            end += 1
        }
        try write(lines[start..<end])
        return end
    }

    /// Where a page begins that ends before `end`.
    private func pageStart(_ lines: [String], before end: Int) -> Int {
        var start = end
        var used = 0
        while start > 0 {
            used += rows(of: lines[start - 1], columns: columns)
            if used > pageRows, start < end { break }
            start -= 1
        }
        return start
    }

    // MARK: Output

    private func write(_ lines: ArraySlice<String>) throws(SystemError) {
        try writeAll(lines.map { $0 + "\n" }.joined(), to: output)
    }

    private func writeStatus(_ end: Int, of count: Int) throws(SystemError) {
        let isEnd = end == count
        let long = " \(isEnd ? "end" : "\(end * 100 / count) %") · space: on · b: back · q: leave "
        let text = long.count < columns ? long : isEnd ? " end " : " more "
        let shown = style.unicode ? text : text.map { $0 == "·" ? "," : String($0) }.joined()
        try writeAll(style.paint(shown, .dim), to: output)
    }

    /// A terminal without escape sequences is overwritten with spaces.
    private func eraseStatus() throws(SystemError) {
        let blank = String(repeating: " ", count: max(0, min(columns - 1, 60)))
        try writeAll(style.colour == .none ? "\r\(blank)\r" : "\r\u{1B}[K", to: output)
    }

    private func clearScreen() throws(SystemError) {
        if style.colour != .none { try writeAll("\u{1B}[H\u{1B}[2J", to: output) }
    }

    // MARK: Keys

    enum Key {
        case page, line, back, toEnd, quit, other
        case typed(Character)
    }

    private func nextKey() -> Key {
        guard let byte = readByte(from: input) else { return .quit }
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "f"), 6: return .page
        case 13, 10, UInt8(ascii: "j"): return .line
        case UInt8(ascii: "b"), UInt8(ascii: "k"), 2: return .back
        case UInt8(ascii: "G"), UInt8(ascii: ">"): return .toEnd
        // Ctrl-C, Ctrl-D, Ctrl-\ leave as well.
        case UInt8(ascii: "q"), UInt8(ascii: "Q"), 3, 4, 28: return .quit
        case 27: return escapeSequence()
        case 0x21...0x7E: return .typed(Character(Unicode.Scalar(byte)))
        default: return .other
        }
    }

    /// The keys of a terminal that send ESC and more. A lone ESC is followed by nothing for a while.
    private func escapeSequence() -> Key {
        var sequence: [UInt8] = []
        while sequence.count < 8,
            waitFor([pollfd(fd: input, events: Int16(POLLIN), revents: 0)], milliseconds: 30)?.first?.revents ?? 0 != 0,
            let byte = readByte(from: input)
        {
            sequence.append(byte)
            if sequence.count > 1, (0x40...0x7E).contains(byte) { break }
        }
        switch String(decoding: sequence, as: UTF8.self) {
        case "[6~": return .page
        case "[5~", "[A", "OA": return .back
        case "[B", "OB": return .line
        case "[F", "OF", "[4~": return .toEnd
        default: return .other
        }
    }
}
