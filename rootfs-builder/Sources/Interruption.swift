// Ctrl-C during a build: noticed between files, so that the half-built folder is removed before the command ends.

import Glibc
import Synchronization

/// While `body` runs, SIGINT, SIGTERM and SIGHUP do not end the process but make `isInterrupted` true.
package enum Interruption {
    private static let count = Atomic<Int>(0)

    package static var isInterrupted: Bool { count.load(ordering: .relaxed) > 0 }

    package static func noticed<Result, Failure: Error>(
        during body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        count.store(0, ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Interruption.count.add(1, ordering: .relaxed) }
        let signals = [SIGINT, SIGTERM, SIGHUP]
        var before = signals.map { _ in sigaction() }
        for index in signals.indices { sigaction(signals[index], &action, &before[index]) }
        defer { for index in signals.indices { sigaction(signals[index], &before[index], nil) } }
        return try body()
    }
}
