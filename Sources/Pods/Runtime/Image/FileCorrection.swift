// Owners and modes that the folders of an image's layers cannot hold: given in the overlay of each container, before it starts.

import CIsolation
import Glibc
import Isolation
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

    package init(path: [UInt8], user: UInt32? = nil, group: UInt32? = nil, mode: UInt32? = nil, modified: Int64? = nil)
    {
        self.path = path
        self.user = user
        self.group = group
        self.mode = mode
        self.modified = modified
    }

    /// - Parameter root: the image's, opened.
    /// - Throws: a file that is not there, or is reached by a link, is none of the image's, and no error.
    func make(below root: Int32) throws(Errno) {
        let raw = iso_openat2(
            root, path.map { CChar(bitPattern: $0) } + [0], UInt64(ISO_OPEN_PATH) | UInt64(O_NOFOLLOW), 0,
            UInt64(ISO_RESOLVE_BENEATH | ISO_RESOLVE_NO_SYMLINKS))
        if [-ENOENT, -ENOTDIR, -ELOOP].contains(raw) { return }
        guard raw >= 0 else { throw Errno(rawValue: -raw) }
        defer { close(raw) }
        var facts = stat()
        guard fstat(raw, &facts) == 0 else { throw Errno(rawValue: errno) }
        // What is copied up is memory of the node: nothing is that is right already.
        if user ?? facts.st_uid != facts.st_uid || group ?? facts.st_gid != facts.st_gid {
            let nobody = UInt32.max
            guard fchownat(raw, "", user ?? nobody, group ?? nobody, Int32(ISO_AT_EMPTY_PATH)) == 0 else {
                throw Errno(rawValue: errno)
            }
        }
        // fchmodat(2) takes no descriptor of this kind, and a symbolic link has no mode.
        guard facts.st_mode & S_IFMT != S_IFLNK else { return }
        let name = "/proc/self/fd/\(raw)"
        if let mode, facts.st_mode & 0o7777 != mode {
            guard chmod(name, mode) == 0 else { throw Errno(rawValue: errno) }
        }
        if let modified, facts.st_mtim.tv_sec != Int(modified) {
            let time = timespec(tv_sec: Int(modified), tv_nsec: 0)
            guard utimensat(AT_FDCWD, name, [time, time], 0) == 0 else { throw Errno(rawValue: errno) }
        }
    }
}
