// What a container writes, on the person's standard output or error.

import Foundation
import Glibc
import StrictYAML

/// Onto a terminal nothing goes that could steer it; into a file or a pipe goes every byte as it is.
package final class ContainerOutput {
    private let descriptor: Int32
    private let isTerminal: Bool
    /// The beginning of a character of which the rest is still to come.
    private var held: [UInt8] = []

    package init(_ descriptor: Int32) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
    }

    /// - Returns: false when nobody takes it any more.
    package func write(_ bytes: [UInt8]) -> Bool {
        guard isTerminal else { return put(bytes) }
        var all = held + bytes
        held = []
        // A character of UTF-8 has at most four bytes, of which all but the first begin with 10.
        if let start = all.suffix(3).lastIndex(where: { $0 >= 0xC0 }), all.count - start < Self.length(all[start]) {
            held = Array(all[start...])
            all.removeSubrange(start...)
        }
        return put(Array(terminalSafe(String(decoding: all, as: UTF8.self), keepingNewlines: true).utf8))
    }

    private static func length(_ first: UInt8) -> Int { first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2 }

    private func put(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
                continue
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
