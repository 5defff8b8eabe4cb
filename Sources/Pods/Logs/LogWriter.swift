// Writes the log of one run of a container, in files that are bounded.

import CIsolation
import Glibc
import Isolation
import Linux
import SystemPackage

/// Both outputs of a container, in the order in which they are read from it.
package final class LogWriter {
    package let folder: LogFolder
    package let restart: UInt32
    private let limit: Int
    private var file: Descriptor
    private var length = 0
    private var output = LineSplitter(.output)
    private var error = LineSplitter(.error)
    /// Counts the files that were put aside.
    package private(set) var rotations = 0
    /// Why a line could not be written last: a full file system, say. The container goes on, as with Kubernetes.
    package private(set) var failure: Errno?

    /// Makes the folder and the file.
    package init(_ folder: LogFolder, restart: UInt32, limit: Int = LogFolder.fileLimit) throws(SystemError) {
        self.folder = folder
        self.restart = restart
        self.limit = limit
        let parent = folder.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        for path in [parent.dropLast().joined(separator: "/"), parent.joined(separator: "/"), folder.path] {
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw .last("make the folder", path) }
        }
        file = try Self.create(folder.file(restart: restart))
    }

    package func add(_ bytes: ArraySlice<UInt8>, from stream: LogStream, at time: LogTime = .now) {
        switch stream {
        case .output: write(output.add(bytes, at: time))
        case .error: write(error.add(bytes, at: time))
        }
    }

    /// The container has ended: what it wrote last without a newline is written.
    package func finish(at time: LogTime = .now) {
        write([output.finish(at: time), error.finish(at: time)].compactMap { $0 })
    }

    private func write(_ lines: [LogLine]) {
        var bytes: [UInt8] = []
        for line in lines {
            let next = line.bytes
            if length + bytes.count + next.count > limit && length + bytes.count > 0 {
                flush(bytes)
                bytes = []
                rotate()
            }
            bytes += next
        }
        flush(bytes)
    }

    private func flush(_ bytes: [UInt8]) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(file.raw, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                failure = Errno(rawValue: count < 0 ? errno : ENOSPC)
                break
            }
            written += count
        }
        length += written
    }

    private func rotate() {
        let path = folder.file(restart: restart)
        guard rename(path, folder.rotated(restart: restart)) == 0 else {
            failure = Errno(rawValue: errno)
            return
        }
        do throws(SystemError) {
            file = try Self.create(path)
        } catch {
            failure = error.errno
            return
        }
        length = 0
        rotations += 1
    }

    private static func create(_ path: String) throws(SystemError) -> Descriptor {
        unlink(path)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW
        return try Descriptor(result: iso_openat(AT_FDCWD, path, flags, 0o640), "make the log", path)
    }
}
