// Layers in use: they stay, even when their image is removed.

import CLinux
import Glibc
import SystemPackage

/// As long as this lives, no change of the store takes a layer away. See flock(2).
package final class StoreUse: Sendable {
    private let file: OpenFile

    private init(_ file: OpenFile) { self.file = file }

    /// - Throws: `.system` with ETIMEDOUT when somebody takes layers away for longer than ten seconds, which takes milliseconds.
    package init(of store: ImageStore) throws(ImageError) {
        file = try Self.open(store)
        let deadline = ContinuousClock.now + .seconds(10)
        while flock(file.raw, LOCK_SH | LOCK_NB) != 0 {
            if ContinuousClock.now > deadline { errno = ETIMEDOUT }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .last("lock", file.name) }
            poll(nil, 0, 5)
        }
    }

    /// Nil for the store of somebody else, who alone may lock it and changes it with open eyes.
    package static func begin(_ store: ImageStore) throws(ImageError) -> StoreUse? {
        do throws(ImageError) { return try StoreUse(of: store) } catch {
            guard let errno = error.errno, [.permissionDenied, .notPermitted, .readOnlyFileSystem].contains(errno)
            else {
                throw error
            }
            return nil
        }
    }

    /// Keeps others from beginning to use the store; nil: somebody uses it.
    static func alone(_ store: ImageStore) throws(ImageError) -> StoreUse? {
        let file = try open(store)
        return flock(file.raw, LOCK_EX | LOCK_NB) == 0 ? StoreUse(file) : nil
    }

    private static func open(_ store: ImageStore) throws(ImageError) -> OpenFile {
        let path = store.usersLock
        let raw = iso_openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
        return try OpenFile(raw, name: path)
    }
}
