// What a process of this one has started and left behind: it comes to this process, and is ended by it.

import CIsolation
import Glibc
import KernelState
import LabKit
import Playgrounds

/// The processes below this one, while there should be none.
package enum Descendants {
    /// From now on this process is the parent of whatever its children leave behind. See PR_SET_CHILD_SUBREAPER in prctl(2).
    package static func adopt() { iso_set_child_subreaper(1) }

    /// Kills all of them and reaps them, for a few seconds.
    /// - Returns: those that are still there.
    static func end(seconds: Double = 10) -> [String] {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var pause: Int32 = 1
        while true {
            var status: Int32 = 0
            while waitpid(-1, &status, WNOHANG) > 0 {}
            guard let table = try? ProcessTable.read(fields: [.status]) else { return [] }
            let left = table.descendants(of: .current).filter { !$0.isZombie }
            if left.isEmpty, waitpid(-1, &status, WNOHANG) < 0 { return [] }
            guard ContinuousClock.now < deadline else { return left.map { "\($0.comm) (process \($0.pid))" } }
            for process in left {
                // By pidfd, and only the very process that was seen.
                if let handle = try? HeldProcess(process.identity) { handle.signal(SIGKILL) }
            }
            poll(nil, 0, pause)
            pause = min(100, pause * 2)
        }
    }
}
