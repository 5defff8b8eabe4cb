// Finding a path inside a root that someone else fills: the walk of chroot(2), without entering it.

import Glibc
import Linux
import SystemPackage

/// A directory that plays the root. Everything below is looked up relative to this descriptor.
package struct RootDirectory: ~Copyable, Sendable {
    let descriptor: Descriptor
    /// How it was named when it was opened, for messages.
    package let name: String
    package let identity: FileIdentity
    /// The root of a process, which others may have filled.
    package let isForeign: Bool

    /// Opens a directory; the path is our own and its symbolic links are followed. `/proc/PID/root` is allowed.
    package init(path: FilePath) throws(KernelStateError) {
        let opened = try Descriptor.open(path.string, flags: openPath | O_DIRECTORY)
        try self.init(opened, name: path.string, isForeign: false)
    }

    /// The root of a process; nil when the process is gone.
    package init?(of pid: ProcessID) throws(KernelStateError) {
        let name = "/proc/\(pid)/root"
        let raw = Glibc.open(name, openPath | O_DIRECTORY | O_CLOEXEC)
        if raw < 0, Errno.current.isGone { return nil }
        guard raw >= 0 else { throw .last("open", name) }
        try self.init(Descriptor(taking: raw), name: name, isForeign: true)
    }

    private init(
        _ descriptor: consuming Descriptor, name: String, isForeign: Bool
    ) throws(KernelStateError) {
        self.isForeign = isForeign
        let identity = descriptor.mounted(try Self.identity(descriptor.raw, name))
        self.name = name
        self.identity = identity
        self.descriptor = descriptor
    }

    private static func identity(_ raw: Int32, _ name: String) throws(KernelStateError) -> FileIdentity {
        switch RawStat.read(raw) {
        case .success(let facts): return facts.identity
        case .failure(let errno): throw KernelStateError(operation: "statx", object: name, errno: errno)
        }
    }
}

/// A symbolic link met on the way.
package struct FollowedLink: Hashable, Sendable, CustomStringConvertible {
    /// Where the link is, inside the root.
    package let path: FilePath
    /// Its text.
    package let target: FilePath
    /// The text names something outside the root when read from outside: it is absolute, or climbs above the root.
    package let pointsOutside: Bool
    package var description: String { "\(path) -> \(target)" }
}

/// Where a path leads inside a root.
struct ResolvedPath: ~Copyable {
    /// O_PATH descriptor of what was found; of a symbolic link only when the last one was not to be followed.
    let descriptor: Descriptor
    let facts: RawStat
    /// Inside the root, without symbolic links and dots.
    let path: FilePath
    let links: [FollowedLink]
}

/// A lookup that found nothing.
struct ResolutionFailure: Error {
    let errno: Errno
    let links: [FollowedLink]
}

/// Walks a path component by component inside a root, as the kernel would for a process that is rooted there: an
/// absolute symbolic link starts again at the root, `..` at the root stays there. Links on proc are refused with ELOOP,
/// because they may be magic (`/proc/PID/root`) and lead anywhere; 40 links are the limit. See path_resolution(7) and
/// `RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS` in openat2(2).
struct InRootResolver: ~Copyable {
    private static let mostLinks = 40
    /// Every step costs a system call; `a/../a/..` in 40 links must not cost for ever.
    private static let mostSteps = 20_000
    private static let dot = Array(".".utf8)
    private static let dotDot = Array("..".utf8)

    /// Names as bytes, because a name need not be UTF-8. The next one is the last.
    private var waiting: [[UInt8]]
    private var walked: [[UInt8]] = []
    private var links: [FollowedLink] = []
    private var current: Int32
    private var steps = 0
    private let root: Int32

    static func resolve(
        _ path: FilePath, in root: borrowing RootDirectory, followLast: Bool = true
    ) throws(ResolutionFailure) -> ResolvedPath {
        var walk = InRootResolver(path, root.descriptor.raw)
        return try walk.run(followLast: followLast)
    }

    private init(_ path: FilePath, _ root: Int32) {
        waiting = Self.names(path.bytes).reversed()
        self.root = root
        current = root
    }

    deinit { if current != root { close(current) } }

    private static func names(_ path: [UInt8]) -> [[UInt8]] { path.split(separator: UInt8(ascii: "/")).map(Array.init) }

