// A person's terminal without another program in between: podlab on a pty of the test's own, driven by keys, read from a
// screen. See pty(7).

import Foundation
import Glibc
import TestSupport
import Testing

/// A program that leads a session on a pseudo-terminal of its own. All waiting is on output, with a deadline.
final class TerminalSession {
    /// The program, which leads its session and process group.
    let pid: pid_t
    /// All bytes that were printed, from the start.
    private(set) var printed: [UInt8] = []
    private(set) var screen: TerminalScreen
    private var master: Int32
    private var status: Int32?
    /// How much had been printed when keys were pressed last.
    private var mark = 0

    /// Stays until podlab has ended: a podlab whose home is gone makes itself another one.
    private let home: Home?

    /// Starts podlab with these arguments on a new terminal: the tutorial shell, if there are none.
    convenience init(
        _ home: Home, _ arguments: String..., columns: Int = 100, rows: Int = 40, term: String = "xterm-256color",
        environment extra: [String: String] = [:]
    ) throws {
        var environment = home.environment
        environment["TERM"] = term
        try self.init(
            command: [try home.executable()] + arguments,
            environment: environment.merging(extra) { _, new in new }, columns: columns, rows: rows, home: home)
    }

    init(
        command: [String], environment: [String: String], columns: Int = 100, rows: Int = 40, home: Home? = nil
    ) throws {
        self.home = home
        screen = TerminalScreen(columns: columns, rows: rows)
        let terminal = try openTerminal(rows: rows, columns: columns)
        master = terminal.master
        do {
            pid = try spawn(command, environment: environment, on: terminal.slave)
        } catch {
            close(terminal.master)
            throw error
        }
    }

    deinit {
        if status == nil {
            kill(-pid, SIGKILL)
            reap(WaitOption.hang)
        }
        hangUp()
    }

    /// All that was printed, as text.
    var transcript: String { String(decoding: printed, as: UTF8.self) }

    // MARK: Keys

    /// Types text and Enter.
    func type(_ line: String) throws { try send(Array(line.utf8) + [0x0d]) }

    /// Presses keys, named as tmux names them (`C-c`, `C-]`, `Enter`, `Space`, `Escape`, `Tab`, `Up`), or characters.
    func press(_ keys: String...) throws {
        for key in keys { try send(Self.bytes(of: key)) }
    }

    /// Pastes text as a terminal does whose program has turned bracketed paste on.
    func paste(_ text: String) throws {
        try send(Array("\u{1b}[200~\(text.replacing("\n", with: "\r"))\u{1b}[201~".utf8))
    }

    private static func bytes(of key: String) -> [UInt8] {
        switch key {
        case "Enter": return [0x0d]
        case "Space": return [0x20]
        case "Escape": return [0x1b]
        case "Tab": return [0x09]
        case "BSpace": return [0x7f]
        case "Up": return Array("\u{1b}[A".utf8)
        case "Down": return Array("\u{1b}[B".utf8)
        case "Right": return Array("\u{1b}[C".utf8)
        case "Left": return Array("\u{1b}[D".utf8)
        default: break
        }
        if key.hasPrefix("C-"), let letter = key.uppercased().utf8.last { return [letter & 0x1f] }
        return Array(key.utf8)
    }

    func send(_ bytes: [UInt8], seconds: Double = Deadline.seconds) throws {
        take(milliseconds: 0)
        mark = printed.count
        var rest = bytes[...]
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !rest.isEmpty {
            guard ContinuousClock.now < deadline else { throw problem("keys cannot be typed") }
            // A terminal whose buffer is full takes no more, so what is printed is read meanwhile.
            var polled = [pollfd(fd: master, events: Int16(POLLIN | POLLOUT), revents: 0)]
            guard poll(&polled, 1, 1000) > 0 else { continue }
            if polled[0].revents & Int16(POLLOUT) != 0 {
                let count = rest.withUnsafeBytes { Glibc.write(master, $0.baseAddress, min($0.count, 512)) }
                if count > 0 { rest.removeFirst(count) }
            }
            if polled[0].revents & Int16(POLLIN) != 0 { take(milliseconds: 0) }
            if polled[0].revents & Int16(POLLHUP) != 0 { throw problem("nobody has the terminal any more") }
        }
    }

