// What the process that grades one learner says to `podlab grade`: lines of JSON in a named pipe.
//
// The pipe lies in podlab's own session folder and is opened for each message, between playgrounds: while a learner's commands run,
// the process holds no descriptor of it, so that nothing inside could write to it.

import CIsolation
import FoundationEssentials
import Glibc
import LabKit
import Linux
import SystemPackage

/// One line.
package enum GradeMessage: Codable, Sendable {
    /// What will be judged, and what is wrong with the files.
    case plan(labs: [String], problems: [String])
    /// One lab is done.
    case lab(LabResult)
    /// All are.
    case done
}

/// The end of the process that grades.
package struct GradeSender: Sendable {
    private let path: FilePath

    package init(to path: FilePath) { self.path = path }

    /// Returns when the whole message is in the pipe.
    package func send(_ message: GradeMessage) throws {
        // Without a reader, that is when podlab is gone, this fails and does not wait. See fifo(7).
        let pipe = path.withPlatformString {
            iso_openat(AT_FDCWD, $0, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0)
        }
        guard pipe >= 0 else { throw Folder.Failure(description: "the pipe for reports: \(Errno(rawValue: -pipe))") }
        defer { close(pipe) }
        _ = fcntl(pipe, F_SETFL, 0)
        var bytes = [UInt8](try JSONEncoder().encode(message)) + [0x0a]
        while !bytes.isEmpty {
            let count = write(pipe, bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw Folder.Failure(description: "the pipe for reports: \(errnoText(errno))")
            }
            bytes.removeFirst(count)
        }
    }
}

/// The end of `podlab grade`.
package final class GradeReceiver {
    package let path: FilePath
    let descriptor: Int32
    private var rest: [UInt8] = []
    private(set) var total = 0
    package private(set) var messages: [GradeMessage] = []
    /// Something came that is no message.
    package private(set) var isBroken = false

    /// Makes the pipe.
    package init(in folder: FilePath) throws(Folder.Failure) {
        path = folder.appending("reports")
        let made = path.withPlatformString { name in
            unlink(name)
            return mkfifo(name, 0o600) == 0 ? 0 : errno
        }
        guard made == 0 else { throw Folder.Failure(description: "make the pipe \(path): \(errnoText(made))") }
        // Open for writing too: a pipe without a writer is at its end, and poll would never rest.
        descriptor = path.withPlatformString { iso_openat(AT_FDCWD, $0, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0) }
        guard descriptor >= 0 else {
            throw Folder.Failure(description: "open the pipe \(path): \(Errno(rawValue: -descriptor))")
        }
    }

    deinit {
        close(descriptor)
        _ = path.withPlatformString { unlink($0) }
    }

    /// Takes what is there, and no more than `limit` bytes in all.
    /// - Returns: false when there was more.
    func drain(limit: Int) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while total <= limit {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return true }
            total += count
            rest += chunk[..<count]
            while let end = rest.firstIndex(of: 0x0a) {
                if let message = try? JSONDecoder().decode(GradeMessage.self, from: Data(rest[..<end])) {
                    messages.append(message)
                } else {
                    isBroken = true
                }
                rest.removeSubrange(...end)
            }
        }
        return false
    }
}
