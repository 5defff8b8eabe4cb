// A terminal of the playground on the person's own: every byte goes through, in both directions.

import CLinux
import Glibc
import SystemPackage

/// Relays between the person's terminal and a pty until the program on the pty ends. Keys such as Ctrl-C and Ctrl-Z are bytes here;
/// the pty's line discipline makes signals of them, inside. The person's terminal is raw meanwhile, and has its modes back when
/// this process ends or stops, by a signal or a crash too. See termios(3), pty(7).
package struct TerminalRelay {
    package enum Ending: Equatable, Sendable {
        /// The program on the pty has ended, and all that it printed was shown.
        case programEnded
        /// The person's terminal was closed.
        case terminalClosed
    }

    private let pty: PseudoTerminal
    private let input: Int32
    private let output: Int32
    private var typed = Buffer()
    private var printed = Buffer()

    /// - Parameters:
    ///   - input: the person's terminal.
    ///   - output: where it shows what is printed; usually the same terminal.
    package init(_ pty: PseudoTerminal, input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO) {
        self.pty = pty
        self.input = input
        self.output = output
    }

    /// The size of a terminal's window; nil where it has none.
    package static func windowSize(of terminal: Int32) -> (rows: UInt16, columns: UInt16)? {
        var rows: UInt16 = 0
        var columns: UInt16 = 0
        guard iso_window_size(terminal, &rows, &columns) >= 0, rows > 0, columns > 0 else { return nil }
        return (rows, columns)
    }

    /// Starts a program and relays until it ends. The person's terminal is taken before the program is started, so that nothing
    /// that is typed early is echoed twice.
    /// - Parameter start: starts the program on the pty and answers a descriptor that becomes readable at its end.
    package mutating func run(_ start: () throws -> Int32) throws -> Ending {
        func check(_ result: Int32) throws(TerminalError) -> Int32 {
            if result < 0 { throw .system(operation: "take over the terminal", errno: -result) }
            return result
        }
        _ = try check(iso_terminal_guard(input))
        defer { iso_terminal_release() }
        let events = try check(iso_terminal_watch())
        defer { iso_terminal_unwatch() }
        _ = try check(iso_terminal_make_raw())
        fitWindow()
        return try relay(until: try start(), events: events)
    }

    private func fitWindow() {
        guard let size = Self.windowSize(of: input) else { return }
        pty.resize(rows: size.rows, columns: size.columns)
    }

    private mutating func relay(until program: Int32, events: Int32) throws(TerminalError) -> Ending {
        while true {
            // A descriptor that nothing is wanted of is left out: one that was hung up would never let us wait.
            var polled = [
                pollfd(fd: typed.hasRoom ? input : -1, events: Int16(POLLIN), revents: 0),
                pollfd(
                    fd: pty.master, events: Int16((printed.hasRoom ? POLLIN : 0) | (typed.isEmpty ? 0 : POLLOUT)),
                    revents: 0),
                pollfd(fd: printed.isEmpty ? -1 : output, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: events, events: Int16(POLLIN), revents: 0),
                pollfd(fd: program, events: Int16(POLLIN), revents: 0),
            ]
            if poll(&polled, nfds_t(polled.count), -1) < 0 {
                if errno == EINTR { continue }
                throw .system(operation: "wait for the terminal", errno: errno)
            }
            if polled[3].revents != 0 {
                var bytes = [UInt8](repeating: 0, count: 64)
                while read(events, &bytes, bytes.count) > 0 {}
                fitWindow()
            }
            if polled[0].revents != 0, !typed.fill(from: input) { return .terminalClosed }
            if Int32(polled[1].revents) & POLLOUT != 0 { _ = typed.empty(into: pty.master) }
            if Int32(polled[1].revents) & POLLIN != 0 { _ = printed.fill(from: pty.master) }
            if polled[2].revents != 0, !printed.empty(into: output) { return .terminalClosed }
            if polled[4].revents != 0 { return finish() }
        }
    }

    /// The program is gone: what it printed last is on its way through the line discipline, which polling hurries. What it has left running
    /// may print for ever, so this goes on for a moment only.
    private mutating func finish() -> Ending {
        let deadline = ContinuousClock.now + .seconds(2)
        while true {
            while !printed.isEmpty {
                guard printed.empty(into: output) else { return .terminalClosed }
            }
            guard ContinuousClock.now < deadline,
                iso_poll(pty.master, Int32(POLLIN), 0) & Int32(POLLIN) != 0, printed.fill(from: pty.master),
                !printed.isEmpty
            else { return .programEnded }
        }
    }
}

/// Bytes on their way, at most 64 KiB of them.
private struct Buffer {
    private var bytes: ArraySlice<UInt8> = []

    var isEmpty: Bool { bytes.isEmpty }
    var hasRoom: Bool { bytes.count < 65_536 }

    /// Takes what is there; false at the end.
    mutating func fill(from descriptor: Int32) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        let count = read(descriptor, &chunk, chunk.count)
        if count > 0 { bytes += chunk[..<count] }
        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
    }

    /// Gives what is taken; false when nobody takes any more.
    mutating func empty(into descriptor: Int32) -> Bool {
        // Little at a time, so that a slow terminal does not hold us up for long.
        let part = bytes.prefix(4096)
        let count = part.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 { bytes = bytes.dropFirst(count) }
        if bytes.isEmpty { bytes = [] }
        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
    }
}
