// The few system calls that terminal code needs, with their errors as values.
import Glibc
import Linux
import SystemPackage
import enum Terminals.StandardOutput

/// Writes all of `text`, through interruptions and short writes, waiting where a descriptor would block. See write(2).
package func writeAll(_ text: String, to descriptor: Int32 = STDOUT_FILENO) throws(SystemError) {
    try writeAll(Array(text.utf8), to: descriptor)
}

/// The same, for bytes.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) throws(SystemError) {
    var offset = 0
    while offset < bytes.count {
        let written = bytes.withUnsafeBytes {
            write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
        }
        if written >= 0 {
            offset += written
        } else if errno == EAGAIN {
            _ = waitFor([pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)])
        } else if errno != EINTR {
            let failure = errno
            // That nobody is at a terminal any more is no fault of what was to be written.
            if descriptor == STDOUT_FILENO, !isHungUp(descriptor) { StandardOutput.noteFailure(failure) }
            throw SystemError(
                operation: "write to", object: "descriptor \(descriptor)", errno: Errno(rawValue: failure))
        }
    }
}

/// Waits until one of the descriptors is ready, `milliseconds` at most (-1: for ever), and gives back what poll(2) saw;
/// `nil` where a signal or an error came first.
func waitFor(_ descriptors: [pollfd], milliseconds: Int32 = -1) -> [pollfd]? {
    var descriptors = descriptors
    let count = poll(&descriptors, nfds_t(descriptors.count), milliseconds)
    return count < 0 ? nil : descriptors
}

/// One byte, or `nil` at the end of input, on an error, and when a terminal was hung up.
func readByte(from descriptor: Int32) -> UInt8? {
    var byte: UInt8 = 0
    while true {
        let count = read(descriptor, &byte, 1)
        if count == 1 { return byte }
        if count < 0, errno == EINTR { continue }
        if count < 0, errno == EAGAIN {
            _ = waitFor([pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)])
            continue
        }
        return nil
    }
}

/// Whether nobody will ever type at this terminal again: its window was closed.
func isHungUp(_ descriptor: Int32) -> Bool {
    let seen = waitFor([pollfd(fd: descriptor, events: 0, revents: 0)], milliseconds: 0)?.first?.revents ?? 0
    return seen & Int16(POLLHUP) != 0
}
