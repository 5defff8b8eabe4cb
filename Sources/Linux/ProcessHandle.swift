// A process that is no child, held so that no other can be meant.

import CLinux
import Glibc
import SystemPackage

/// A process by pidfd. Its number may be used again after its end; this never means anybody else. See pidfd_open(2).
package struct ProcessHandle: ~Copyable, Sendable {
    private let pidfd: Descriptor
    package let pid: Int32

    /// - Parameter isStill: looks at whoever has the number now, which is who the handle stands for: between the look that told the number
    ///   and now it may have gone to another.
    /// - Throws: ESRCH when it has ended, whoever has its number.
    package init(_ pid: Int32, isStill: () -> Bool) throws(SystemError) {
        let pidfd = try Descriptor(result: iso_pidfd_open(pid), "open", "process \(pid)")
        guard isStill() else { throw SystemError(operation: "open", object: "process \(pid)", errno: .noSuchProcess) }
        self.pidfd = pidfd
        self.pid = pid
    }

    /// Readable when it has ended.
    package var descriptor: Int32 { pidfd.raw }

    /// Whether it has not ended; one that has and was not reaped has.
    package var isAlive: Bool { iso_poll(pidfd.raw, Int32(POLLIN), 0) == 0 }

    /// - Returns: false: it has ended already.
    /// - Throws: EPERM: this user may not.
    @discardableResult
    package func signal(_ number: Int32) throws(SystemError) -> Bool {
        let result = iso_pidfd_send_signal(pidfd.raw, number)
        if result == -ESRCH { return false }
        guard result >= 0 else {
            throw SystemError(
                operation: "send signal \(number) to", object: "process \(pid)", errno: Errno(negated: result))
        }
        return true
    }

    /// Waits for its end; false when that has not come in time.
    package func waitForEnd(until deadline: ContinuousClock.Instant) -> Bool {
        var polled = [pollfd(fd: pidfd.raw, events: Int16(POLLIN), revents: 0)]
        return ((try? waitFor(&polled, until: deadline)) ?? 0) > 0
    }
}
