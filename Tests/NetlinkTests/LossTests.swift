// What is lost or interrupted between the kernel and us, played by a channel that loses on command: no storm is needed.

import Glibc
import Linux
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Netlink

/// What a kernel might do after one request. The sequence number of each message is that of the request, plus what is said here.
private enum Answer: Sendable {
    /// One datagram with these messages.
    case datagram([Frame])
    /// ENOBUFS: the queue was full.
    case lost
    case fails(Errno)
}

/// One message: struct nlmsghdr, and a payload.
private struct Frame: Sendable {
    var type: UInt16
    var flags: UInt16 = 0
    var payload: [UInt8] = []
    /// To the number of the request.
    var offset: UInt32 = 0

    /// NLMSG_ERROR with a code, and the start of the request behind it (NLM_F_CAPPED).
    static func acknowledgement(_ code: Int32, offset: UInt32 = 0) -> Frame {
        let bytes = withUnsafeBytes(of: code) { Array($0) } + [UInt8](repeating: 0, count: 16)
        return Frame(type: NLMSG.error, flags: NLM.capped, payload: bytes, offset: offset)
    }

    /// NLMSG_DONE: the end of a dump.
    static func done(_ code: Int32 = 0) -> Frame {
        Frame(type: NLMSG.done, flags: NLM.multi, payload: withUnsafeBytes(of: code) { Array($0) })
    }

    /// RTM_NEWLINK, as far as these tests go: a number.
    static func object(_ number: UInt8, flags: UInt16 = 0) -> Frame {
        Frame(type: 16, flags: NLM.multi | flags, payload: [number, 0, 0, 0])
    }

    func bytes(sequence: UInt32) -> [UInt8] {
        let length = UInt32(16 + payload.count)
        var bytes = withUnsafeBytes(of: length) { Array($0) }
        bytes += withUnsafeBytes(of: type) { Array($0) } + withUnsafeBytes(of: flags) { Array($0) }
        bytes += withUnsafeBytes(of: sequence &+ offset) { Array($0) } + [0, 0, 0, 0] + payload
        return bytes + [UInt8](repeating: 0, count: (4 - payload.count % 4) % 4)
    }
}

/// Answers each request with the next of its scripts, then with nothing.
private final class ScriptedKernel: NetlinkChannel {
    private struct State {
        var scripts: [[Answer]]
        var queue: [Answer]
        var sequence: UInt32 = 0
        var requests = 0
        var waits = 0
    }
    private let state: Mutex<State>

    /// - Parameter before: what is in the queue already when the first request is sent.
    init(before: [Answer] = [], _ scripts: [[Answer]]) { state = Mutex(State(scripts: scripts, queue: before)) }

    var requests: Int { state.withLock { $0.requests } }
    /// How often somebody has waited for an answer that did not come.
    var waits: Int { state.withLock { $0.waits } }
    let descriptor: Int32 = -1

    func send(_ bytes: [UInt8]) throws(Errno) {
        state.withLock {
            $0.requests += 1
            $0.sequence = bytes[8..<12].reversed().reduce(0) { $0 << 8 | UInt32($1) }
            // Whoever sends has emptied the queue; else an old answer would be taken for a new one.
            #expect($0.queue.isEmpty)
            $0.queue = $0.scripts.isEmpty ? [] : $0.scripts.removeFirst()
        }
    }

    func receive(into buffer: inout [UInt8]) throws(Errno) -> Int {
        let (answer, sequence) = state.withLock { ($0.queue.isEmpty ? nil : $0.queue.removeFirst(), $0.sequence) }
        switch answer {
        case nil: throw .resourceTemporarilyUnavailable
        case .lost: throw .noBufferSpace
        case .fails(let errno): throw errno
        case .datagram(let frames):
            let bytes = frames.flatMap { $0.bytes(sequence: sequence) }
            let taken = min(bytes.count, buffer.count)
            buffer.replaceSubrange(..<taken, with: bytes[..<taken])
            return bytes.count
        }
    }

    func wait(until deadline: ContinuousClock.Instant) -> Bool {
        state.withLock {
            $0.waits += $0.queue.isEmpty ? 1 : 0
            return !$0.queue.isEmpty
        }
    }
}

@Suite("answers that are lost or interrupted")
struct LossTests {
    private let message = MessageWriter(type: 18)  // RTM_GETLINK

    private func dump(_ kernel: ScriptedKernel) throws(NetlinkError) -> [UInt8] {
        var socket = NetlinkSocket(kernel)
        return try socket.dump(message, operation: "RTM_GETLINK", object: "all links") { $0.payload.first }
    }

    private func request(_ kernel: ScriptedKernel) throws(NetlinkError) -> Int {
        var socket = NetlinkSocket(kernel)
        return try socket.request(message, operation: "RTM_NEWLINK", object: "d0").count
    }

    @Test(
        "a dump that was interrupted is made anew, and nothing of the first try counts",
        arguments: [
            // The kernel marks the messages that came after the change,
            [.datagram([.object(1), .object(2, flags: NLM.dumpInterrupted)]), .datagram([.done()])],
            // or the end,
            [.datagram([.object(1)]), .datagram([Frame(type: NLMSG.done, flags: NLM.dumpInterrupted)])],
            // or says so by an errno.
            [.datagram([.object(1), .object(2)]), .datagram([.done(-EINTR)])],
        ] as [[Answer]])
    private func interrupted(first: [Answer]) throws {
        let kernel = ScriptedKernel([first, [.datagram([.object(7)]), .datagram([.object(8), .done()])]])
        #expect(try dump(kernel) == [7, 8])
        #expect(kernel.requests == 2)
    }

