// What is in a folder.

import CLinux
import Glibc
import SystemPackage

/// A name in a folder. It need not be UTF-8.
package struct FolderEntry: Hashable, Sendable {
    package let name: [UInt8]
    /// `DT_*`: what the folder says of it, without a look at the thing itself; DT_UNKNOWN where it says nothing. See readdir(3).
    package let type: UInt8

    /// For people, and for names that podlab has given itself.
    package var text: String { String(decoding: name, as: UTF8.self) }
    package var isFolder: Bool { type == UInt8(DT_DIR) }
    /// As the kernel takes it.
    package var path: [CChar] { name.map { CChar(bitPattern: $0) } + [0] }
}

package enum FolderListing {
    /// The entries of a folder in the kernel's order, without `.` and `..`, a million at most. A last symbolic link is not followed.
    ///
    /// - Parameter folder: where a relative path begins.
    package static func entries(
        in path: String, below folder: Int32 = AT_FDCWD
    ) throws(SystemError) -> [FolderEntry] {
        var entries: [FolderEntry] = []
        try visit(path, below: folder) { entry in
            entries.append(entry)
            return entries.count < 1_000_000
        }
        return entries
    }

    /// The same of an open folder, whose position stays.
    package static func entries(in folder: borrowing Descriptor) throws(SystemError) -> [FolderEntry] {
        try entries(in: ".", below: folder.raw)
    }

    /// Entry by entry, until there are none or `body` has had enough.
    ///
    /// - Parameter body: false: enough.
    package static func visit(
        _ path: String, below folder: Int32 = AT_FDCWD, _ body: (FolderEntry) -> Bool
    ) throws(SystemError) {
        // A descriptor of its own, so that the stream begins at the beginning.
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK
        let opened = try Descriptor.open(path, below: folder, flags: flags)
        guard let stream = fdopendir(opened.raw) else { throw .last("list", path) }
        // The stream has it now.
        _ = opened.released()
        defer { closedir(stream) }
        while true {
            Glibc.errno = 0
            guard let entry = readdir(stream) else { break }
            // An entry is shorter than its type says: only the bytes up to its zero are there.
            let place = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 19
            let start = UnsafeRawPointer(entry).advanced(by: place)
            let length = strlen(start.assumingMemoryBound(to: CChar.self))
            let name = UnsafeRawBufferPointer(start: start, count: length)
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
            guard body(FolderEntry(name: Array(name), type: entry.pointee.d_type)) else { return }
        }
        // The end is told by no errno.
        guard Glibc.errno == 0 else { throw .last("list", path) }
    }
}
