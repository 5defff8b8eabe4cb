// Reading and writing by descriptor: bounded, through interruptions and short counts.

import Glibc
import SystemPackage

/// At most `limit` bytes from where a descriptor stands, up to the end of file. See read(2).
package func contents(of descriptor: Int32, limit: Int) throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < limit {
        // A file of /proc is small, most of the time.
        let wanted = min(limit - bytes.count, max(4096, bytes.count))
        var got = 0
        var failure = Errno(rawValue: 0)
        let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
            repeat { got = Glibc.read(descriptor, buffer.baseAddress, wanted) } while got < 0 && Glibc.errno == EINTR
            if got < 0 { failure = .current }
            count = max(0, got)
        }
        if got < 0 { throw failure }
        if got == 0 { break }
        bytes += piece
    }
    return bytes
}

/// All of `bytes`, where writing waits for room. See write(2).
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(Errno) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count >= 0 {
            rest = rest.dropFirst(count)
        } else if Glibc.errno != EINTR {
            throw .current
        }
    }
}

/// The text of a symbolic link, as bytes; `path` may be empty for an O_PATH descriptor of the link itself. See readlinkat(2).
package func linkText(_ folder: Int32, _ path: String) -> Result<[UInt8], Errno> {
    let room = Int(PATH_MAX) + 1
    var length = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        length = buffer.withMemoryRebound(to: CChar.self) { characters in
            characters.baseAddress.map { readlinkat(folder, path, $0, room) } ?? -1
        }
        count = max(0, length)
    }
    return length < 0 ? .failure(.current) : .success(bytes)
}

extension Descriptor {
    /// At most `limit` bytes from where it stands, up to the end of file.
    package func read(limit: Int, object: @autoclosure () -> String) throws(SystemError) -> [UInt8] {
        do throws(Errno) {
            return try contents(of: raw, limit: limit)
        } catch {
            throw SystemError(operation: "read", object: object(), errno: error)
        }
    }

    /// The same, as text; what is no UTF-8 becomes U+FFFD.
    package func text(limit: Int, object: @autoclosure () -> String) throws(SystemError) -> String {
        String(decoding: try read(limit: limit, object: object()), as: UTF8.self)
    }

    /// The end of a regular file, at most `limit` bytes of it.
    package func ending(limit: Int, object: @autoclosure () -> String) throws(SystemError) -> String {
        var facts = stat()
        guard fstat(raw, &facts) == 0 else { throw .last("look at", object()) }
        if facts.st_size > limit, lseek(raw, facts.st_size - limit, SEEK_SET) < 0 { throw .last("seek in", object()) }
        return try text(limit: limit, object: object())
    }

    /// Up to `count` bytes at `offset`; fewer at the end of the file, nil on an error. See pread(2).
    package func read(at offset: UInt64, count: Int) -> [UInt8]? {
        guard count >= 0, let start = off_t(exactly: offset) else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let wanted = count - bytes.count
            var got = 0
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
                let (at, overflow) = start.addingReportingOverflow(off_t(bytes.count))
                if overflow { return }
                repeat { got = pread(raw, buffer.baseAddress, wanted, at) } while got < 0 && Glibc.errno == EINTR
                filled = max(0, got)
            }
            if got < 0 { return nil }
            if got == 0 { break }
            bytes += piece
        }
        return bytes
    }

    /// All of `bytes`.
    package func write(_ bytes: [UInt8], object: @autoclosure () -> String) throws(SystemError) {
        let raw = raw
        // Typed throws do not pass through withUnsafeBytes of every compiler.
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(Errno) in try writeAll(buffer, to: raw) }
        }
        if case .failure(let errno) = result {
            throw SystemError(operation: "write", object: object(), errno: errno)
        }
    }

    /// The bits of S_IFMT; 0 when it cannot be looked at.
    package var kind: mode_t {
        var facts = stat()
        return fstat(raw, &facts) == 0 ? facts.st_mode & S_IFMT : 0
    }
}

/// The text of a file of the kernel or of the machine's own, at most `limit` bytes of it; nil when it cannot be read.
package func textOfFile(_ path: String, limit: Int = 1 << 16) -> String? {
    guard let file = try? Descriptor.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY) else { return nil }
    return try? file.text(limit: limit, object: path)
}
