// Frames: whole, cut, damaged, and with descriptors.

import CIsolation
import Foundation
import Glibc
import Pods
import Testing

@testable import Kubelet

/// Two ends of a stream.
func socketPair() throws -> (FrameSocket, FrameSocket) {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    return (FrameSocket(ends[0]), FrameSocket(ends[1]))
}

@Suite struct FrameTests {
    @Test("messages, bytes and descriptors arrive in order")
    func order() throws {
        let (one, other) = try socketPair()
        var pipe: [Int32] = [-1, -1]
        try #require(iso_pipe(&pipe) >= 0)
        defer { close(pipe[0]) }
        try one.queue(Request.list)
        one.queue(data: [1, 2, 3])
        one.queue(descriptor: pipe[1])
        one.queue(data: [])
        try one.flush()
        #expect(!one.hasOutgoing && one.backlog == 0)
        guard case .message(let data) = try other.receive() else { return #expect(Bool(false), "no message") }
        #expect(try JSONDecoder().decode(Request.self, from: data) == .list)
        #expect(try other.receive() == .data([1, 2, 3]))
        guard case .descriptor(let passed) = try other.receive() else { return #expect(Bool(false), "no descriptor") }
        #expect(try other.receive() == .data([]))
        #expect(try other.receive() == nil)
        // It is the pipe, and the sender has closed its own.
        #expect(write(passed, "x", 1) == 1)
        close(passed)
        var byte: [UInt8] = [0, 0]
        #expect(read(pipe[0], &byte, 2) == 1)
        #expect(read(pipe[0], &byte, 2) == 0)
    }

    @Test("a frame may come in pieces")
    func pieces() throws {
        let (one, other) = try socketPair()
        let bytes: [UInt8] = [0, 0, 0, 2, UInt8(ascii: "D"), 7, 8]
        for byte in bytes.dropLast() {
            #expect(iso_send(one.descriptor, [byte], 1, -1) == 1)
            #expect(try other.receive() == nil)
        }
        #expect(iso_send(one.descriptor, [8], 1, -1) == 1)
        #expect(try other.receive() == .data([7, 8]))
    }

    @Test("a reader that is slow holds up nobody, and gets all of it")
    func slow() throws {
        let (one, other) = try socketPair()
        let big = [UInt8](repeating: 7, count: 3 << 20)
        one.queue(data: big)
        try one.flush()
        #expect(one.backlog > 0)
        var received: Frame?
        while received == nil {
            received = try other.receive()
            try one.flush()
        }
        #expect(received == .data(big))
    }

    @Test(
        "what is no frame is refused",
        arguments: [
            [0xFF, 0xFF, 0xFF, 0xFF, UInt8(ascii: "J")], [0, 0, 0, 0, UInt8(ascii: "F")],
            [0, 0, 0, 1, UInt8(ascii: "?"), 0],
        ] as [[UInt8]])
    func malformed(bytes: [UInt8]) throws {
        let (one, other) = try socketPair()
        #expect(iso_send(one.descriptor, bytes, bytes.count, -1) == Int32(bytes.count))
        #expect(throws: WireError.self) { try other.receive() }
    }

    @Test("an end is an end, and not an empty frame")
    func end() throws {
        var (one, other): (FrameSocket?, FrameSocket) = try socketPair()
        one?.queue(data: [1])
        try one?.flush()
        one = nil
        #expect(try other.receive() == .data([1]))
        #expect(throws: WireError.closed) { try other.receive() }
    }
}
