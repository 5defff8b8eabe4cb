// The learner's terminal as podlab found it, put back however podlab ends or stops.
import CLinux
import Glibc

/// Holds the modes of the learner's terminal while podlab uses it. They are put back at the end, before a signal ends the process (a
/// crash included), and while podlab is stopped; when it goes on, its own modes are set again. One at a time. What runs in signal handlers
/// is C: Swift is not async-signal-safe.
///
/// Between two lines the terminal gives keys one by one and Ctrl-C and Ctrl-Z are keys, so that neither ends podlab, and the
/// learner's playground with it, in the middle of a verb: they reach the prompt that comes next. Ctrl-\ still ends podlab then.
package final class TerminalGuard {
    private let descriptor: Int32

    /// Nil where `descriptor` is no terminal.
    package init?(_ descriptor: Int32 = STDIN_FILENO) {
        guard iso_terminal_guard(descriptor) == 0 else { return nil }
        self.descriptor = descriptor
        setSessionModes()
    }

    private func setSessionModes() {
        var modes = termios()
        guard tcgetattr(descriptor, &modes) == 0 else { return }
        // Readline shows what is typed only where the terminal would, so echo stays.
        modes.c_lflag &= ~tcflag_t(ICANON | IEXTEN)
        modes.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR)
        withUnsafeMutableBytes(of: &modes.c_cc) {
            // _POSIX_VDISABLE
            ($0[Int(VINTR)], $0[Int(VSUSP)]) = (0, 0)
            ($0[Int(VMIN)], $0[Int(VTIME)]) = (1, 0)
        }
        while tcsetattr(descriptor, TCSADRAIN, &modes) != 0, errno == EINTR {}
        Self.noteModes(of: descriptor)
    }

    deinit { end() }

    /// Puts the terminal back and lets signals be as before.
    package func end() { iso_terminal_release() }

    /// What must be written to a terminal that shows what a program has made of it, to make it as it began; see
    /// `ScreenModes.leaving`. Cut after 512 bytes, which it never has.
    package static func setLeaving(_ bytes: [UInt8]) { iso_terminal_set_leaving(bytes, bytes.count) }

    /// Remembers the modes of the terminal as they are now, to be set again after a stop. Whoever changes them says so here.
    static func noteModes(of descriptor: Int32) { iso_terminal_note_modes(descriptor) }
}
