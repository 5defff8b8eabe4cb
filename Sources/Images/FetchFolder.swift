// Where an archive is put that is fetched from elsewhere: in the store, whose disk has room for images, and gone with the fetching.

import CLinux
import Glibc
import SystemPackage

/// A folder of its own in the store, removed when this goes. That of a killed podlab is removed by the next change of the store: the
/// lock on it, see flock(2), ends with its process.
package final class FetchFolder {
    static let prefix = ".fetch."
    package let path: FilePath
    private let folder: OpenFile

    package init(in store: ImageStore) throws(ImageError) {
        try StoreChange.makeFolders(store.path)
        var template = Array(store.path.appending("\(Self.prefix)XXXXXX").string.utf8CString)
        let made: String? = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { throw .last("mkdtemp", store.path.string) }
        path = FilePath(made)
        folder = try OpenFile.folder(path)
        guard flock(folder.raw, LOCK_EX | LOCK_NB) == 0 else { throw .last("lock", made) }
    }

    deinit { try? removeTree(path) }

    /// Removes one of a killed podlab; one in use is left alone.
    static func removeIfDead(_ name: [UInt8], in store: OpenFile) throws(ImageError) {
        let raw = iso_openat(store.raw, cPath(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
        guard raw >= 0 else { return }
        let folder = try OpenFile(raw, name: String(decoding: name, as: UTF8.self))
        guard flock(folder.raw, LOCK_EX | LOCK_NB) == 0 else { return }
        try removeTree(name, in: store.raw)
    }
}
