// What a container writes, on the person's standard output or error.

import Glibc
import Terminals
import Text

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
        guard isTerminal else { return StreamRelay.write(bytes, to: descriptor) }
        var all = held + bytes
        held = []
        // A character of UTF-8 has at most four bytes, of which all but the first begin with 10.
        if let start = all.suffix(3).lastIndex(where: { $0 >= 0xC0 }), all.count - start < Self.length(all[start]) {
            held = Array(all[start...])
            all.removeSubrange(start...)
        }
        let safe = terminalSafe(String(decoding: all, as: UTF8.self), keepingNewlines: true)
        return StreamRelay.write(Array(safe.utf8), to: descriptor)
    }

    private static func length(_ first: UInt8) -> Int { first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2 }
}
