// Bytes that come one after another: from a part of a file, through a digest, out of gzip.

import CLinux
import Glibc
import Linux
import SystemPackage

/// A source that is read once, from its beginning to its end.
protocol ByteStream: AnyObject {
    /// Fills a part of `buffer`, which is not empty, and says how much; 0 is the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int
    /// Passes over bytes and says how many there were.
    @discardableResult
    func skip(_ count: UInt64) throws(ImageError) -> UInt64
}

extension ByteStream {
    @discardableResult
    func skip(_ count: UInt64) throws(ImageError) -> UInt64 {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(min(count, 65536)) + 1, alignment: 16)
        defer { room.deallocate() }
        var left = count
        while left > 0 {
            let got = try read(into: UnsafeMutableRawBufferPointer(rebasing: room[..<Int(min(left, 65536))]))
            if got == 0 { break }
            left -= UInt64(got)
        }
        return count - left
    }

    /// To the end.
    func drain() throws(ImageError) { try skip(.max) }

    /// Everything, which is at most `limit` bytes.
    func contents(limit: Int, object: @autoclosure () -> String) throws(ImageError) -> [UInt8] {
        var bytes: [UInt8] = []
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
        defer { room.deallocate() }
        while true {
            let got = try read(into: room)
            if got == 0 { return bytes }
            bytes.append(contentsOf: room[..<got])
            guard bytes.count <= limit else {
                throw ImageError(.limit, "read", object(), "it is larger than \(limit) bytes")
            }
        }
    }

    /// As much as there is, up to the whole of `buffer`.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let got = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if got == 0 { break }
            filled += got
        }
        return filled
    }
}

/// An open file with its name, closed with the last stream that reads it.
final class OpenFile: Sendable {
    private let descriptor: Descriptor
    /// As the person knows it, for messages.
    let name: String

    var raw: Int32 { descriptor.raw }

    /// Takes over what a call that opens has answered: a descriptor, or -errno.
    init(_ result: Int32, _ operation: String = "open", name: String) throws(ImageError) {
        do throws(Errno) {
            descriptor = try Descriptor(result: result)
        } catch {
            throw ImageError(operation, name, errno: error)
        }
        self.name = name
    }

    /// Opens a regular file for reading. The path is the person's own, so its symbolic links are followed; a fifo or a device is
    /// refused rather than waited for.
    static func reading(_ path: FilePath) throws(ImageError) -> (file: OpenFile, size: UInt64) {
        try reading(AT_FDCWD, path.string, name: path.string, resolve: 0)
    }

    static func reading(
        _ folder: Int32, _ path: String, name: String, resolve: Int
    ) throws(ImageError) -> (file: OpenFile, size: UInt64) {
        let flags = UInt64(O_RDONLY | O_NONBLOCK | O_NOCTTY)
        let raw = iso_openat2(folder, path, flags, 0, UInt64(resolve))
        let file = try OpenFile(raw, name: name)
        let facts = try file.facts()
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw ImageError(.archive, "open", name, "it is not a regular file")
        }
        return (file, UInt64(max(0, facts.st_size)))
    }

    func facts() throws(ImageError) -> stat {
        var facts = stat()
        guard fstat(raw, &facts) == 0 else { throw .last("stat", name) }
        return facts
    }
}

/// A part of a file.
final class FileStream: ByteStream {
    private let file: OpenFile
    private var position: UInt64
    private let end: UInt64

    init(_ file: OpenFile, from start: UInt64 = 0, count: UInt64) {
        self.file = file
        position = start
        end = start.addingReportingOverflow(count).overflow ? .max : start + count
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        let wanted = Int(min(UInt64(buffer.count), end - position))
        guard wanted > 0, let place = off_t(exactly: position) else { return 0 }
        var got = 0
        repeat { got = pread(file.raw, buffer.baseAddress, wanted, place) } while got < 0 && errno == EINTR
        guard got >= 0 else { throw .last("read", file.name) }
        position += UInt64(got)
        return got
    }

    func skip(_ count: UInt64) throws(ImageError) -> UInt64 {
        let passed = min(count, end - position)
        position += passed
        return passed
    }
}

/// Bytes in memory.
final class MemoryStream: ByteStream {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        let count = min(buffer.count, rest.count)
        buffer.copyBytes(from: rest.prefix(count))
        rest = rest.dropFirst(count)
        return count
    }
}

/// Passes bytes on and makes their digest; on the way they may be written to a file.
final class DigestingStream: ByteStream {
    private let source: any ByteStream
    private var running = RunningSHA256()
    private let copy: OpenFile?
    private(set) var count: UInt64 = 0
    /// Asked for each piece: the bound of the whole.
    private let check: (_ count: UInt64) throws(ImageError) -> Void

    init(
        _ source: any ByteStream, copy: OpenFile? = nil,
        check: @escaping (_ count: UInt64) throws(ImageError) -> Void = { (_) throws(ImageError) in }
    ) {
        self.source = source
        self.copy = copy
        self.check = check
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        let got = try source.read(into: buffer)
        let piece = UnsafeRawBufferPointer(rebasing: buffer[..<got])
        count += UInt64(got)
        try check(count)
        running.add(piece)
        if let copy { try copy.write(piece) }
        return got
    }

    /// The digest of everything; call it at the end.
    func digest() -> ImageDigest { running.finished() }
}

/// Gives back what was looked at.
final class PeekedStream: ByteStream {
    private var peeked: ArraySlice<UInt8>
    private let source: any ByteStream
    /// The first bytes, fewer than asked for where there are no more.
    let first: [UInt8]

    init(_ source: any ByteStream, count: Int) throws(ImageError) {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        defer { room.deallocate() }
        let got = try source.fill(room)
        first = Array(room[..<got])
        peeked = first[...]
        self.source = source
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
        guard !peeked.isEmpty else { return try source.read(into: buffer) }
        let count = min(buffer.count, peeked.count)
        buffer.copyBytes(from: peeked.prefix(count))
        peeked = peeked.dropFirst(count)
        return count
    }
}

extension OpenFile {
    /// All of it.
    func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
        do throws(Errno) {
            try writeAll(bytes, to: raw)
        } catch {
            throw ImageError("write", name, errno: error)
        }
    }

    /// The names in a folder.
    func names() throws(ImageError) -> [[UInt8]] {
        do throws(SystemError) {
            return try FolderListing.entries(in: ".", below: raw).map(\.name)
        } catch {
            throw ImageError("read folder", name, errno: error.errno)
        }
    }

    func write(_ bytes: [UInt8]) throws(ImageError) {
        // Typed throws do not pass through withUnsafeBytes of every compiler.
        let result = bytes.withUnsafeBytes { all in Result { () throws(ImageError) in try write(all) } }
        try result.get()
    }
}
