// The agent's time: it looks like the clock on the wall and is never set back.

import Glibc
import Linux
import Pods

/// Begins with the wall's time and goes on with the clock that counts from the start of the machine.
struct AgentClock {
    private let wall: Timestamp
    /// Nanoseconds.
    private let start: UInt64

    init() {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        wall = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        start = bootTime()
    }

    var now: Timestamp { wall + Double(bootTime() - start) / 1e9 }
}
