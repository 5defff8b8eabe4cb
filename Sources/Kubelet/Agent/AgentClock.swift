// The agent's time: it looks like the clock on the wall and is never set back.

import Glibc
import Pods

/// Begins with the wall's time and goes on with the clock that counts from the start of the machine.
struct AgentClock {
    private let wall: Timestamp
    private let start: Double

    init() {
        wall = Self.read(CLOCK_REALTIME)
        start = Self.read(CLOCK_BOOTTIME)
    }

    var now: Timestamp { wall + Self.read(CLOCK_BOOTTIME) - start }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
