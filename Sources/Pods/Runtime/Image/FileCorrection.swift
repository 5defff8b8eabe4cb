// Owners and modes that the folders of an image's layers cannot hold: given in the overlay of each container, before it starts.

import CIsolation
import Glibc
import Isolation
import Linux
import SystemPackage

/// How a file of an image is to be, where its layers do not show it.
package struct FileCorrection: Sendable, Hashable {
    /// From the image's root, without a leading slash.
    package var path: [UInt8]
    /// nil: as it is.
    package var user: UInt32?
    package var group: UInt32?
    /// Permission bits.
    package var mode: UInt32?
    /// Seconds since 1970.
    package var modified: Int64?
    /// Another name of the same file, which is right already.
    package var link: [UInt8]?

    package init(
        path: [UInt8], user: UInt32? = nil, group: UInt32? = nil, mode: UInt32? = nil, modified: Int64? = nil,
        link: [UInt8]? = nil
    ) {
        self.path = path
        self.user = user
        self.group = group
        self.mode = mode
        self.modified = modified
        self.link = link
    }

    /// - Parameter root: the image's, opened.
    /// - Throws: a file that is not there, or is reached by a link, is none of the image's, and no error.
    func make(below root: Int32) throws(Errno) {
        if let link, try isLinked(to: link, below: root) { return }
        let raw = iso_openat2(
            root, path.map { CChar(bitPattern: $0) } + [0], UInt64(ISO_OPEN_PATH) | UInt64(O_NOFOLLOW), 0,
            UInt64(ISO_RESOLVE_BENEATH | ISO_RESOLVE_NO_SYMLINKS))
        if [-ENOENT, -ENOTDIR, -ELOOP].contains(raw) { return }
        let file = try Descriptor(result: raw)
        var facts = stat()
        guard fstat(file.raw, &facts) == 0 else { throw Errno(rawValue: errno) }
        // What is copied up is memory of the node: nothing is that is right already.
        if user ?? facts.st_uid != facts.st_uid || group ?? facts.st_gid != facts.st_gid {
            let nobody = UInt32.max
            guard fchownat(file.raw, "", user ?? nobody, group ?? nobody, Int32(ISO_AT_EMPTY_PATH)) == 0 else {
                throw Errno(rawValue: errno)
            }
        }
        // fchmodat(2) takes no descriptor of this kind, and a symbolic link has no mode.
        guard facts.st_mode & S_IFMT != S_IFLNK else { return }
        let name = "/proc/self/fd/\(file.raw)"
        if let mode, facts.st_mode & 0o7777 != mode {
            guard chmod(name, mode) == 0 else { throw Errno(rawValue: errno) }
        }
        if let modified, facts.st_mtim.tv_sec != Int(modified) {
            let time = timespec(tv_sec: Int(modified), tv_nsec: 0)
            guard utimensat(AT_FDCWD, name, [time, time], 0) == 0 else { throw Errno(rawValue: errno) }
        }
    }
}

extension FileCorrection {
    private func isLinked(to first: [UInt8], below root: Int32) throws(Errno) -> Bool {
        do throws(Errno) {
            return try NameInFolder(path, below: root).link(to: try NameInFolder(first, below: root))
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error) { return false }
            throw error
        }
    }
}

/// A name in a folder of an image.
///
/// Without an index, which overlayfs may have no room for in a user namespace, it copies a file up under the name by which it was
/// changed; its other names stay those of the lower layer's file. See the kernel's filesystems/overlayfs.rst, "Non-standard behavior".
private struct NameInFolder: ~Copyable {
    let folder: Descriptor
    let name: [CChar]

    /// - Throws: a folder on the way is not there, or is reached by a link.
    init(_ path: [UInt8], below root: Int32) throws(Errno) {
        let parts = path.split(separator: UInt8(ascii: "/"))
        let parent = Array(([[UInt8(ascii: ".")]] + parts.dropLast()).joined(separator: [UInt8(ascii: "/")]))
        let raw = iso_openat2(
            root, parent.map { CChar(bitPattern: $0) } + [0], UInt64(O_RDONLY | O_DIRECTORY), 0,
            UInt64(ISO_RESOLVE_BENEATH | ISO_RESOLVE_NO_SYMLINKS))
        folder = try Descriptor(result: raw)
        name = (parts.last.map { $0.map { CChar(bitPattern: $0) } } ?? []) + [0]
    }

    /// lstat(2); nil: nothing is there.
    var facts: stat? {
        var found = stat()
        return fstatat(folder.raw, name, &found, AT_SYMLINK_NOFOLLOW) == 0 ? found : nil
    }

    /// Becomes another name of a file, in the place of what it is now.
    /// - Returns: whether both are names of one file now. A file system may take no more of them for a file.
    func link(to first: borrowing NameInFolder) throws(Errno) -> Bool {
        guard let one = first.facts, let other = facts, one.st_mode & S_IFMT != S_IFDIR,
            one.st_mode & S_IFMT == other.st_mode & S_IFMT
        else { return false }
        // A copy may have the number of the file that it was made of; then the owners tell them apart.
        if one.st_dev == other.st_dev, one.st_ino == other.st_ino, one.st_uid == other.st_uid,
            one.st_gid == other.st_gid
        {
            return true
        }
        var before = stat()
        guard fstat(folder.raw, &before) == 0 else { throw Errno(rawValue: errno) }
        let passing = ".podlab-" + String(UInt64.random(in: .min ... .max), radix: 16)
        guard linkat(first.folder.raw, first.name, folder.raw, passing, 0) == 0 else { return false }
        guard renameat(folder.raw, passing, folder.raw, name) == 0 else {
            let failure = Errno(rawValue: errno)
            unlinkat(folder.raw, passing, 0)
            throw failure
        }
        // What is in the image's folder has not changed.
        guard futimens(folder.raw, [before.st_atim, before.st_mtim]) == 0 else { throw Errno(rawValue: errno) }
        return true
    }
}
