// How long tests wait.

import Glibc
import SystemPackage

/// One deadline for whatever must come: so far off that a busy machine which is several times slower than any other comes there too, and
/// near enough that what never comes is told of. It says nothing about how fast something is; where that matters, work is measured
/// (`processorTime`).
package enum Deadline {
    package static let seconds: Double = 180
    package static let duration = Duration.seconds(180)
    package static let milliseconds: Int32 = 180_000

    /// Whether something can be read (or the other end is gone) in time.
    package static func wait(for descriptor: FileDescriptor) throws -> Bool {
        var polled = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        let count = poll(&polled, 1, milliseconds)
        guard count >= 0 else { throw Errno(rawValue: errno) }
        return count > 0
    }
}
