// Frames on a stream socket: their length, what they are, and their bytes.

import CIsolation
import FoundationEssentials
import Glibc
import Linux
import SystemPackage

/// A frame is four bytes with the length of what it carries (big-endian), one byte that says what that is, and that many bytes.
package enum Frame: Equatable, Sendable {
    /// `J`: a request or a reply in JSON.
    case message(Data)
    /// `D`: bytes of a log.
    case data([UInt8])
    /// `F`: empty, with a descriptor (SCM_RIGHTS) on its first byte. Whoever takes the frame owns it.
    case descriptor(Int32)
}

package enum WireError: Error, Sendable, Equatable, CustomStringConvertible {
    case system(String, Errno)
    /// The other side does not speak as agreed.
    case malformed(String)
    /// The other side has hung up.
    case closed
    case timedOut(String)
    /// A lock that somebody else does not let go of.
    case busy(String)

    package var description: String {
        switch self {
        case .system(let operation, let errno): "\(operation): \(errno.named)"
        case .malformed(let what): "the other side of podlab's socket does not speak its protocol: \(what)"
        case .closed: "podlab's agent has hung up"
        case .timedOut(let what): "podlab's agent has not answered in time: \(what)"
        case .busy(let what): "lock \(what)"
        }
    }
}

/// Both directions of one connection. Nothing here waits: who uses it polls the socket.
package final class FrameSocket {
    /// What one frame may carry, and how much may be waiting to be sent before a client counts as gone.
    package static let limit = 16 << 20
    private static let headerLength = 5
    private static let descriptorLimit = 3

    private let socket: Descriptor
    package var descriptor: Int32 { socket.raw }
    private var received: [UInt8] = []
    private var descriptors: [Int32] = []
    private var outgoing: [Outgoing] = []
    /// Bytes that wait to be sent.
    package private(set) var backlog = 0

    private enum Outgoing {
        case bytes(ArraySlice<UInt8>)
        case descriptor(Int32)
    }

    /// Takes over a connected stream socket, which becomes non-blocking.
    package init(_ descriptor: Int32) {
        socket = Descriptor(taking: descriptor)
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
        for case .descriptor(let waiting) in outgoing { close(waiting) }
    }

    // MARK: Receiving

    /// The next frame that is whole; nil: more must arrive first.
    /// - Throws: `WireError.closed` at the end.
    package func receive() throws(WireError) -> Frame? {
        while true {
            if let frame = try take() { return frame }
            // No more than this frame's: whoever polls the socket then knows whether another one has come.
            let length = received.count < Self.headerLength ? 0 : Self.length(received)
            var chunk = [UInt8](repeating: 0, count: min(Self.headerLength + length - received.count, 64 << 10))
            var passed: Int32 = -1
            let count = iso_receive(descriptor, &chunk, chunk.count, &passed)
            if passed >= 0 {
                if descriptors.count < Self.descriptorLimit { descriptors.append(passed) } else { close(passed) }
            }
            if count == -EAGAIN { return nil }
            if count == 0 || count == -ECONNRESET { throw .closed }
            if count < 0 { throw .system("read from podlab's socket", Errno(rawValue: -count)) }
            received += chunk[..<Int(count)]
        }
    }

    private func take() throws(WireError) -> Frame? {
        guard received.count >= Self.headerLength else { return nil }
        let length = Self.length(received)
        guard length <= Self.limit else { throw .malformed("a frame of \(length) bytes") }
        let end = Self.headerLength + length
        guard received.count >= end else { return nil }
        let kind = received[4]
        let body = received[Self.headerLength..<end]
        defer { received.removeFirst(end) }
        switch kind {
        case UInt8(ascii: "J"): return .message(Data(body))
        case UInt8(ascii: "D"): return .data(Array(body))
        case UInt8(ascii: "F"):
            guard length == 0, !descriptors.isEmpty else { throw .malformed("a descriptor is missing") }
            return .descriptor(descriptors.removeFirst())
        default: throw .malformed("a frame of kind \(kind)")
        }
    }

    private static func length(_ header: [UInt8]) -> Int { header[..<4].reduce(0) { $0 << 8 | Int($1) } }

    // MARK: Sending

    package func queue(_ value: some Encodable) throws {
        queue(kind: UInt8(ascii: "J"), Array(try JSONEncoder().encode(value)))
    }

    package func queue(data: [UInt8]) { queue(kind: UInt8(ascii: "D"), data) }

    /// Takes the descriptor over, and closes it when it is sent.
    package func queue(descriptor: Int32) { outgoing.append(.descriptor(descriptor)) }

    private func queue(kind: UInt8, _ body: [UInt8]) {
        let length = UInt32(body.count)
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + [kind] + body
        backlog += bytes.count
        outgoing.append(.bytes(bytes[...]))
    }

    package var hasOutgoing: Bool { !outgoing.isEmpty }

    /// Sends what the socket takes.
    package func flush() throws(WireError) {
        while let next = outgoing.first {
            switch next {
            case .descriptor(let passed):
                let header: [UInt8] = [0, 0, 0, 0, UInt8(ascii: "F")]
                let count = iso_send(descriptor, header, header.count, passed)
                if count == -EAGAIN { return }
                outgoing.removeFirst()
                close(passed)
                // A buffer that takes one byte takes five.
                guard count == header.count else { throw failure(count) }
            case .bytes(let bytes):
                let count = bytes.withUnsafeBytes { iso_send(descriptor, $0.baseAddress, $0.count, -1) }
                if count == -EAGAIN { return }
                guard count > 0 else { throw failure(count) }
                backlog -= Int(count)
                if Int(count) == bytes.count {
                    outgoing.removeFirst()
                } else {
                    outgoing[0] = .bytes(bytes.dropFirst(Int(count)))
                }
            }
        }
    }

    private func failure(_ result: Int32) -> WireError {
        result == -EPIPE || result == -ECONNRESET || result >= 0
            ? .closed : .system("write to podlab's socket", Errno(rawValue: -result))
    }
}
