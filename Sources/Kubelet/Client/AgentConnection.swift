// A client of the agent: one request after another, each with its answer.

import CIsolation
import FoundationEssentials
import Glibc
import Pods
import SystemPackage

/// What comes from the other side may come from a playground: it is bounded, and what is printed of it goes through `terminalSafe`.
package final class AgentConnection {
    private let socket: FrameSocket

    /// Takes over a connected socket.
    package init(_ descriptor: Int32) { socket = FrameSocket(descriptor) }

    /// Becomes readable when the agent has something to say, or has hung up.
    package var descriptor: Int32 { socket.descriptor }

    /// An agent that answers, and what it answers.
    /// - Parameter connect: nil: there is none, and there are no pods.
    package static func answering(
        _ connect: () throws -> AgentConnection?
    ) throws -> (connection: AgentConnection, pods: [Pod])? {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            guard let connection = try connect() else { return nil }
            do { return (connection, try connection.pods()) } catch WireError.closed
                where ContinuousClock.now < deadline
            {
                // The socket of a process that is being killed takes callers until the kernel closes it.
                _ = poll(nil, 0, 5)
            }
        }
    }

    // MARK: Requests with one answer

    package func pods() throws -> [Pod] {
        guard case .pods(let pods) = try ask(.list) else { throw WireError.malformed("not a list") }
        return pods
    }

    package func apply(_ spec: PodSpec) throws -> (pod: Pod, outcome: ApplyOutcome, warnings: [String]) {
        guard case .applied(let pod, let outcome, let warnings) = try ask(.apply(spec)) else {
            throw WireError.malformed("not a pod")
        }
        return (pod, outcome, warnings)
    }

    package func delete(_ pod: Pod, grace: UInt32?) throws {
        guard case .done = try ask(.delete(uid: pod.uid, grace: grace)) else { throw WireError.malformed("not done") }
    }

    /// Until each of these has started or failed, or is gone.
    /// - Returns: those that are there; nil: the time is over.
    package func awaitStart(_ pods: [Pod], seconds: Double) throws -> [Pod]? {
        do {
            guard case .pods(let pods) = try ask(.awaitStart(uids: pods.map(\.uid)), seconds: seconds) else {
                throw WireError.malformed("not a list")
            }
            return pods
        } catch WireError.timedOut {
            return nil
        }
    }

    /// Until all of these are gone.
    /// - Returns: false: the time is over.
    package func awaitEnd(_ pods: [Pod], seconds: Double) throws -> Bool {
        do {
            guard case .done = try ask(.awaitEnd(uids: pods.map(\.uid)), seconds: seconds) else {
                throw WireError.malformed("not done")
            }
            return true
        } catch WireError.timedOut {
            return false
        }
    }

    /// Until there is no pod, however long that takes.
    package func awaitNone() throws {
        guard case .done = try ask(.awaitNone, seconds: nil) else { throw WireError.malformed("not done") }
    }

    // MARK: Logs

    /// - Parameter show: is given what the container wrote, piece by piece.
    package func logs(_ request: LogRequest, show: ([UInt8]) throws -> Void) throws {
        try send(.logs(request))
        while true {
            switch try receive(seconds: request.follow ? nil : 30, what: "a log") {
            case .data(let bytes): try show(bytes)
            case .message(let data):
                guard case .done = try reply(data) else { throw WireError.malformed("not the end of a log") }
                return
            case .descriptor(let passed):
                close(passed)
                throw WireError.malformed("a descriptor that nobody asked for")
            }
        }
    }

    // MARK: Exec

    /// Starts a program on three descriptors, which stay the caller's. What it ends with is told by `exitCode()`.
    package func execute(_ request: ExecRequest, streams: [Int32]) throws {
        try send(.exec(request))
        for stream in streams {
            let copy = iso_duplicate_above(stream, 3)
            guard copy >= 0 else { throw WireError.system("copy a descriptor", Errno(rawValue: -copy)) }
            socket.queue(descriptor: copy)
        }
        try flush()
        guard case .message(let data) = try receive(seconds: 60, what: "exec"), case .started = try reply(data) else {
            throw WireError.malformed("exec has not started")
        }
    }

    /// Starts a program on a terminal of the container.
    /// - Returns: the terminal's master, which is the caller's.
    package func executeOnTerminal(_ request: ExecRequest) throws -> Int32 {
        try send(.exec(request))
        guard case .message(let data) = try receive(seconds: 60, what: "exec"), case .started = try reply(data),
            case .descriptor(let master) = try receive(seconds: 60, what: "a terminal")
        else { throw WireError.malformed("exec has not started") }
        return master
    }

    /// What the program ended with.
    /// - Parameter seconds: nil: as long as it takes.
    package func exitCode(seconds: Double? = nil) throws -> Int32 {
        guard case .message(let data) = try receive(seconds: seconds, what: "the end of a program"),
            case .exited(let code) = try reply(data)
        else { throw WireError.malformed("not an exit code") }
        return code
    }

    // MARK: Frames

    /// - Parameter seconds: the agent starts containers between two requests, and a busy machine takes its time.
    package func ask(_ request: Request, seconds: Double? = 60) throws -> Reply {
        try send(request)
        guard case .message(let data) = try receive(seconds: seconds, what: "an answer") else {
            throw WireError.malformed("no answer")
        }
        return try reply(data)
    }

    package func send(_ request: Request) throws {
        try socket.queue(request)
        try flush()
    }

    /// - Throws: `Refusal` where that is the answer.
    private func reply(_ data: Data) throws -> Reply {
        let reply: Reply
        do { reply = try JSONDecoder().decode(Reply.self, from: data) } catch {
            throw WireError.malformed("an answer that this podlab does not know")
        }
        if case .refused(let refusal) = reply { throw refusal }
        return reply
    }

    private func flush() throws(WireError) {
        while socket.hasOutgoing {
            try socket.flush()
            guard socket.hasOutgoing else { return }
            guard iso_poll(descriptor, Int32(POLLOUT), 60_000) != 0 else { throw .timedOut("a request") }
        }
    }

    private func receive(seconds: Double?, what: String) throws(WireError) -> Frame {
        let deadline = seconds.map { ContinuousClock.now + .milliseconds(Int64($0 * 1000)) }
        while true {
            if let frame = try socket.receive() { return frame }
            let left = deadline.map { max(0, Int64(ContinuousClock.now.duration(to: $0) / .milliseconds(1))) } ?? -1
            guard iso_poll(descriptor, Int32(POLLIN), left) != 0 else { throw .timedOut(what) }
        }
    }
}
