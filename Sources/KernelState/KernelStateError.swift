// What went wrong when the kernel was asked: the operation, the object and the errno.

import Glibc
import SystemPackage

/// A failed reading. It reads `read /proc/1/mountinfo: EACCES (Permission denied)`.
///
/// A process that is gone and a link that this user may not follow are not errors: the readings that can meet them
/// answer `nil`. See errno(3).
package struct KernelStateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system call or the parsing step, as a verb: `open`, `read`, `parse`.
    package let operation: String
    /// The path, descriptor or field that it was about.
    package let object: String
    package let errno: Errno

    package init(operation: String, object: String, errno: Errno) {
        self.operation = operation
        self.object = object
        self.errno = errno
    }

    /// The errno of the system call that failed just now.
    static func last(_ operation: String, _ object: String) -> KernelStateError {
        KernelStateError(operation: operation, object: object, errno: Errno.current)
    }

    package var description: String {
        "\(operation) \(object.printable): \(errno.name) (\(errno.description))"
    }
}

extension Errno {
    /// The errno that glibc holds for this thread.
    static var current: Errno { Errno(rawValue: Glibc.errno) }

    /// The constant's name, such as `EPERM`, for those that reading the kernel's state meets.
    package var name: String { ErrnoNames.table[rawValue] ?? "errno \(rawValue)" }

    /// The process, thread or file went away between two looks at it.
    var isGone: Bool { self == .noSuchFileOrDirectory || self == .noSuchProcess }
}

extension String {
    /// The text with control characters shown as `\u{…}`: what comes from a playground may hold terminal escapes.
    package var printable: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            text += scalar.isControl ? scalar.escaped(asASCII: true) : String(scalar)
        }
    }
}

extension Unicode.Scalar {
    /// C0, DEL and C1.
    fileprivate var isControl: Bool { value < 0x20 || (0x7f...0x9f).contains(value) }
}

/// See errno(3).
private enum ErrnoNames {
    static let table: [Int32: String] = [
        EPERM: "EPERM", ENOENT: "ENOENT", ESRCH: "ESRCH", EINTR: "EINTR", EIO: "EIO", ENXIO: "ENXIO",
        ENOEXEC: "ENOEXEC", EBADF: "EBADF", EAGAIN: "EAGAIN", ENOMEM: "ENOMEM", EACCES: "EACCES", EFAULT: "EFAULT",
        EBUSY: "EBUSY", EEXIST: "EEXIST", EXDEV: "EXDEV", ENODEV: "ENODEV", ENOTDIR: "ENOTDIR", EISDIR: "EISDIR",
        EINVAL: "EINVAL", ENFILE: "ENFILE", EMFILE: "EMFILE", ENOTTY: "ENOTTY", EFBIG: "EFBIG", ENOSPC: "ENOSPC",
        EROFS: "EROFS", EPIPE: "EPIPE", ERANGE: "ERANGE", ENAMETOOLONG: "ENAMETOOLONG", ENOSYS: "ENOSYS",
        ENOTEMPTY: "ENOTEMPTY", ELOOP: "ELOOP", EOVERFLOW: "EOVERFLOW", EOPNOTSUPP: "EOPNOTSUPP", ESTALE: "ESTALE",
        EDQUOT: "EDQUOT",
    ]
}
