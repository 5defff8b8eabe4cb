// Files of the node and of images: opened inside a root, read bounded, removed with all that is below.

import CIsolation
import Glibc
import SystemPackage

/// A descriptor that is closed with its owner.
struct OpenFile: ~Copyable {
    let raw: Int32

    /// - Parameter root: the folder that no symbolic link and no `..` leads out of; nil: the path is trusted.
    init(_ path: String, in root: String? = nil, flags: Int32) throws(Errno) {
        guard let root else {
            let opened = iso_openat(AT_FDCWD, path, flags, 0)
            guard opened >= 0 else { throw Errno(rawValue: -opened) }
            self.init(taking: opened)
            return
        }
        let folder = iso_openat(AT_FDCWD, root, Int32(ISO_OPEN_PATH) | O_DIRECTORY, 0)
        guard folder >= 0 else { throw Errno(rawValue: -folder) }
        defer { close(folder) }
        try self.init(path, below: folder, flags: flags)
    }

    /// Magic links, which lead anywhere, are refused too (ELOOP). See openat2(2).
    init(_ path: String, below folder: Int32, flags: Int32) throws(Errno) {
        let opened = iso_openat2(
            folder, path, UInt64(UInt32(bitPattern: flags)), 0,
            UInt64(ISO_RESOLVE_IN_ROOT | ISO_RESOLVE_NO_MAGICLINKS))
        guard opened >= 0 else { throw Errno(rawValue: -opened) }
        self.init(taking: opened)
    }

    init(taking raw: Int32) { self.raw = raw }

    deinit { close(raw) }

    /// The bits of S_IFMT.
    var kind: mode_t {
        var status = stat()
        return fstat(raw, &status) == 0 ? status.st_mode & S_IFMT : 0
    }

    /// The kind of what a path in this folder leads to, which is nothing outside of it.
    func kind(of path: String) throws(Errno) -> mode_t {
        try OpenFile(path, below: raw, flags: Int32(ISO_OPEN_PATH)).kind
    }

    /// The end of a regular file, at most `limit` bytes of it.
    func ending(limit: Int) throws(Errno) -> String {
        var facts = stat()
        guard fstat(raw, &facts) == 0 else { throw Errno(rawValue: errno) }
        if facts.st_size > limit, lseek(raw, facts.st_size - limit, SEEK_SET) < 0 { throw Errno(rawValue: errno) }
        return try text(limit: limit)
    }

    /// The content, at most `limit` bytes of it.
    func text(limit: Int) throws(Errno) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while bytes.count < limit {
            let length = read(raw, &chunk, min(chunk.count, limit - bytes.count))
            if length < 0 && errno == EINTR { continue }
            guard length >= 0 else { throw Errno(rawValue: errno) }
            if length == 0 { break }
            bytes.append(contentsOf: chunk[..<length])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The text of a file of the kernel or of the node's own; nil when it cannot be read.
func readText(_ path: String, limit: Int = 1 << 18) -> String? {
    guard let file = try? OpenFile(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY) else { return nil }
    return try? file.text(limit: limit)
}

/// Removes what is at a path, with all that is below it, without following links and without leaving the file system. Bounded in
/// descriptors, not in depth.
/// - Parameter keeping: a name of the topmost folder that stays, and the folder with it.
/// - Returns: the first failure; ENOENT is none.
@discardableResult
package func removeTree(_ path: String, keeping: String? = nil) -> Errno? {
    var tree = TreeRemoval()
    let opened = iso_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
    guard opened >= 0 else {
        if opened == -ENOENT { return nil }
        return unlink(path) == 0 || errno == ENOENT ? nil : Errno(rawValue: errno)
    }
    tree.empty(opened, keeping: keeping)
    if keeping == nil, rmdir(path) != 0, errno != ENOENT { tree.note(errno) }
    return tree.failure
}

private struct TreeRemoval {
    var failure: Errno?

    mutating func note(_ number: Int32) { failure = failure ?? Errno(rawValue: number) }

    /// A name in a folder, as the kernel has it: any bytes, and a zero.
    private typealias Name = [CChar]

    /// Takes over the descriptor. Goes down into one folder at a time and comes back by `..`, so that two descriptors suffice.
    mutating func empty(_ top: Int32, keeping: String?) {
        var current = top
        // The folders that are being emptied, each by its name in the one above.
        var path: [Name] = []
        // What could not be removed, by depth: it is not tried again.
        var stuck: [Set<Name>] = [keeping.map { [Array($0.utf8CString)] } ?? []]
        while true {
            if let name = next(in: current, except: stuck[path.count]) {
                // A mount that is still there is not emptied.
                let child = iso_openat2(
                    current, name, UInt64(O_RDONLY | O_DIRECTORY | O_NOFOLLOW), 0,
                    UInt64(ISO_RESOLVE_NO_XDEV | ISO_RESOLVE_NO_SYMLINKS))
                guard child >= 0 else {
                    note(-child)
                    stuck[path.count].insert(name)
                    continue
                }
                close(current)
                current = child
                path.append(name)
                stuck.append([])
                continue
            }
            guard let name = path.popLast() else { break }
            stuck.removeLast()
            let parent = iso_openat(current, "..", O_RDONLY | O_DIRECTORY, 0)
            close(current)
            guard parent >= 0 else {
                note(-parent)
                return
            }
            current = parent
            if unlinkat(current, name, AT_REMOVEDIR) != 0, errno != ENOENT {
                note(errno)
                stuck[path.count].insert(name)
            }
        }
        close(current)
    }

    /// Removes everything in a folder that is no folder.
    /// - Returns: a folder that is left.
    private mutating func next(in folder: Int32, except stuck: Set<Name>) -> Name? {
        // A descriptor of its own: the stream's position must be the beginning each time.
        let opened = iso_openat(folder, ".", O_RDONLY | O_DIRECTORY, 0)
        guard opened >= 0, let stream = fdopendir(opened) else {
            note(opened < 0 ? -opened : errno)
            return nil
        }
        defer { closedir(stream) }
        // A listing may pass over names while others are removed, so it is read again until nothing is left to remove.
        var removed = 0
        repeat {
            removed = 0
            rewinddir(stream)
            while let entry = readdir(stream) {
                let place = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 19
                let bytes = UnsafeRawPointer(entry).advanced(by: place).assumingMemoryBound(to: CChar.self)
                if strcmp(bytes, ".") == 0 || strcmp(bytes, "..") == 0 { continue }
                let name = Name(UnsafeBufferPointer(start: bytes, count: strlen(bytes) + 1))
                if stuck.contains(name) { continue }
                let isFolder = entry.pointee.d_type == UInt8(DT_DIR)
                if !isFolder, unlinkat(folder, name, 0) == 0 {
                    removed += 1
                } else if isFolder || errno == EISDIR {
                    return name
                } else if errno != ENOENT {
                    note(errno)
                }
            }
        } while removed > 0
        return nil
    }
}
