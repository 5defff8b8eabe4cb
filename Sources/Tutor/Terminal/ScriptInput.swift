// Lines from standard input where it is no terminal: `printf 'start 1\ncheck\nquit\n' | podlab`.
import Glibc
import Linux
import Terminals

/// Reads lines from a file or pipe, bounded. Reads ahead: nobody else may read from the same descriptor.
package final class ScriptInput {
    /// One line, without its end.
    package struct Line: Equatable, Sendable {
        package var text: String
        /// From 1.
        package var number: Int
        /// It held bytes that are not UTF-8; each became U+FFFD.
        package var wasRepaired: Bool
    }

    package enum Problem: Error, Equatable, CustomStringConvertible {
        /// The rest of the line is skipped; reading can go on.
        case lineTooLong(number: Int)
        case unreadable(SystemError)

        package var description: String {
            switch self {
            case .lineTooLong(let number):
                "line \(number) of standard input is longer than \(ScriptInput.longestLine) bytes; it was skipped"
            case .unreadable(let error): "\(error)"
            }
        }
    }

    /// Bytes, without the end of the line.
    package static let longestLine = 65_536

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    private var number = 0

    package init(descriptor: Int32 = STDIN_FILENO) { self.descriptor = descriptor }

    /// The next line, or `nil` at the end. A last line without a newline counts. LF and CRLF end lines.
    package func next() throws(Problem) -> Line? {
        var searched = start
        var isTooLong = false
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return try line(buffer[start..<end], isTooLong: isTooLong)
            }
            searched = buffer.count
            // One more than the longest, for the CR of a CRLF.
            if buffer.count - start > Self.longestLine + 1 {
                isTooLong = true
                start = buffer.count
            }
            if isAtEnd {
                guard start < buffer.count || isTooLong else { return nil }
                defer { start = buffer.count }
                return try line(buffer[start...], isTooLong: isTooLong)
            }
            buffer.removeSubrange(..<start)
            searched -= start
            start = 0
            try fill()
        }
    }

    private func line(_ bytes: ArraySlice<UInt8>, isTooLong: Bool) throws(Problem) -> Line {
        number += 1
        let bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
        if isTooLong || bytes.count > Self.longestLine { throw .lineTooLong(number: number) }
        if let text = String(validating: bytes, as: UTF8.self) {
            return Line(text: text, number: number, wasRepaired: false)
        }
        return Line(text: String(decoding: bytes, as: UTF8.self), number: number, wasRepaired: true)
    }

    private func fill() throws(Problem) {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count > 0 {
                buffer += chunk.prefix(count)
                return
            }
            if count == 0 {
                isAtEnd = true
                return
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: _ = waitFor([pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)])
            default: throw .unreadable(.last("read", "standard input"))
            }
        }
    }
}
