// poll(2) with a deadline that interruptions do not move.

import CLinux
import Glibc
import SystemPackage

/// Waits until one of the descriptors is ready, or the deadline has passed; a negative number of a descriptor is passed over.
///
/// - Parameter deadline: nil: for ever.
/// - Returns: how many are ready; `revents` says for what. 0: none, in time.
package func waitFor(
    _ descriptors: inout [pollfd], until deadline: ContinuousClock.Instant?
) throws(Errno) -> Int {
    while true {
        let patience = deadline.map { Int32(clamping: ContinuousClock.now.duration(to: $0).milliseconds) } ?? -1
        let ready = poll(&descriptors, nfds_t(descriptors.count), patience)
        if ready > 0 { return Int(ready) }
        if ready < 0, errno != EINTR { throw .current }
        // A patience of more than 24 days comes in parts.
        if ready == 0, let deadline, ContinuousClock.now >= deadline { return 0 }
    }
}

extension Duration {
    /// Rounded up, so that a wait is never shorter than asked for; 0 when it is over.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        if overflow { return seconds < 0 ? 0 : Int64.max / 2_000_000 }
        return min(max(0, whole + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000), Int64.max / 2_000_000)
    }
}
