// The clock of what was seen.

import Glibc

/// Nanoseconds of CLOCK_BOOTTIME: a clock that no one can set and that suspends do not stop.
package func bootTime() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_BOOTTIME, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
