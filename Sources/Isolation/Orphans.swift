// Processes that a plan has left to whoever is number 1 of their pid namespace.

import CIsolation
import Glibc
import Synchronization

/// The orphans of `.leaveOrphans`, by their pidfds: who they are does not depend on what can be read of them in `/proc`, where a
/// process that is just ending is in no namespace any more and not a zombie yet.
package final class Orphans: Sendable {
    private let pidfds = Mutex<[Int32]>([])

    init() {}

    deinit { pidfds.withLock { $0.forEach { close($0) } } }

    func add(pidfd: Int32) {
        if pidfd >= 0 { pidfds.withLock { $0.append(pidfd) } }
    }

    /// How many of them nobody has waited for: they run, or are zombies. A number that is free again belongs to none of them; see
    /// pidfd_send_signal(2), ESRCH.
    package var unreaped: Int {
        pidfds.withLock { $0.count { iso_pidfd_send_signal($0, 0) != -ESRCH } }
    }

    /// How many of them still run.
    package var running: Int { pidfds.withLock { $0.count { iso_poll($0, Int32(POLLIN), 0) == 0 } } }
}
