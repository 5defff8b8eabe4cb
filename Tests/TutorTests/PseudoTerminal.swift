// A terminal for tests: what a person's keyboard and screen are to the code under test.
import Glibc

import Terminals
import TestSupport
@testable import Tutor

/// A pseudo-terminal. What is written to `keyboard` arrives as keys at `terminal`; what `terminal` prints is read with
/// `output`.
final class PseudoTerminal {
    private(set) var keyboard: Int32
    let terminal: Int32
    private var printed: [UInt8] = []

    init?(rows: Int, columns: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        var (master, slave): (Int32, Int32) = (-1, -1)
        guard openpty(&master, &slave, nil, nil, &size) == 0 else { return nil }
        (keyboard, terminal) = (master, slave)
    }

    deinit {
        close(terminal)
        if keyboard >= 0 { close(keyboard) }
    }

    /// What closing the window of a terminal does to those who read from it.
    func hangUp() {
        close(keyboard)
        keyboard = -1
    }

    func type(_ keys: String) throws { try writeAll(keys, to: keyboard) }

    /// All that was printed so far; up to 10 s are waited for it to contain `text`.
    func output(containing text: String = "") -> String {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let deadline = ContinuousClock.now + Deadline.duration
        while ContinuousClock.now < deadline {
            let wait: Int32 = String(decoding: printed, as: UTF8.self).containsText(text) ? 0 : 100
            let ready = waitFor([pollfd(fd: keyboard, events: Int16(POLLIN), revents: 0)], milliseconds: wait)
            if ready?.first?.revents ?? 0 == 0 {
                if wait == 0 { break }
                continue
            }
            let count = read(keyboard, &chunk, chunk.count)
            if count <= 0 { break }
            printed += chunk.prefix(count)
        }
        return String(decoding: printed, as: UTF8.self)
    }

    /// Echo, line-wise input and signal keys: the modes that a program must leave as it found them.
    var localModes: tcflag_t {
        var modes = termios()
        _ = tcgetattr(terminal, &modes)
        return modes.c_lflag
    }
}