    private mutating func run(followLast: Bool) throws(ResolutionFailure) -> ResolvedPath {
        while let name = waiting.popLast() {
            if name == Self.dot { continue }
            if name == Self.dotDot {
                try climb()
                continue
            }
            let next = try step(name)
            guard case .success(let facts) = RawStat.read(next.raw) else { throw failure(Errno.current) }
            if facts.isSymbolicLink {
                if waiting.isEmpty, !followLast { return finished(next, facts, walked + [name]) }
                try follow(next, facts, name)
            } else if facts.isDirectory {
                replaceCurrent(next.released())
                walked.append(name)
            } else if waiting.isEmpty {
                return finished(next, facts, walked + [name])
            } else {
                throw failure(.notDirectory)
            }
        }
        let raw = fcntl(current, F_DUPFD_CLOEXEC, 0)
        guard raw >= 0 else { throw failure(.current) }
        let found = Descriptor(taking: raw)
        guard case .success(let facts) = RawStat.read(found.raw) else { throw failure(.current) }
        return finished(found, facts, walked)
    }

    private func failure(_ errno: Errno) -> ResolutionFailure { ResolutionFailure(errno: errno, links: links) }

    private func path(_ names: [[UInt8]]) -> FilePath {
        FilePath(bytes: Array("/".utf8) + names.joined(separator: Array("/".utf8)))
    }

    private func finished(
        _ descriptor: consuming Descriptor, _ facts: RawStat, _ names: [[UInt8]]
    ) -> ResolvedPath {
        ResolvedPath(descriptor: descriptor, facts: facts, path: path(names), links: links)
    }

    private mutating func replaceCurrent(_ raw: Int32) {
        if current != root { close(current) }
        current = raw
    }

    private mutating func step(_ name: [UInt8]) throws(ResolutionFailure) -> Descriptor {
        steps += 1
        guard steps <= Self.mostSteps else { throw failure(.tooManySymbolicLinkLevels) }
        let characters = name.map { CChar(bitPattern: $0) } + [0]
        let raw = openat(current, characters, openPath | O_NOFOLLOW | O_CLOEXEC)
        guard raw >= 0 else { throw failure(.current) }
        return Descriptor(taking: raw)
    }

    /// `..` is never asked of the kernel: a folder moved out of the root meanwhile would lead outside. The folders that
    /// were walked are walked again from the root instead, each without following links.
    private mutating func climb() throws(ResolutionFailure) {
        if !walked.isEmpty { walked.removeLast() }
        while let next = waiting.last, next == Self.dotDot || next == Self.dot {
            if waiting.removeLast() == Self.dotDot, !walked.isEmpty { walked.removeLast() }
        }
        replaceCurrent(root)
        for index in walked.indices {
            let next = try step(walked[index])
            guard case .success(let facts) = RawStat.read(next.raw), facts.isDirectory else {
                throw failure(.notDirectory)
            }
            replaceCurrent(next.released())
        }
    }

    private mutating func follow(
        _ link: borrowing Descriptor, _ facts: RawStat, _ name: [UInt8]
    ) throws(ResolutionFailure) {
        guard links.count < Self.mostLinks else { throw failure(.tooManySymbolicLinkLevels) }
        guard case .success(let text) = linkText(link.raw, "") else { throw failure(.current) }
        // A link that someone made is as long as its text. Those that the kernel makes up are not: on proc they may be
        // magic; on sysfs they are plain, and all of them start by going up.
        guard facts.size == UInt64(text.count) || text.starts(with: "../".utf8) else {
            throw failure(.tooManySymbolicLinkLevels)
        }
        let names = Self.names(text)
        let isAbsolute = text.first == UInt8(ascii: "/")
        links.append(
            FollowedLink(
                path: path(walked + [name]), target: FilePath(bytes: text),
                pointsOutside: isAbsolute || climbsOut(names)))
        waiting += names.reversed()
        if isAbsolute {
            walked = []
            replaceCurrent(root)
        }
    }

    private func climbsOut(_ names: [[UInt8]]) -> Bool {
        var depth = walked.count
        for name in names where name != Self.dot {
            depth += name == Self.dotDot ? -1 : 1
            if depth < 0 { return true }
        }
        return false
    }
}
