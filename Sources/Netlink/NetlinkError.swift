// What the kernel refused, and what it said.

import Linux
import SystemPackage
import Text

/// A request that failed. It reads `RTM_NEWLINK veth0: EEXIST (file exists)`, with the kernel's own words behind it where
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
        let system = SystemError(operation: operation, object: object, errno: errno).description
        return message.map { "\(system): \(terminalSafe($0))" } ?? system
    }
}
