// A person's terminal without a picture of it: a pty made here, keys written to it, and all that is printed, byte by byte.

import Foundation
import Glibc
import KernelState
import TestSupport
import Testing

/// A program on a terminal of its own, as the leader of a session. What is printed is matched in order, as expect(1) does it.
final class Keyboard {
    let pid: pid_t
    private var master: Int32
    /// All that was printed.
    private(set) var printed: [UInt8] = []
    /// Up to here it has been matched.
    private var matched = 0
    private var ended: Int32?
    /// The terminal's modes before anything ran on it.
    let first: termios
    /// Kept as long as podlab may use it.
    private var home: Home?

    /// - Parameter rows: so many that no lesson needs a pager.
    init(
        _ command: [String], environment: [String: String], rows: Int = 200, columns: Int = 100, term: String = "xterm"
    ) throws {
        let terminal = try openTerminal(rows: rows, columns: columns)
        var modes = termios()
        let slave = open(terminal.slave, O_RDWR | O_NOCTTY | O_CLOEXEC)
        tcgetattr(slave, &modes)
        close(slave)
        first = modes
        var environment = environment
        environment["TERM"] = term
        environment["NO_COLOR"] = "1"
        master = terminal.master
        do {
            pid = try spawn(command, environment: environment, on: terminal.slave)
        } catch {
            close(terminal.master)
            throw error
        }
    }

    /// The tutorial shell, in its first lab.
    static func inLab(
        _ home: Home, rows: Int = 200, columns: Int = 100, term: String = "xterm",
        environment extra: [String: String] = [:]
    ) throws -> Keyboard {
        let keyboard = try Keyboard(
            [try home.executable()], environment: home.environment.merging(extra) { _, new in new }, rows: rows,
            columns: columns, term: term)
        keyboard.home = home
        try keyboard.expect("podlab")
        try keyboard.type("start 1")
        return keyboard
    }

    deinit {
        if ended == nil {
            kill(-pid, SIGKILL)
            kill(pid, SIGKILL)
            reap(WNOHANG)
            if ended == nil { reap(0) }
        }
        hangUp()
    }

    func hangUp() {
        if master >= 0 { close(master) }
        master = -1
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Presses keys as a terminal sends them.
    func press(_ keys: String) throws { try press(Array(keys.utf8)) }

    func press(_ keys: [UInt8]) throws {
        var rest = keys[...]
        let deadline = ContinuousClock.now + Deadline.duration
        while !rest.isEmpty {
            guard ContinuousClock.now < deadline else { throw TookTooLong(description: "nobody takes keys") }
            // Output is taken meanwhile, or both sides would wait for each other.
            take(milliseconds: 0)
            var polled = [pollfd(fd: master, events: Int16(POLLOUT), revents: 0)]
            guard poll(&polled, 1, 100) > 0 else { continue }
            let count = rest.prefix(512).withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) }
        }
    }

    func type(_ line: String) throws { try press(line + "\r") }

    func resize(rows: Int, columns: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// The modes of the terminal now.
    var modes: termios {
        get {
            var modes = termios()
            tcgetattr(master, &modes)
            return modes
        }
        set {
            var modes = newValue
            tcsetattr(master, TCSANOW, &modes)
        }
    }

    /// The modes are those from before anything ran.
    var isRestored: Bool {
        let now = modes
        return now.c_lflag == first.c_lflag && now.c_iflag == first.c_iflag && now.c_oflag == first.c_oflag
            && withUnsafeBytes(of: now.c_cc) { a in withUnsafeBytes(of: first.c_cc) { b in a.elementsEqual(b) } }
    }

    /// Takes what is printed, for so long at most; says whether there was anything.
    @discardableResult
    func take(milliseconds: Int32) -> Bool {
        guard master >= 0 else { return false }
        var polled = [pollfd(fd: master, events: Int16(POLLIN), revents: 0)]
        guard poll(&polled, 1, milliseconds) > 0, polled[0].revents & Int16(POLLIN) != 0 else { return false }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = read(master, &chunk, chunk.count)
        if count > 0 { printed += chunk[..<count] }
        return count > 0
    }

    /// What was printed since the last match, as text.
    var rest: String { String(decoding: printed[matched...].suffix(1 << 16), as: UTF8.self) }

    /// Waits until `text` has been printed after what was matched last; gives what stood before it.
    @discardableResult
    func expect(
        _ text: String, seconds: Double = Deadline.seconds, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let wanted = Array(text.utf8)
        var searched = matched
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            if let found = printed[searched...].firstRange(of: wanted) {
                defer { matched = found.upperBound }
                return String(decoding: printed[matched..<found.lowerBound], as: UTF8.self)
            }
            searched = max(matched, printed.count - wanted.count)
            if !take(milliseconds: 100) {
                try #require(
                    ContinuousClock.now < deadline,
                    "\(text.debugDescription) was not printed:\n\(rest.suffix(3000).debugDescription)",
                    sourceLocation: sourceLocation)
            }
        }
    }

    /// Waits for the tutor's prompt in the first step of the first lab, with what waits.
    @discardableResult
    func prompt(
        _ waiting: String? = nil, seconds: Double = Deadline.seconds, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let (check, end) = isPlain ? ("[.]", ">") : ("○", "›")
        let name = waiting.map { "(\($0)) " } ?? ""
        return try expect("01 where \(check) \(name)\(end) ", seconds: seconds, sourceLocation: sourceLocation)
    }

    /// The prompt is in ASCII.
    var isPlain = false

    /// Waits until a program of this name runs below this one.
    func runs(_ name: String) -> Bool {
        eventually {
            take(milliseconds: 0)
            guard let table = try? ProcessTable.read(fields: [.status]) else { return false }
            return table.all.contains { process in
                process.comm == name && table.ancestors(of: process.pid).contains { $0.pid == ProcessID(pid) }
            }
        }
    }

    /// Nothing is printed for so long.
    func isSilent(milliseconds: Int32) -> Bool { !take(milliseconds: milliseconds) }

    private func reap(_ flags: Int32) {
        var status: Int32 = 0
        while true {
            let result = waitpid(pid, &status, flags)
            if result == pid { ended = status }
            if result >= 0 || errno != EINTR { return }
        }
    }

    /// Waits for the end; the exit code, or 128 and the signal's number.
    func wait(seconds: Double = Deadline.seconds) throws -> Int32 {
        let came = eventually(seconds: seconds) {
            take(milliseconds: 0)
            reap(WNOHANG)
            return ended != nil
        }
        while take(milliseconds: 0) {}
        guard came, let status = ended else { throw TookTooLong(description: "the program did not end:\n\(rest)") }
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    }
}

extension Home {
    /// Whether a file is there in the playground of the only session.
    func playgroundHas(_ path: String) throws -> Bool {
        guard let session = try record() else { return false }
        return access("/proc/\(session.playground.pid)/root\(path)", F_OK) == 0
    }
}
