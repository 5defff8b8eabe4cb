// What a thread that watches a playground may use of a processor, and when it looks.

import Glibc

/// Processor time for a thread: much at once, and in the long run a tenth of a processor while somebody's line runs, and else a hundredth.
/// Whoever is in a playground may start a program a thousand times a second, and nobody has to look at each.
package struct ProcessorBudget {
    /// Nanoseconds.
    private var credit = most
    /// What the cheapest look has cost, as far as is known: an emulated processor takes twenty times as long for one.
    private var look: Int64?
    /// The thread's own time, and that of the machine, when the credit was reckoned last.
    private var used: UInt64?
    private var time: UInt64?

    package static let most: Int64 = 200_000_000
    /// So much is there for each line.
    package static let least: Int64 = 20_000_000
    /// What a child costs that visits a namespace.
    private static let visit: Int64 = 2_000_000
    /// So many looks may be had at once, however slow the machine is, and for each line.
    private static let (looks, looksOfLine): (Int64, Int64) = (60, 6)
    /// A look that costs more is no yardstick: there may be many to be looked at.
    private static let longest: Int64 = 100_000_000

    package init() {}

    /// So much may be used at once.
    package var most: Int64 { max(Self.most, Self.looks * (look ?? 0)) }
    private var least: Int64 { max(Self.least, Self.looksOfLine * (look ?? 0)) }

    private static func share(whileTyping isTyping: Bool) -> Int64 { isTyping ? 10 : 100 }

    /// A line is typed.
    package mutating func open() { credit = max(credit, least) }

    package mutating func spend(visits: Int) { credit -= Int64(min(visits, 1000)) * max(Self.visit, look ?? 0) }

    /// A look was had, before anybody who is in the playground could make it costly or cheap.
    /// - Parameter used: nanoseconds of processor time.
    package mutating func learn(look used: UInt64) {
        let cost = min(Int64(clamping: used), Self.longest)
        guard cost < look ?? .max else { return }
        let isFirst = look == nil
        look = cost
        credit = isFirst ? max(credit, most) : min(credit, most)
    }

    /// Whether anything is left; asked by the thread before it does something.
    /// - Parameters:
    ///   - now: nanoseconds of CLOCK_BOOTTIME.
    ///   - used: what the thread has used since its beginning.
    package mutating func isOpen(at now: UInt64, used: UInt64, whileTyping isTyping: Bool) -> Bool {
        self.used = used
        let passed = Int64(clamping: now - min(now, time ?? now))
        credit = min(most, credit + passed / Self.share(whileTyping: isTyping))
        time = now
        return credit > 0
    }

    /// What the thread did is done.
    package mutating func settle(used now: UInt64) {
        credit -= Int64(clamping: now - min(now, used ?? now))
        used = now
    }

    /// Milliseconds until something is left again; 0: there is.
    package func pause(whileTyping isTyping: Bool) -> Int32 {
        credit > 0 ? 0 : Int32(clamping: (1 - credit) * Self.share(whileTyping: isTyping) / 1_000_000 + 1)
    }

    /// What the calling thread has used since its beginning.
    package static func usedByThread() -> UInt64 { time(of: CLOCK_THREAD_CPUTIME_ID) }

    package static func time(of clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// When births are looked for, of which nobody tells: often after something has happened, then less and less, and not at all when no line runs and
/// nothing has happened for a while.
package struct WatchRhythm {
    /// When something was seen to happen last, in nanoseconds of CLOCK_BOOTTIME.
    package var moved: UInt64 = 0
    package var lineRuns = false

    /// Milliseconds between two looks, at least, and at most while a line runs.
    private static let (shortest, longest): (UInt64, UInt64) = (10, 250)
    /// Milliseconds for which the end of a line is followed by more.
    private static let echo: UInt64 = 10_000

    package init(moved: UInt64 = 0, lineRuns: Bool = false) {
        self.moved = moved
        self.lineRuns = lineRuns
    }

    /// Milliseconds until the next look; -1: not before something happens.
    package func pause(at now: UInt64) -> Int32 {
        let still = now > moved ? (now - moved) / 1_000_000 : 0
        // What a line does next may come after a while of its own, and may not last long.
        if lineRuns { return Int32(min(max(still / 64, Self.shortest), Self.longest)) }
        return still < Self.echo ? Int32(max(still / 8, Self.shortest)) : -1
    }
}
