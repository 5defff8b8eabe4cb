// What can go wrong with a playground's terminal.

import Linux
import Text

package enum TerminalError: Error, Equatable, CustomStringConvertible {
    /// The line did not come to an end in time; what it had printed by then.
    case stillRunning(line: String, seconds: Double, output: String)
    /// The shell on the terminal has ended.
    case ended(output: String)
    /// A terminal's line discipline holds at most 4095 bytes of a line. See termios(3).
    case lineTooLong(bytes: Int)
    /// A byte that a terminal would act on instead of passing it on.
    case controlCharacter(line: String)
    /// Something was left running that takes no lines.
    case occupied(program: String)
    /// The learner's own terminal is gone.
    case keyboardGone
    case system(operation: String, errno: Int32)

    package var description: String {
        switch self {
        case .stillRunning(let line, let seconds, _):
            "\u{201C}\(terminalSafe(line))\u{201D} did not come to an end within \(Self.text(seconds)) s"
        case .ended: "the shell on the terminal has ended"
        case .lineTooLong(let bytes): "a line of \(bytes) bytes: a terminal takes at most 4095"
        case .controlCharacter(let line):
            "\u{201C}\(terminalSafe(line))\u{201D} holds a control character, which cannot be typed"
        case .occupied(let program):
            "`\(terminalSafe(program))` has the terminal: `resume` returns to it, `resume` then Ctrl-C ends it; "
                + "`podlab enter` opens a second shell"
        case .keyboardGone: "the terminal that keys came from is gone"
        case .system(let operation, let errno): "\(operation): \(errnoText(errno))"
        }
    }

    /// `30`, `0.3`.
    private static func text(_ seconds: Double) -> String {
        seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    }
}
