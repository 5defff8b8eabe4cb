// Writing a file so that after a crash there is the old one or the new one, whole.

import SystemPackage
import Text

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A step of file work that failed: what was tried, on what, and why.
package struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    package var operation: String
    package var path: FilePath
    package var error: Errno

    package init(operation: String, path: FilePath, error: Errno) {
        self.operation = operation
        self.path = path
        self.error = error
    }

    package var description: String { terminalSafe("cannot \(operation) \(path): \(error)") }
}

package enum AtomicFile {
    /// Writes all bytes to an open file. Replaced in tests to see what a full disk does.
    package typealias Writer = @Sendable (FileDescriptor, [UInt8]) throws -> Void

    package static let writeAll: Writer = { file, bytes in _ = try file.writeAll(bytes) }

    /// Writes beside the target, flushes, renames over it, and flushes the folder so that the new name is on disk too;
    /// see rename(2), fsync(2). On failure the temporary file is gone and the old file untouched.
    /// - Parameter flushing: false: whoever reads it meanwhile gets a whole one, but a crash of the machine may leave none: for what means
    ///   nothing after it.
    package static func write(
        _ bytes: [UInt8], to path: FilePath, mode: FilePermissions = .ownerReadWrite, flushing: Bool = true,
        writer: Writer = writeAll
    ) throws(FileError) {
        let folder = path.removingLastComponent()
        // Only one writer at a time holds the lock, so a name left by a crash may be taken over.
        let temporary = temporary(of: path)
        let file = try step("create", temporary) {
            try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .truncate, .closeOnExec, .noFollow], permissions: mode)
        }
        do throws(FileError) {
            do throws(FileError) {
                try step("write", temporary) { try writer(file, bytes) }
                if flushing { try step("flush", temporary) { try flush(file) } }
            } catch {
                try? file.close()
                throw error
            }
            try step("close", temporary) { try file.close() }
            try step("replace", path) {
                try check(temporary.withPlatformString { old in path.withPlatformString { rename(old, $0) } })
            }
        } catch {
            _ = temporary.withPlatformString { unlink($0) }
            throw error
        }
        guard flushing else { return }
        let directory = try step("open", folder) {
            try FileDescriptor.open(folder, .readOnly, options: [.directory, .closeOnExec])
        }
        defer { try? directory.close() }
        try step("flush", folder) { try flush(directory) }
    }

    /// Where `write` puts the bytes before they replace the file. One that is killed meanwhile leaves it there.
    package static func temporary(of path: FilePath) -> FilePath {
        path.removingLastComponent().appending(".\(path.lastComponent?.string ?? "file").new")
    }

    /// Makes a folder and those above it.
    package static func makeFolder(_ path: FilePath) throws(FileError) {
        guard path.withPlatformString({ mkdir($0, 0o700) }) != 0 else { return }
        let failure = errno
        switch failure {
        case EEXIST: return
        case ENOENT where path.removingLastComponent() != path && !path.removingLastComponent().isEmpty:
            try makeFolder(path.removingLastComponent())
            guard path.withPlatformString({ mkdir($0, 0o700) }) == 0 || errno == EEXIST else {
                throw FileError(operation: "make the folder", path: path, error: Errno(rawValue: errno))
            }
        default: throw FileError(operation: "make the folder", path: path, error: Errno(rawValue: failure))
        }
    }

    /// Renames a broken file to the first free name `FILE.broken`, `FILE.broken-2` … and yields that name.
    package static func moveAside(_ path: FilePath) throws(FileError) -> FilePath {
        for number in 1...1000 {
            let target = FilePath(path.string + (number == 1 ? ".broken" : ".broken-\(number)"))
            // link fails where the name is taken, rename would replace what is there.
            if path.withPlatformString({ old in target.withPlatformString { link(old, $0) } }) == 0 {
                try step("remove", path) { try check(path.withPlatformString { unlink($0) }) }
                return target
            }
            guard errno == EEXIST else {
                throw FileError(operation: "move aside", path: path, error: Errno(rawValue: errno))
            }
        }
        throw FileError(operation: "move aside", path: path, error: .fileExists)
    }

    package static func step<Value>(
        _ operation: String, _ path: FilePath, _ body: () throws -> Value
    ) throws(FileError) -> Value {
        do {
            return try body()
        } catch {
            throw FileError(operation: operation, path: path, error: error as? Errno ?? .ioError)
        }
    }

    private static func check(_ result: Int32) throws {
        guard result == 0 else { throw Errno(rawValue: errno) }
    }

    private static func flush(_ file: FileDescriptor) throws {
        while fsync(file.rawValue) != 0 {
            let failure = Errno(rawValue: errno)
            if failure == .interrupted { continue }
            // Some file systems cannot flush a folder, and say so with EINVAL.
            if failure == .invalidArgument { return }
            throw failure
        }
    }
}
