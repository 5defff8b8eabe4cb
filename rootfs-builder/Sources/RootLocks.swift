// Two builders do not collide, and a root that somebody uses is not removed under their feet. See flock(2).

import Glibc
import Linux

/// Held as long as it lives: one build at a time for one root.
struct BuildLock: ~Copyable {
    private let file: Descriptor

    init(_ path: String, waiting: () throws(RootBuildError) -> Void) throws(RootBuildError) {
        let file = try FileOperations.open(path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o644)
        // A build takes an hour at most.
        let deadline = ContinuousClock.now + .seconds(2 * 3600)
        while flock(file.raw, LOCK_EX | LOCK_NB) != 0 {
            if ContinuousClock.now > deadline { errno = ETIMEDOUT }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw FileOperations.failure("lock", path) }
            try waiting()
            poll(nil, 0, 50)
        }
        self.file = file
    }
}

/// A root in use. As long as this lives no build removes that root: a newer one is put beside it.
package struct RootLease: ~Copyable, Sendable {
    /// The root's real folder, without symbolic links. It stays the same while a build replaces the root.
    package let path: String
    private let file: Descriptor

    /// Nil when there is no root at `path`.
    package init?(root path: String) {
        for _ in 0..<100 {
            guard let real = FileOperations.realPath(path) else { return nil }
            guard let file = Self.lockable(real) else { continue }
            // Between the look and the lock a build may have replaced it.
            if flock(file.raw, LOCK_SH | LOCK_NB) == 0, FileOperations.realPath(path) == real {
                self.path = real
                self.file = file
                return
            }
        }
        return nil
    }

    /// What stands for a root: the manifest beside it, which is a plain file. A folder is held only where a root has none; whoever got
    /// hold of its descriptor could go on from there.
    private static func lockable(_ root: String) -> Descriptor? {
        let manifest = root.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/manifest.json"
        if let file = try? Descriptor.open(manifest, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK) { return file }
        return try? Descriptor.open(root, flags: O_RDONLY | O_DIRECTORY)
    }

    /// Removes a folder that holds `root` unless somebody has a lease on it.
    static func removeUnlessLeased(_ folder: String) {
        guard let file = lockable(folder + "/root") else { return FileOperations.removeTree(folder) }
        if flock(file.raw, LOCK_EX | LOCK_NB) == 0 { FileOperations.removeTree(folder) }
    }
}
