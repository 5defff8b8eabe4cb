// The few file operations that a build makes, each with a typed error. None follows a symbolic link in the new root.

import Glibc
import Linux
import SystemPackage

enum FileOperations {
    static func failure(_ operation: String, _ object: String) -> RootBuildError {
        .system(operation: operation, object: object, errno: Errno(rawValue: errno))
    }

    static func open(
        _ path: String, _ operation: String = "open", flags: Int32, mode: mode_t = 0
    ) throws(RootBuildError) -> Descriptor {
        do throws(SystemError) {
            return try .open(path, flags: flags, mode: mode)
        } catch {
            throw .system(operation: operation, object: path, errno: error.errno)
        }
    }

    /// A new file.
    private static func create(_ path: String) throws(RootBuildError) -> Descriptor {
        try open(path, "create", flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
    }

    static func makeFolder(_ path: String) throws(RootBuildError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw failure("mkdir", path) }
    }

    /// Makes a folder and those above it; what is there stays as it is.
    static func makeFolders(_ path: String) throws(RootBuildError) {
        guard mkdir(path, 0o777) != 0 else { return }
        if errno == ENOENT, StagedTree.parent(path) != path {
            try makeFolders(StagedTree.parent(path))
            if mkdir(path, 0o777) == 0 { return }
        }
        let made = errno
        guard made == EEXIST, let facts = stat(path), facts.st_mode & S_IFMT == S_IFDIR else {
            errno = made == EEXIST ? ENOTDIR : made
            throw failure("make the folder", path)
        }
    }

    static func makeLink(_ path: String, to target: String) throws(RootBuildError) {
        if symlink(target, path) != 0 { throw failure("symlink", path) }
    }

    static func write(_ bytes: some Sequence<UInt8>, to path: String) throws(RootBuildError) {
        let file = try create(path)
        do throws(SystemError) {
            try file.write(Array(bytes), object: path)
        } catch {
            throw .system(operation: error.operation, object: error.object, errno: error.errno)
        }
    }

    private static func append(_ bytes: UnsafeRawBufferPointer, _ raw: Int32, _ path: String) throws(RootBuildError) {
        do throws(Errno) {
            try writeAll(bytes, to: raw)
        } catch {
            throw .system(operation: "write", object: path, errno: error)
        }
    }

    /// Copies content and returns its digest and size.
    static func copy(_ source: String, to path: String) throws(RootBuildError) -> (ContentDigest, Int) {
        let input = try open(source, flags: O_RDONLY | O_NONBLOCK)
        let output = try create(path)
        let raw = output.raw
        return try pieces(of: input.raw, source) { (piece) throws(RootBuildError) in try append(piece, raw, path) }
    }

    static func digest(_ path: String) throws(RootBuildError) -> (ContentDigest, Int) {
        let input = try open(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        return try pieces(of: input.raw, path) { (_) throws(RootBuildError) in }
    }

    private static func pieces(
        of input: Int32, _ name: String, _ body: (UnsafeRawBufferPointer) throws(RootBuildError) -> Void
    ) throws(RootBuildError) -> (ContentDigest, Int) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        var digest = RunningDigest()
        var total = 0
        while true {
            // Whole buffers, so that the digest does not depend on how the kernel cuts the file.
            var filled = 0
            while filled < buffer.count {
                let count = read(input, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
                if count < 0 {
                    if errno == EINTR { continue }
                    throw failure("read", name)
                }
                if count == 0 { break }
                filled += count
            }
            if filled == 0 { return (digest.finished(), total) }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
            digest.add(piece)
            try body(piece)
            total += filled
        }
    }

    /// stat(2) of a path, links followed or not; nil when there is nothing.
    static func stat(_ path: String, followLast: Bool = true) -> stat? {
        var facts = Glibc.stat()
        return fstatat(AT_FDCWD, path, &facts, followLast ? 0 : AT_SYMLINK_NOFOLLOW) == 0 ? facts : nil
    }

    static func linkText(_ path: String) -> String? {
        (try? Linux.linkText(AT_FDCWD, path).get()).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A small file as text; nil when there is none, or when it is larger than `limit` bytes or not UTF-8.
    static func text(_ path: String, limit: Int) -> String? {
        guard let file = try? open(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            let bytes = try? file.read(limit: limit + 1, object: path), bytes.count <= limit
        else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The path without symbolic links; nil when there is nothing.
    static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The names in a folder, sorted by bytes.
    static func names(in path: String) throws(RootBuildError) -> [String] {
        do throws(SystemError) {
            // The path may be a link to the folder.
            let names = try FolderListing.entries(in: path + "/.").map(\.name)
            return names.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
        } catch {
            throw .system(operation: "open", object: path, errno: error.errno)
        }
    }

    /// Removes a tree, links not followed; folders that forbid it are opened up first. Errors are passed over.
    static func removeTree(_ path: String) { TreeRemoval.remove(path, locks: .opened) }

    /// Paths that fit a pattern, sorted; `*` stands for a part of one name. See glob(3).
    static func matches(of pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }
}
