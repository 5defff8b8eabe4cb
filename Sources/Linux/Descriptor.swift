// An open descriptor, and the ways to open one.

import CLinux
import Glibc
import SystemPackage

/// An open descriptor, closed when it goes out of scope: a leak does not compile.
package struct Descriptor: ~Copyable, Sendable {
    package let raw: Int32

    /// Takes `raw` over.
    package init(taking raw: Int32) { self.raw = raw }

    deinit { _ = Glibc.close(raw) }

    /// The number, for a caller that closes it itself.
    package consuming func released() -> Int32 {
        let number = raw
        discard self
        return number
    }

    /// Takes over what a call of podlab's C answers: a descriptor, or -errno.
    package init(result: Int32) throws(Errno) {
        guard result >= 0 else { throw Errno(negated: result) }
        self.init(taking: result)
    }

    /// The same, with what it was about.
    package init(
        result: Int32, _ operation: String, _ object: @autoclosure () -> String
    ) throws(SystemError) {
        guard result >= 0 else {
            throw SystemError(operation: operation, object: object(), errno: Errno(negated: result))
        }
        self.init(taking: result)
    }
}

/// Where opening in a root may not lead, besides out of it. See openat2(2).
package struct RootRules: OptionSet, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Over no symbolic link: ELOOP.
    package static let noLinks = RootRules(rawValue: UInt64(ISO_RESOLVE_NO_SYMLINKS))
    /// Onto no other mount: EXDEV.
    package static let oneMount = RootRules(rawValue: UInt64(ISO_RESOLVE_NO_XDEV))
}

extension Descriptor {
    /// open(2) of a path that is trusted, close-on-exec; EINTR is retried.
    ///
    /// - Parameters:
    ///   - folder: where a relative path begins.
    ///   - flags: `O_*`.
    ///   - mode: of a file that is made, less the umask.
    ///   - object: how the error names it, if not by its path.
    package static func open(
        _ path: String, below folder: Int32 = AT_FDCWD, flags: Int32, mode: mode_t = 0,
        object: @autoclosure () -> String? = nil
    ) throws(SystemError) -> Descriptor {
        try Descriptor(result: iso_openat(folder, path, flags, mode), "open", object() ?? path)
    }

    /// open(2) as a process would whose root `root` is: links, whatever they say, and `..` end inside. Magic links, which lead anywhere,
    /// are refused (ELOOP). See RESOLVE_IN_ROOT in openat2(2).
    package static func open(
        _ path: String, inRoot root: Int32, flags: Int32, rules: RootRules = [],
        object: @autoclosure () -> String? = nil
    ) throws(SystemError) -> Descriptor {
        let resolve = UInt64(ISO_RESOLVE_IN_ROOT | ISO_RESOLVE_NO_MAGICLINKS) | rules.rawValue
        let opened = iso_openat2(root, path, UInt64(UInt32(bitPattern: flags)), 0, resolve)
        return try Descriptor(result: opened, "open", object() ?? path)
    }

    /// The same in a root that is named: the path of the root itself is trusted.
    package static func open(
        _ path: String, inRoot root: String, flags: Int32, rules: RootRules = [],
        object: @autoclosure () -> String? = nil
    ) throws(SystemError) -> Descriptor {
        let folder = try open(root, flags: openPath | O_DIRECTORY)
        return try open(path, inRoot: folder.raw, flags: flags, rules: rules, object: object())
    }

    /// The root of a process, by the number that this process's /proc has for it. Whoever is in there may have filled it: go on from here
    /// with `inRoot`. ENOENT or ESRCH: the process has ended.
    package static func root(ofProcess pid: Int32) throws(SystemError) -> Descriptor {
        try open("/proc/\(pid)/root", flags: O_RDONLY | O_DIRECTORY)
    }

    /// A copy that is closed by itself, close-on-exec, and is no standard stream. See F_DUPFD_CLOEXEC in fcntl(2).
    package static func copy(of raw: Int32, object: @autoclosure () -> String? = nil) throws(SystemError) -> Descriptor
    {
        try Descriptor(result: iso_duplicate_above(raw, 3), "copy", object() ?? "descriptor \(raw)")
    }
}

/// O_PATH: a place in the tree, without opening what is there. glibc hides it from Swift.
package let openPath = Int32(ISO_OPEN_PATH)

/// A descriptor that several hold; closed with the last of them.
package final class SharedDescriptor: Sendable {
    package let descriptor: Descriptor
    package var raw: Int32 { descriptor.raw }

    package init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Takes over what a call of podlab's C answers: a descriptor, or -errno.
    package init(result: Int32) throws(Errno) { descriptor = try Descriptor(result: result) }
}
