// podlab's own folders, by the XDG Base Directory Specification.

import Glibc
import Linux
import SystemPackage
import Text

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where podlab keeps what: state (progress, history, journal), data (labs, course root), run-time sockets.
package struct XDGFolders: Sendable, Equatable {
    /// `$XDG_STATE_HOME/podlab`, else `~/.local/state/podlab`.
    package let state: FilePath
    /// `$XDG_DATA_HOME/podlab`, else `~/.local/share/podlab`.
    package let data: FilePath
    /// `$XDG_RUNTIME_DIR`, if set to an absolute path.
    private let runtimeBase: FilePath?
    private let temporary: FilePath
    private let user: UInt32
    /// Where this process is; nil: in the machine's first user namespace.
    private let nesting: UserNesting?

    /// Relative paths in the environment are ignored, as the specification asks.
    package init(
        environment: [String: String], user: UInt32 = geteuid(), temporary: FilePath = "/tmp",
        nesting: UserNesting? = .current
    ) throws(XDGError) {
        func folder(_ name: String) -> FilePath? {
            environment[name].map { FilePath($0) }.flatMap { $0.isAbsolute ? $0 : nil }
        }
        func base(_ name: String, _ fallback: String) throws(XDGError) -> FilePath {
            if let path = folder(name) { return path.appending("podlab") }
            guard let home = folder("HOME") else { throw .noHome }
            return home.appending(fallback).appending("podlab")
        }
        state = try base("XDG_STATE_HOME", ".local/state")
        data = try base("XDG_DATA_HOME", ".local/share")
        runtimeBase = folder("XDG_RUNTIME_DIR")
        self.temporary = temporary
        self.user = user
        self.nesting = nesting
    }

    /// The folder for sockets, made if need be: `$XDG_RUNTIME_DIR/podlab`, else `/tmp/podlab-UID`. It belongs to this
    /// user, is no link, and is closed to everyone else (0700); a folder that somebody else put there is refused, because
    /// /tmp is everybody's.
    ///
    /// In a user namespace (`unshare -r`, a container that shares /tmp) numbers are not what they are outside, and root is not the
    /// machine's root, whose `/tmp/podlab-0` may be there. UID is then the user's number outside; where that name is somebody else's all
    /// the same (in a namespace inside a namespace, say), the namespace is part of the name.
    package func makeRuntime() throws(XDGError) -> FilePath {
        if let base = runtimeBase, isOurs(base) {
            let path = base.appending("podlab")
            try makePrivate(path)
            return path
        }
        let path = temporary.appending("podlab-\(nesting?.outside(user) ?? user)")
        do throws(XDGError) {
            try makePrivate(path)
            return path
        } catch .foreign(let taken) {
            guard let nesting else { throw .foreign(taken) }
            let own = temporary.appending("podlab-\(user)-userns-\(nesting.inode)")
            try makePrivate(own)
            return own
        }
    }

    private func isOurs(_ path: FilePath) -> Bool {
        var status = stat()
        return path.withPlatformString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
            && status.st_uid == user
    }

    private func makePrivate(_ path: FilePath) throws(XDGError) {
        guard path.withPlatformString({ mkdir($0, 0o700) }) == 0 || errno == EEXIST else {
            throw .system(operation: "make the folder", path, Errno(rawValue: errno))
        }
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else {
            throw .system(operation: "look at", path, Errno(rawValue: errno))
        }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == user else { throw .foreign(path) }
        // The sticky bit of /tmp keeps others from replacing a folder of ours, so the path may be used again.
        guard status.st_mode & 0o077 == 0 || path.withPlatformString({ chmod($0, 0o700) }) == 0 else {
            throw .system(operation: "close to others", path, Errno(rawValue: errno))
        }
    }
}

package enum XDGError: Error, Sendable, Equatable, CustomStringConvertible {
    case noHome
    case foreign(FilePath)
    case system(operation: String, FilePath, Errno)

    package var description: String {
        switch self {
        case .noHome: "HOME is not set to an absolute path: set it, or XDG_STATE_HOME and XDG_DATA_HOME"
        case .foreign(let path):
            terminalSafe("\(path) is not a folder of yours: remove it, or set XDG_RUNTIME_DIR to a folder of your own")
        case .system(let operation, let path, let error):
            terminalSafe("cannot \(operation) \(path): \(error.named)")
        }
    }
}
