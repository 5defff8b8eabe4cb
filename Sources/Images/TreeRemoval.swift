// Removing what an archive has made: links are not followed, folders that forbid it are opened up, and nothing recurses without bound.

import CIsolation
import Glibc
import SystemPackage

enum TreeRemoval {
    /// Removes `name` in an open folder with all below it. What is not there is no failure.
    static func remove(_ folder: Int32, _ name: [UInt8]) throws(ImageError) {
        let path = cPath(name)
        if unlinkat(folder, path, 0) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM || errno == EACCES else { throw .last("remove", describe(name)) }
        // AT_REMOVEDIR
        if unlinkat(folder, path, 0x200) == 0 || errno == ENOENT { return }
        guard errno == ENOTEMPTY || errno == EEXIST else { throw .last("remove", describe(name)) }
        let inner = try openFolder(folder, name)
        for entry in try names(in: inner) { try remove(inner.raw, entry) }
        guard unlinkat(folder, path, 0x200) == 0 || errno == ENOENT else { throw .last("remove", describe(name)) }
    }

    static func remove(_ path: FilePath) throws(ImageError) { try remove(AT_FDCWD, Array(path.string.utf8)) }

    private static func openFolder(_ folder: Int32, _ name: [UInt8]) throws(ImageError) -> OpenFile {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        var raw = iso_openat(folder, cPath(name), flags, 0)
        if raw == -EACCES, let facts = entryFacts(folder, name), facts.format == S_IFDIR {
            // Ours, because whoever reads this made it; a link in its place would be refused by the second open.
            fchmodat(folder, cPath(name), 0o700, 0)
            raw = iso_openat(folder, cPath(name), flags, 0)
        }
        guard raw >= 0 else { throw ImageError("open", describe(name), errno: Errno(rawValue: -raw)) }
        let opened = OpenFile(raw, name: describe(name))
        // Names can be taken out of a folder only by who may write it.
        fchmod(raw, 0o700)
        return opened
    }

    /// The names in an open folder.
    static func names(in folder: OpenFile) throws(ImageError) -> [[UInt8]] {
        let copy = iso_duplicate_above(folder.raw, 0)
        guard copy >= 0, let stream = fdopendir(copy) else {
            let failure = ImageError.last("read folder", folder.name)
            if copy >= 0 { close(copy) }
            throw failure
        }
        defer { closedir(stream) }
        rewinddir(stream)
        var names: [[UInt8]] = []
        while let entry = readdir(stream) {
            let place = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 19
            let start = UnsafeRawPointer(entry).advanced(by: place).assumingMemoryBound(to: CChar.self)
            let name = Array(UnsafeRawBufferPointer(start: start, count: strlen(start)))
            if name != [UInt8(ascii: ".")], name != Array("..".utf8) { names.append(name) }
        }
        return names
    }

    private static func describe(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }
}
