// Ctrl-C and its like, and that nobody reads the output any more, as something that can be waited for: what was started is
// ended before podlab is.

import CIsolation
import Glibc

/// The writing end for the handler, which may do nothing but write(2). See signal-safety(7).
nonisolated(unsafe) private var alarm: Int32 = -1

private func ring(_ signal: Int32) {
    let before = errno
    var byte = UInt8(truncatingIfNeeded: signal)
    _ = write(alarm, &byte, 1)
    errno = before
}

/// Takes the signals that would end podlab. One object at a time, until the process ends.
package final class EndingSignals {
    let descriptor: Int32
    /// The first that came.
    private var first: Int32?

    package init() {
        var ends: [Int32] = [-1, -1]
        guard iso_pipe_keeping(&ends, 0) >= 0 else {
            descriptor = -1
            return
        }
        descriptor = ends[0]
        alarm = ends[1]
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        for number in [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE] {
            var before = sigaction()
            sigaction(number, nil, &before)
            // What nohup(1) or a shell has made podlab ignore stays ignored.
            guard unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) != 1 else { continue }
            var action = sigaction()
            action.__sigaction_handler.sa_handler = ring
            action.sa_flags = SA_RESTART
            sigaction(number, &action, nil)
        }
    }

    /// The signal that asked podlab to end, if one did.
    package var received: Int32? {
        var byte: UInt8 = 0
        if first == nil, read(descriptor, &byte, 1) == 1 { first = Int32(byte) }
        return first
    }

    /// Ends this process by the signal, as if it had not been taken.
    package func passOn(_ number: Int32) -> Never {
        signal(number, SIG_DFL)
        raise(number)
        // Process 1 of a pid namespace is not ended by its own signals. See pid_namespaces(7).
        exit(128 + number)
    }
}
