// What the kernel refused, and what it said.

import SystemPackage

/// A request that failed. It reads `RTM_NEWLINK veth0: EEXIST (File exists)`, with the kernel's own words behind it where
/// there are some.
package struct NetlinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The message or system call: `RTM_NEWLINK`, `setns`, `socket`.
    package var operation: String
    /// What it was about: a link, an address, a namespace's path.
    package var object: String
    package var errno: Errno
    /// The extended acknowledgement.
    package var message: String?
    /// The byte of the request that the kernel points at.
    package var offset: UInt32?
    /// Which message of a batch, counted from zero.
    package var index: Int?

    package init(
        operation: String, object: String, errno: Errno, message: String? = nil, offset: UInt32? = nil,
        index: Int? = nil
    ) {
        self.operation = operation
        self.object = object
        self.errno = errno
        self.message = message
        self.offset = offset
        self.index = index
    }

    init(_ answer: Acknowledgement, _ errno: Errno, operation: String, object: String, index: Int? = nil) {
        self.init(
            operation: operation, object: object, errno: errno,
            message: answer.message ?? answer.missingType.map { "attribute \($0) is missing" },
            offset: answer.offset, index: index)
    }

    package var description: String {
        var text = operation
        if !object.isEmpty { text += " " + object.withoutControlCharacters }
        text += ": \(ErrnoSymbol.of(errno)) (\(errno.description))"
        if let message { text += ": " + message.withoutControlCharacters }
        return text
    }
}

extension String {
    /// Names of links come from whoever made them, and end up on terminals.
    var withoutControlCharacters: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            text += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
    }
}

/// The names of errors that networking meets. See errno(3).
enum ErrnoSymbol {
    static func of(_ errno: Errno) -> String { table[errno.rawValue] ?? "errno \(errno.rawValue)" }

    private static let table: [Int32: String] = [
        1: "EPERM", 2: "ENOENT", 3: "ESRCH", 4: "EINTR", 5: "EIO", 6: "ENXIO", 9: "EBADF", 11: "EAGAIN", 12: "ENOMEM",
        13: "EACCES", 14: "EFAULT", 16: "EBUSY", 17: "EEXIST", 19: "ENODEV", 20: "ENOTDIR", 22: "EINVAL", 23: "ENFILE",
        24: "EMFILE", 25: "ENOTTY", 28: "ENOSPC", 33: "EDOM", 34: "ERANGE", 38: "ENOSYS", 40: "ELOOP", 71: "EPROTO",
        74: "EBADMSG", 75: "EOVERFLOW", 76: "ENOTUNIQ", 90: "EMSGSIZE", 92: "ENOPROTOOPT", 93: "EPROTONOSUPPORT",
        94: "ESOCKTNOSUPPORT", 95: "EOPNOTSUPP", 97: "EAFNOSUPPORT", 98: "EADDRINUSE", 99: "EADDRNOTAVAIL",
        100: "ENETDOWN", 101: "ENETUNREACH", 105: "ENOBUFS", 107: "ENOTCONN", 110: "ETIMEDOUT", 111: "ECONNREFUSED",
        113: "EHOSTUNREACH", 132: "ERFKILL",
    ]
}
