// What podlab says on standard output: written at once, and no failure of it is lost.

import CLinux
import Glibc
import Synchronization
import Text

/// The one place for it. A command goes on when its output cannot be written, because its work may be worth more than what it says of it
/// (reports in files, a playground that must be ended); how it ends says so (`PodCommands.run`).
package enum StandardOutput {
    /// The errno of the first failure; 0: none.
    private static let failure = Mutex<Int32>(0)

    package static func print(_ text: some CustomStringConvertible, terminator: String = "\n") {
        // What the library's own `print` holds back comes first.
        noteFailure(-iso_flush_output())
        _ = StreamRelay.write(Array((text.description + terminator).utf8), to: STDOUT_FILENO)
    }

    /// For whoever writes to it in another way and was refused.
    package static func noteFailure(_ errno: Int32) {
        failure.withLock { if $0 == 0, errno > 0 { $0 = errno } }
    }

    /// Nothing that is written now would be read.
    package static var hasFailed: Bool { failure.withLock { $0 != 0 } }

    /// Why not all could be written; nil: it was.
    package static func close() -> Int32? {
        noteFailure(-iso_flush_output())
        return failure.withLock { $0 == 0 ? nil : $0 }
    }
}

/// Writes to standard error. Not FileHandle's write, which traps where nobody reads any more; that it cannot be written can be told to
/// nobody.
package func writeError(_ text: String) { _ = StreamRelay.write(Array(text.utf8), to: STDERR_FILENO) }

/// What is not as it might be, and does not hinder.
package func warn(_ text: String) { writeError("podlab: warning: \(terminalSafe(text, keepingNewlines: true))\n") }
