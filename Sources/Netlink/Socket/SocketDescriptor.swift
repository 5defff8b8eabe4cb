// A descriptor that closes itself.

import Glibc

/// An open descriptor, closed when it goes out of scope: a leak does not compile.
package struct SocketDescriptor: ~Copyable, Sendable {
    package let raw: Int32

    /// Takes over `raw`.
    package init(_ raw: Int32) { self.raw = raw }

    deinit { _ = Glibc.close(raw) }

    /// The number, for a caller that closes it itself.
    package consuming func released() -> Int32 {
        let number = raw
        discard self
        return number
    }
}
