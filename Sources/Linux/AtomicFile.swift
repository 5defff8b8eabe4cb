// Writing a file so that after a crash there is the old one or the new one, whole.

import CLinux
import Glibc
import SystemPackage

package enum AtomicFile {
    /// Writes all bytes to an open file. Replaced in tests to see what a full disk does.
    package typealias Writer = @Sendable (FileDescriptor, [UInt8]) throws -> Void

    package static let writeAll: Writer = { file, bytes in _ = try file.writeAll(bytes) }

    /// Writes beside the target, flushes, renames over it, and flushes the folder so that the new name is on disk too;
    /// see rename(2), fsync(2). On failure the temporary file is gone and the old file untouched.
    /// - Parameter flushing: false: whoever reads it meanwhile gets a whole one, but a crash of the machine may leave none: for what means
    ///   nothing after it.
    package static func write(
        _ bytes: [UInt8], to path: FilePath, mode: mode_t = 0o600, flushing: Bool = true, writer: Writer = writeAll
    ) throws(SystemError) {
        // Only one writer at a time holds the lock, so a name left by a crash may be taken over.
        let temporary = temporary(of: path)
        do throws(SystemError) {
            try fill(temporary, bytes, mode, flushing, writer)
            guard rename(temporary.string, path.string) == 0 else { throw .last("replace", path.string) }
        } catch {
            unlink(temporary.string)
            throw error
        }
        guard flushing else { return }
        let folder = path.removingLastComponent()
        let opened = try Descriptor.open(folder.isEmpty ? "." : folder.string, flags: O_RDONLY | O_DIRECTORY)
        try flush(opened, folder)
    }

    private static func fill(
        _ path: FilePath, _ bytes: [UInt8], _ mode: mode_t, _ flushing: Bool, _ writer: Writer
    ) throws(SystemError) {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW
        let file = try Descriptor(result: iso_openat(AT_FDCWD, path.string, flags, mode), "create", path.string)
        do {
            try writer(FileDescriptor(rawValue: file.raw), bytes)
        } catch {
            throw SystemError(operation: "write", object: path.string, errno: error as? Errno ?? .ioError)
        }
        if flushing { try flush(file, path) }
        // A file system on another machine may say only now that there is no room. See close(2).
        guard close(file.released()) == 0 else { throw .last("close", path.string) }
    }

    /// Where `write` puts the bytes before they replace the file. One that is killed meanwhile leaves it there.
    package static func temporary(of path: FilePath) -> FilePath {
        path.removingLastComponent().appending(".\(path.lastComponent?.string ?? "file").new")
    }

    /// Makes a folder and those above it.
    package static func makeFolder(_ path: FilePath) throws(SystemError) {
        guard mkdir(path.string, 0o700) != 0, errno != EEXIST else { return }
        let failure = SystemError.last("make the folder", path.string)
        let above = path.removingLastComponent()
        guard failure.errno == .noSuchFileOrDirectory, above != path, !above.isEmpty else { throw failure }
        try makeFolder(above)
        guard mkdir(path.string, 0o700) == 0 || errno == EEXIST else { throw .last("make the folder", path.string) }
    }

    /// Renames a broken file to the first free name `FILE.broken`, `FILE.broken-2` … and yields that name.
    package static func moveAside(_ path: FilePath) throws(SystemError) -> FilePath {
        for number in 1...1000 {
            let target = FilePath(path.string + (number == 1 ? ".broken" : ".broken-\(number)"))
            // link fails where the name is taken, rename would replace what is there.
            if link(path.string, target.string) == 0 {
                guard unlink(path.string) == 0 else { throw .last("remove", path.string) }
                return target
            }
            guard errno == EEXIST else { throw .last("move aside", path.string) }
        }
        throw SystemError(operation: "move aside", object: path.string, errno: .fileExists)
    }

    private static func flush(_ file: borrowing Descriptor, _ path: FilePath) throws(SystemError) {
        while fsync(file.raw) != 0 {
            if errno == EINTR { continue }
            // Some file systems cannot flush a folder, and say so with EINVAL.
            if errno == EINVAL { return }
            throw .last("flush", path.string)
        }
    }
}
