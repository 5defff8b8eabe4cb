// What went wrong when the kernel was asked.

import Linux

/// A failed reading: the system call or the parsing step, the path, descriptor or field that it was about, and the errno.
///
/// A process that is gone and a link that this user may not follow are not errors: the readings that can meet them
/// answer `nil`. See errno(3).
package typealias KernelStateError = SystemError

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
