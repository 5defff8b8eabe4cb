// A pipe between two processes.

import CLinux
import Glibc
import SystemPackage

/// Both ends, close-on-exec. See pipe(7).
package struct Pipe: ~Copyable, Sendable {
    package let readEnd: Descriptor
    package let writeEnd: Descriptor

    /// For what somebody else writes and we read. Our end does not block: who has the other one, and may open the pipe anew through
    /// /proc/PID/fd, can take bytes between our poll(2), which has announced them, and our read(2).
    package static func forReading() throws(SystemError) -> Pipe {
        var ends: [Int32] = [-1, -1]
        let made = iso_pipe_keeping(&ends, 0)
        guard made >= 0 else { throw SystemError(operation: "make a pipe", object: "", errno: Errno(negated: made)) }
        return Pipe(readEnd: Descriptor(taking: ends[0]), writeEnd: Descriptor(taking: ends[1]))
    }

    private init(readEnd: consuming Descriptor, writeEnd: consuming Descriptor) {
        self.readEnd = readEnd
        self.writeEnd = writeEnd
    }

    /// The other end is closed: whoever has been given it has a copy.
    package consuming func takingReadEnd() -> Descriptor { readEnd }
}
