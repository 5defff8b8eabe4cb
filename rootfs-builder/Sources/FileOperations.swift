// The few file operations that a build makes, each with a typed error. None follows a symbolic link in the new root.

import Glibc
import Linux
import SystemPackage

enum FileOperations {
    static func failure(_ operation: String, _ object: String) -> RootBuildError {
        .system(operation: operation, object: object, errno: Errno(rawValue: errno))
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
        let raw = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard raw >= 0 else { throw failure("create", path) }
        defer { close(raw) }
        let result = Array(bytes).withUnsafeBytes { all in
            Result { () throws(RootBuildError) in try writeAll(all, raw, path) }
        }
        try result.get()
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, _ raw: Int32, _ path: String) throws(RootBuildError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(raw, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("write", path)
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Copies content and returns its digest and size.
    static func copy(_ source: String, to path: String) throws(RootBuildError) -> (ContentDigest, Int) {
        let input = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard input >= 0 else { throw failure("open", source) }
        defer { close(input) }
        let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw failure("create", path) }
        defer { close(output) }
        return try pieces(of: input, source) { (piece) throws(RootBuildError) in try writeAll(piece, output, path) }
    }

    static func digest(_ path: String) throws(RootBuildError) -> (ContentDigest, Int) {
        let input = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard input >= 0 else { throw failure("open", path) }
        defer { close(input) }
        return try pieces(of: input, path) { (_) throws(RootBuildError) in }
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
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink(path, &buffer, buffer.count - 1)
        return count < 0 ? nil : String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A small file as text; nil when there is none, or when it is larger than `limit` bytes or not UTF-8.
    static func text(_ path: String, limit: Int) -> String? {
        let raw = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard raw >= 0 else { return nil }
        defer { close(raw) }
        guard let bytes = try? contents(of: raw, limit: limit + 1), bytes.count <= limit else { return nil }
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
        guard let stream = opendir(path) else { throw failure("open", path) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let place = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 19
            let name = String(cString: UnsafeRawPointer(entry).advanced(by: place).assumingMemoryBound(to: CChar.self))
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Removes a tree, links not followed; folders that forbid it are opened up first. Errors are passed over.
    static func removeTree(_ path: String) {
        if unlink(path) == 0 || errno == ENOENT { return }
        chmod(path, 0o700)
        for name in (try? names(in: path)) ?? [] { removeTree(path + "/" + name) }
        rmdir(path)
    }

    /// Paths that fit a pattern, sorted; `*` stands for a part of one name. See glob(3).
    static func matches(of pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }
}
