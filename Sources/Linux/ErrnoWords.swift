// What the kernel's error numbers are called.

import CLinux
import Glibc
import SystemPackage

extension Errno {
    /// The errno that libc holds for this thread: that of the call that failed just now.
    package static var current: Errno { Errno(rawValue: Glibc.errno) }

    /// From a result of podlab's C, which is -errno.
    package init(negated result: Int32) { self.init(rawValue: -result) }

    /// `EPERM`. See strerrorname_np(3).
    package var symbol: String {
        iso_errno_symbol(rawValue).map { String(cString: $0) } ?? "errno \(rawValue)"
    }

    /// `operation not permitted`: the words of the C locale, in lower case where the first of them is no name.
    package var words: String {
        guard let known = iso_errno_words(rawValue) else { return "unknown error" }
        let text = String(cString: known)
        guard let first = text.first, text.dropFirst().first?.isUppercase != true else { return text }
        return first.lowercased() + text.dropFirst()
    }

    /// `EPERM (operation not permitted)`: how podlab spells an errno wherever a person reads it.
    package var named: String { "\(symbol) (\(words))" }

    /// The process, thread or file went away between two looks at it.
    package var isGone: Bool { self == .noSuchFileOrDirectory || self == .noSuchProcess }
}

/// The same, of a number that libc has given.
package func errnoText(_ number: Int32) -> String { Errno(rawValue: number).named }
