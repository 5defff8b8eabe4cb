// Two builders do not collide, and a root that somebody uses is not removed under their feet. See flock(2).

import Glibc

/// Held as long as it lives: one build at a time for one root.
struct BuildLock: ~Copyable {
    private let raw: Int32

    init(_ path: String, waiting: () throws(RootBuildError) -> Void) throws(RootBuildError) {
        let raw = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard raw >= 0 else { throw FileOperations.failure("open", path) }
        // A build takes an hour at most.
        let deadline = ContinuousClock.now + .seconds(2 * 3600)
        while flock(raw, LOCK_EX | LOCK_NB) != 0 {
            if ContinuousClock.now > deadline { errno = ETIMEDOUT }
            guard errno == EWOULDBLOCK || errno == EINTR else {
                let failure = FileOperations.failure("lock", path)
                close(raw)
                throw failure
            }
            do { try waiting() } catch {
                close(raw)
                throw error
            }
            poll(nil, 0, 50)
        }
        self.raw = raw
    }

    deinit { close(raw) }
}

/// A root in use. As long as this lives no build removes that root: a newer one is put beside it.
package struct RootLease: ~Copyable, Sendable {
    /// The root's real folder, without symbolic links. It stays the same while a build replaces the root.
    package let path: String
    private let raw: Int32

    /// Nil when there is no root at `path`.
    package init?(root path: String) {
        for _ in 0..<100 {
            guard let real = FileOperations.realPath(path) else { return nil }
            let raw = Self.lockable(real)
            if raw < 0 { continue }
            // Between the look and the lock a build may have replaced it.
            if flock(raw, LOCK_SH | LOCK_NB) == 0, FileOperations.realPath(path) == real {
                self.path = real
                self.raw = raw
                return
            }
            close(raw)
        }
        return nil
    }

    deinit { close(raw) }

    /// What stands for a root: the manifest beside it, which is a plain file. A folder is held only where a root has none; whoever got
    /// hold of its descriptor could go on from there.
    private static func lockable(_ root: String) -> Int32 {
        let manifest = root.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/manifest.json"
        let raw = open(manifest, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        return raw >= 0 ? raw : open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    /// Removes a folder that holds `root` unless somebody has a lease on it.
    static func removeUnlessLeased(_ folder: String) {
        let raw = lockable(folder + "/root")
        if raw < 0 {
            FileOperations.removeTree(folder)
            return
        }
        defer { close(raw) }
        if flock(raw, LOCK_EX | LOCK_NB) == 0 { FileOperations.removeTree(folder) }
    }
}