    func resize(columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        screen.resize(columns: columns, rows: rows)
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// What closing the window of a terminal does.
    func hangUp() {
        if master >= 0 { close(master) }
        master = -1
    }

    // MARK: The screen

    /// Waits until the screen is as wanted, and gives it.
    @discardableResult
    func expect(
        _ what: String, seconds: Double = Deadline.seconds, sourceLocation: SourceLocation = #_sourceLocation,
        _ holds: (TerminalScreen) throws -> Bool
    ) throws -> String {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            // What was printed together is looked at together.
            while take(milliseconds: 0) {}
            if try holds(screen) { return screen.text }
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            guard left > 0, take(milliseconds: Int32(min(left, 1000))) || status == nil && !isClosed else {
                throw problem("\(what) was not seen (line \(sourceLocation.line))")
            }
        }
    }

    /// Waits until this text is on the screen.
    @discardableResult
    func expect(
        _ part: String, seconds: Double = Deadline.seconds, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        try expect("`\(part)`", seconds: seconds, sourceLocation: sourceLocation) { $0.text.contains(part) }
    }

    /// Waits for this text among all that was printed since the last keys.
    func expectPrinted(
        _ part: String, seconds: Double = Deadline.seconds, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expect("`\(part)`", seconds: seconds, sourceLocation: sourceLocation) { _ in
            String(decoding: printed[mark...], as: UTF8.self).contains(part)
        }
    }

    /// Waits for the tutor's prompt, where the cursor is, turning the pages of a lesson on the way. After `type` it is the
    /// prompt that follows the line, never the one on which the line was typed.
    /// - Returns: the prompt.
    @discardableResult
    func prompt(
        _ start: String, seconds: Double = Deadline.seconds, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        var before = mark
        try expect("the prompt `\(start)`", seconds: seconds, sourceLocation: sourceLocation) { screen in
            let line = screen.cursorLine
            if line.contains("space: ") || line == " more" || line == " end", printed.count > before {
                try press("Space")
                before = printed.count
            }
            return line.hasPrefix(start) && line.hasSuffix("›")
                && (mark == 0 || printed[mark...].contains(0x0a))
        }
        return screen.cursorLine
    }

    // MARK: The end

    /// Waits for the program's end.
    /// - Returns: its exit code; 128 and the signal's number when a signal ended it.
    func ended(seconds: Double = Deadline.seconds, sourceLocation: SourceLocation = #_sourceLocation) throws -> Int32 {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while status == nil {
            guard ContinuousClock.now < deadline else {
                throw problem("the program did not end (line \(sourceLocation.line))")
            }
            if !take(milliseconds: 20) { reap(WaitOption.noHang) }
        }
        while take(milliseconds: 0) {}
        let status = status ?? 0
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    }

    private enum WaitOption { case hang, noHang }

    private func reap(_ option: WaitOption) {
        guard status == nil else { return }
        var ended: Int32 = 0
        while true {
            let found = waitpid(pid, &ended, option == .hang ? 0 : WNOHANG)
            if found == pid { status = ended }
            if found >= 0 || errno != EINTR { return }
        }
    }

    private var isClosed = false

    /// Takes what is printed. Nothing comes any more when the last program that had the terminal has closed it (EIO).
    @discardableResult
    private func take(milliseconds: Int32) -> Bool {
        guard master >= 0, !isClosed else {
            if milliseconds > 0 { poll(nil, 0, min(milliseconds, 5)) }
            return false
        }
        var polled = [pollfd(fd: master, events: Int16(POLLIN), revents: 0)]
        guard poll(&polled, 1, milliseconds) > 0 else { return false }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = read(master, &chunk, chunk.count)
        guard count > 0 else {
            isClosed = count == 0 || errno == EIO
            return false
        }
        printed += chunk[..<count]
        screen.print(chunk[..<count])
        return true
    }

    private func problem(_ text: String) -> TookTooLong {
        TookTooLong(description: "\(text):\n\(screen.text)\n-- the end of all output:\n\(transcript.suffix(1500))")
    }
}
