// A folder that somebody else filled: listed by bytes and opened without following links.

import CIsolation
import Glibc
import Linux
import SystemPackage
import Text

/// An open folder. Whatever becomes of its name, what is read is in the folder that was opened.
package final class Folder {
    private let folder: Descriptor
    package var descriptor: Int32 { folder.raw }

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
    package init(taking descriptor: Int32) { folder = Descriptor(taking: descriptor) }

    /// Opens a folder.
    /// - Throws: `Failure` when it is a symbolic link, no folder, or cannot be read. See open(2).
    package init(_ path: FilePath) throws(Failure) {
        do throws(SystemError) {
            folder = try .open(path.string, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch {
            throw Self.failure(error.errno.rawValue, "the folder", isLink: Self.isLink(path))
        }
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
        var names: [[UInt8]] = []
        do throws(SystemError) {
            try FolderListing.visit(".", below: descriptor) { entry in
                names.append(entry.name)
                return names.count <= Self.mostEntries
            }
        } catch {
            throw Self.failure(error.errno.rawValue, "the folder", isLink: false)
        }
        guard names.count <= Self.mostEntries else {
            throw Failure(description: "the folder has more than \(Self.mostEntries) entries")
        }
        let found = names.map { Entry(bytes: $0, kind: kind(of: $0)) }
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
        let opened = iso_openat(descriptor, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
        guard opened >= 0 else { throw Self.failure(-opened, "the file", isLink: -opened == ELOOP) }
        let file = Descriptor(taking: opened)
        guard file.kind == S_IFREG else { throw Failure(description: "not a regular file") }
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try contents(of: file.raw, limit: limit + 1)
        } catch {
            throw Self.failure(error.rawValue, "the file", isLink: false)
        }
        guard bytes.count <= limit else { throw Failure(description: "larger than \(limit) bytes") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
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
