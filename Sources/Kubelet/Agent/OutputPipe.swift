// A pipe from a container's output to its log.

import CIsolation
import Glibc
import SystemPackage

/// A pipe from a container: its read end does not block, its write end does.
final class OutputPipe {
    private var readEnd: Int32
    let writeEnd: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        let made = iso_pipe_keeping(&ends, 0)
        guard made >= 0 else { throw WireError.system("make a pipe", Errno(rawValue: -made)) }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        if readEnd >= 0 { close(readEnd) }
        close(writeEnd)
    }

    func takeReadEnd() -> Int32 {
        defer { readEnd = -1 }
        return readEnd
    }
}
