// The modes of a terminal, saved to be put back. Whoever changes them saves first and restores on every way out.
import Glibc

/// The modes of one terminal at one moment. See termios(3).
package struct TerminalState {
    private let descriptor: Int32
    private let modes: termios

    /// What the terminal behind `descriptor` is set to, or `nil` where there is none.
    package static func save(_ descriptor: Int32 = STDIN_FILENO) -> TerminalState? {
        var modes = termios()
        guard tcgetattr(descriptor, &modes) == 0 else { return nil }
        return TerminalState(descriptor: descriptor, modes: modes)
    }

    /// Puts the modes back, after output has been written. Without effect where the terminal is gone. A process of the
    /// background is stopped by the kernel here (SIGTTOU) unless it ignores that signal.
    package func restore() {
        var modes = modes
        while tcsetattr(descriptor, TCSADRAIN, &modes) != 0, errno == EINTR {}
        TerminalGuard.noteModes(of: descriptor)
    }

    /// Keys one by one and unseen, Ctrl-C and its like as bytes; output is processed as before, unless it is that of another
    /// terminal, which has been processed there.
    package func setKeyMode(processingOutput: Bool = true) {
        var modes = modes
        if !processingOutput { modes.c_oflag &= ~tcflag_t(OPOST) }
        modes.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        modes.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR)
        withUnsafeMutableBytes(of: &modes.c_cc) {
            $0[Int(VMIN)] = 1
            $0[Int(VTIME)] = 0
        }
        while tcsetattr(descriptor, TCSADRAIN, &modes) != 0, errno == EINTR {}
        TerminalGuard.noteModes(of: descriptor)
    }
}
