// A system call that failed: what was tried, on what, why, and what to do next.

import SystemPackage
import Text

/// It reads `open /proc/1/mountinfo: EACCES (permission denied)`, with the hint on a line of its own.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system call or the step, as a verb: `open`, `read`, `write to`.
    package var operation: String
    /// The path, descriptor or process that it was about; as it came, so it may hold anything.
    package var object: String
    package var errno: Errno
    /// In the place of the errno's words, where more is known.
    package var meaning: String?
    /// What to do next, where that is known.
    package var hint: String?

    package init(operation: String, object: String, errno: Errno, meaning: String? = nil, hint: String? = nil) {
        self.operation = operation
        self.object = object
        self.errno = errno
        self.meaning = meaning
        self.hint = hint
    }

    /// With the errno of the system call that failed just now.
    package static func last(_ operation: String, _ object: String) -> SystemError {
        SystemError(operation: operation, object: object, errno: .current)
    }

    package var description: String {
        let what = object.isEmpty ? operation : "\(operation) \(terminalSafe(object))"
        let why = meaning.map { "\(errno.symbol) (\(terminalSafe($0)))" } ?? errno.named
        return "\(what): \(why)" + (hint.map { "\n  \(terminalSafe($0))" } ?? "")
    }
}