    @Test("a dump that loses a part is made anew, whatever of it is still in the queue")
    func lostPart() throws {
        let kernel = ScriptedKernel([
            [.datagram([.object(1)]), .lost, .datagram([.object(3), .done()])],
            [.datagram([.object(7), .object(8), .done()])],
        ])
        #expect(try dump(kernel) == [7, 8])
        #expect(kernel.requests == 2)
    }

    @Test("a datagram that is longer than what there was room for is lost, and has room the next time")
    func longDatagram() throws {
        let long = Frame(type: 16, flags: NLM.multi, payload: [5] + [UInt8](repeating: 0, count: 70_000))
        let script: [Answer] = [.datagram([long]), .datagram([.done()])]
        let kernel = ScriptedKernel([script, script])
        #expect(try dump(kernel) == [5])
        #expect(kernel.requests == 2)
    }

    @Test("a dump that is interrupted each time is given up, and says why")
    func neverDone() throws {
        let script: [Answer] = [.datagram([.object(1, flags: NLM.dumpInterrupted), .done()])]
        let kernel = ScriptedKernel([[Answer]](repeating: script, count: 100))
        let error = #expect(throws: NetlinkError.self) { try dump(kernel) }
        #expect(error?.errno == .interrupted)
        #expect(error?.description.contains("the objects changed during each of 16 dumps") == true)
        #expect(kernel.requests == 16)
    }

    @Test("an empty dump is an empty answer, and an error in its midst is that error, once")
    func ends() throws {
        #expect(try dump(ScriptedKernel([[.datagram([.done()])]])) == [])
        let kernel = ScriptedKernel([[.datagram([.object(1)]), .datagram([.done(-EPERM)])]])
        let error = #expect(throws: NetlinkError.self) { try dump(kernel) }
        #expect(error?.description == "RTM_GETLINK all links: EPERM (operation not permitted)")
        #expect(kernel.requests == 1)
    }

    @Test("a dump whose end does not come is not waited for for ever")
    func noEnd() throws {
        let kernel = ScriptedKernel([[.datagram([.object(1)])]])
        let error = #expect(throws: NetlinkError.self) { try dump(kernel) }
        #expect(error?.errno == .timedOut && kernel.waits == 1)
    }

    @Test("where notifications were lost and the acknowledgement was not, the change is done")
    func acknowledged() throws {
        let kernel = ScriptedKernel([[.lost, .datagram([.acknowledgement(0)])]])
        #expect(try request(kernel) == 0)
        #expect(kernel.requests == 1)
    }

    @Test("a change whose acknowledgement was lost may have been made: it says so, and is not made again")
    func unacknowledged() throws {
        let kernel = ScriptedKernel([[.datagram([.object(1)]), .lost]])
        let error = #expect(throws: NetlinkError.self) { try request(kernel) }
        #expect(error?.errno == .noBufferSpace)
        #expect(error?.description.contains("the kernel may have done it all the same") == true)
        // What is lost does not come any more.
        #expect(kernel.requests == 1 && kernel.waits == 0)
        let silent = ScriptedKernel([[]])
        let late = #expect(throws: NetlinkError.self) { try request(silent) }
        #expect(late?.errno == .timedOut && silent.requests == 1 && silent.waits == 1)
        #expect(late?.description.contains("the kernel may have done it all the same") == true)
    }

    @Test("answers to what was asked before are nobody's: those in the queue, and those that come late")
    func stale() throws {
        let kernel = ScriptedKernel(
            before: [.datagram([.acknowledgement(-EEXIST)]), .lost],
            [[.datagram([.acknowledgement(-EBUSY, offset: .max)]), .datagram([.object(1), .acknowledgement(0)])]])
        #expect(try request(kernel) == 1)
        let dumped = ScriptedKernel([
            [.datagram([Frame(type: 16, payload: [9], offset: .max), .object(1)]), .datagram([.done()])]
        ])
        #expect(try dump(dumped) == [1])
    }

    @Test("a socket that fails is an error with the request's name, and not asked again")
    func failure() throws {
        let kernel = ScriptedKernel([[.datagram([.object(1)]), .fails(.connectionReset)]])
        let error = #expect(throws: NetlinkError.self) { try dump(kernel) }
        #expect(error?.description == "RTM_GETLINK all links: ECONNRESET (connection reset by peer)")
        #expect(kernel.requests == 1)
    }

    @Test("a batch says which message was refused; of an acknowledgement that was lost nobody can say it was done")
    func batch() throws {
        func batch(_ answers: [Answer]) throws(BatchError) {
            var socket = NetlinkSocket(ScriptedKernel([answers]))
            // Begin has the number of the request, the messages the next ones.
            try socket.batch([message, message, message], operation: "NFT_MSG_NEWRULE", object: "nat")
        }
        try batch([.datagram([.acknowledgement(0, offset: 3)])])
        try batch([.lost, .datagram([.acknowledgement(0, offset: 3)])])
        let refused = #expect(throws: BatchError.self) {
            try batch([.datagram([.acknowledgement(-EEXIST, offset: 2)])])
        }
        #expect(refused?.errors.map(\.index) == [1] && refused?.errors.first?.errno == .fileExists)
        let lost = #expect(throws: BatchError.self) { try batch([.lost]) }
        #expect(lost?.errors.map(\.errno) == [.noBufferSpace])
        let silent = #expect(throws: BatchError.self) { try batch([]) }
        #expect(silent?.errors.map(\.errno) == [.timedOut])
    }
}
