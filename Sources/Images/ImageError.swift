// The one error of this module: which operation, on what, what is wrong with it, and what to do next.

import Glibc
import KernelState
import Linux
import SystemPackage

/// Why an image could not be found, read, stored or removed.
package struct ImageError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// The text is no image reference.
        case invalidReference
        /// The store has no such image.
        case notFound
        /// What was given is no image, or a broken or hostile one.
        case archive
        /// One of `ImageLimits` is exceeded.
        case limit
        /// It may well be an image, in a form that podlab does not read.
        case unsupported
        /// Content has not the digest by which it is named.
        case digest
        /// The store itself is not as it should be.
        case damaged
        /// A system call failed; `errno` says how.
        case system
        case cancelled
    }

    package let kind: Kind
    /// A verb with its object left out: `import`, `unpack`, `open`.
    package let operation: String
    /// The file, entry, reference or digest that it was about.
    package let object: String
    package let errno: Errno?
    package let meaning: String
    package let hint: String?

    init(_ kind: Kind, _ operation: String, _ object: String, _ meaning: String, hint: String? = nil) {
        self.kind = kind
        self.operation = operation
        self.object = object.printable
        errno = nil
        self.meaning = meaning.printable
        self.hint = hint?.printable
    }

    init(_ operation: String, _ object: String, errno: Errno, hint: String? = nil) {
        kind = .system
        self.operation = operation
        self.object = object.printable
        self.errno = errno
        meaning = errno.named
        self.hint = hint ?? Self.hint(errno)
    }

    /// The errno of the system call that failed just now.
    static func last(_ operation: String, _ object: String) -> ImageError {
        ImageError(operation, object, errno: Errno(rawValue: Glibc.errno))
    }

    private static func hint(_ errno: Errno) -> String? {
        switch errno {
        case .noSpace, Errno(rawValue: EDQUOT):
            "the disk is full: podlab image remove REFERENCE frees what an image takes"
        default: nil
        }
    }

    /// `import busybox.tar: the archive ends in the middle of a file`, and the hint on a line of its own.
    package var description: String {
        "\(operation) \(object): \(meaning)" + (hint.map { "\n  \($0)" } ?? "")
    }
}
