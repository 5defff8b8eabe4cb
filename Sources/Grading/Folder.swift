// A folder that somebody else filled: listed by bytes and opened without following links.

import CIsolation
import Glibc
import Linux
import SystemPackage
import Text

/// An open folder. Whatever becomes of its name, what is read is in the folder that was opened.
package final class Folder {
    package let descriptor: Int32

    /// One entry as the kernel has it; names need not be text.
    package struct Entry: Sendable {
        package enum Kind: Sendable {
            /// `leadsToFile`: to a regular file. A link that leads anywhere else, or nowhere, could stand for a folder.
            case folder, file, link(leadsToFile: Bool), other
        }
        package var bytes: [UInt8]
        package var kind: Kind

        /// Nil when it is not UTF-8.
        package var name: String? { String(validating: bytes, as: UTF8.self) }
        /// Fit to print in one line, whatever the bytes are.
        package var shown: String { name.map { terminalSafe(clipped($0)) } ?? Folder.shown(bytes) }
        /// It could be somebody's folder.
        package var isFolderLike: Bool {
            switch kind {
            case .folder, .link(leadsToFile: false): true
            default: false
            }
        }
    }

    /// Why a folder or a file could not be had.
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package var description: String
        package var errno: Int32 = 0
    }

    /// - Parameter descriptor: an open folder, which this object closes.
    package init(taking descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Opens a folder.
    /// - Throws: `Failure` when it is a symbolic link, no folder, or cannot be read. See open(2).
    package init(_ path: FilePath) throws(Failure) {
        let opened = path.withPlatformString {
            iso_openat(AT_FDCWD, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
        }
        guard opened >= 0 else { throw Self.failure(-opened, "the folder", isLink: Self.isLink(path)) }
        descriptor = opened
    }

    /// What tells a folder from all others.
    package var identity: [UInt64] {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : []
    }

    /// More entries than these are not looked at: nobody hands in so many.
    package static let mostEntries = 100_000

    /// Everything in it, sorted by bytes.
    package func entries() throws(Failure) -> [Entry] {
        let copy = iso_openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard copy >= 0 else { throw Self.failure(-copy, "the folder", isLink: false) }
        guard let stream = fdopendir(copy) else {
            let failed = errno
            close(copy)
            throw Self.failure(failed, "the folder", isLink: false)
        }
        defer { closedir(stream) }
        var found: [Entry] = []
        errno = 0
        while let entry = readdir(stream) {
            let bytes = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: UInt8.self, capacity: 256) { start in
                    Array(UnsafeBufferPointer(start: start, count: 256).prefix { $0 != 0 })
                }
            }
            guard bytes != [0x2e], bytes != [0x2e, 0x2e] else { continue }
            guard found.count < Self.mostEntries else {
                throw Failure(description: "the folder has more than \(Self.mostEntries) entries")
            }
            found.append(Entry(bytes: bytes, kind: kind(of: bytes)))
            errno = 0
        }
        guard errno == 0 else { throw Self.failure(errno, "the folder", isLink: false) }
        return found.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }

    private func kind(of name: [UInt8]) -> Entry.Kind {
        let path = name.map(CChar.init(bitPattern:)) + [0]
        var status = stat()
        guard fstatat(descriptor, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return .other }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .folder
        case S_IFREG: return .file
        case S_IFLNK:
            return .link(leadsToFile: fstatat(descriptor, path, &status, 0) == 0 && status.st_mode & S_IFMT == S_IFREG)
        default: return .other
        }
    }

    /// The text of a regular file of bounded size; links are not followed, and pipes and devices are not read.
    package func text(of name: [UInt8], limit: Int) throws(Failure) -> String {
        let path = name.map(CChar.init(bitPattern:)) + [0]
        let file = iso_openat(descriptor, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0)
        guard file >= 0 else { throw Self.failure(-file, "the file", isLink: -file == ELOOP) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(description: "not a regular file")
        }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress?.advanced(by: count), $0.count - count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw Self.failure(errno, "the file", isLink: false) }
            if got == 0 { break }
            count += got
        }
        guard count <= limit else { throw Failure(description: "larger than \(limit) bytes") }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw Failure(description: "not UTF-8 text")
        }
        return text
    }

    private static func failure(_ number: Int32, _ what: String, isLink: Bool) -> Failure {
        if isLink { return Failure(description: "a symbolic link, which is not followed", errno: number) }
        return Failure(description: "\(what) cannot be read: \(errnoText(number))", errno: number)
    }

    /// Whether the path itself is a symbolic link.
    package static func isLink(_ path: FilePath) -> Bool {
        var status = stat()
        return path.withPlatformString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Bytes that are not text, as `caf\xe9`.
    static func shown(_ bytes: [UInt8]) -> String {
        terminalSafe(
            bytes.map { byte in
                byte < 0x80
                    ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16)
            }.joined())
    }
}
