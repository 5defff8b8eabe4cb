// A program's output, bounded in size and time.

import CIsolation
import Glibc
import Linux
import SystemPackage

/// What a program wrote, and how it ended.
package struct Output: Sendable, Equatable {
    package var status: ExitStatus
    package var standardOutput: [UInt8]
    package var standardError: [UInt8]
    /// More than the limit was written; the rest was read and thrown away.
    package var truncated: Bool

    package var text: String { String(decoding: standardOutput, as: UTF8.self) }
    package var errorText: String { String(decoding: standardError, as: UTF8.self) }
}

extension Plan {
    /// Runs the program with `/dev/null` as its input and keeps at most `limit` bytes of each output. When the time is
    /// over it is killed, and the error is `ETIMEDOUT`. What descendants of it write after its end is not waited for.
    package func output(
        limit: Int = 1 << 20, patience: Duration = .seconds(30), cgroup: Int32? = nil
    ) throws(IsolationError) -> Output {
        let deadline = ContinuousClock.now + patience
        let out = try Pipe()
        let err = try Pipe()
        let child: Child
        do {
            let streams = StandardStreams(
                input: .null, output: .descriptor(out.writeEnd), error: .descriptor(err.writeEnd))
            child = try start(StartOptions(streams: streams, cgroup: cgroup, patience: patience))
        }
        defer { child.close() }
        out.closeWriteEnd()
        err.closeWriteEnd()
        var collected = [Collected(pipe: out), Collected(pipe: err)]
        var status: ExitStatus?
        while true {
            var polled = collected.map { pollfd(fd: $0.open ? $0.pipe.readEnd : -1, events: Int16(POLLIN), revents: 0) }
            polled.append(pollfd(fd: status == nil ? child.pidfd : -1, events: Int16(POLLIN), revents: 0))
            let left = max(.zero, ContinuousClock.now.duration(to: deadline))
            // After its end only what is in the pipes already counts.
            let ready = poll(&polled, nfds_t(polled.count), Int32(clamping: status == nil ? left.milliseconds : 0))
            if ready < 0 && errno == EINTR { continue }
            if ready < 0 {
                throw IsolationError("read the output of process \(child.pid)", errno: Errno(rawValue: errno))
            }
            for index in collected.indices where polled[index].revents != 0 { collected[index].read(limit: limit) }
            // One that a tracer holds is at its end for good, and cannot be waited for yet.
            if polled[2].revents != 0 { status = try child.wait(for: .milliseconds(20)) }
            if let status, ready == 0 || !collected.contains(where: \.open) {
                return Output(
                    status: status, standardOutput: collected[0].bytes, standardError: collected[1].bytes,
                    truncated: collected[0].truncated || collected[1].truncated)
            }
            if ContinuousClock.now >= deadline {
                if let status {
                    return Output(
                        status: status, standardOutput: collected[0].bytes, standardError: collected[1].bytes,
                        truncated: true)
                }
                throw IsolationError(
                    "run \(steps.last?.summary ?? "the plan")", errno: .timedOut, hint: "it was ended after \(patience)"
                )
            }
        }
    }
}

private struct Collected {
    let pipe: Pipe
    var bytes: [UInt8] = []
    var open = true
    var truncated = false

    init(pipe: Pipe) { self.pipe = pipe }

    mutating func read(limit: Int) {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let length = Glibc.read(pipe.readEnd, &chunk, chunk.count)
        if length < 0 && (errno == EINTR || errno == EAGAIN) { return }
        if length <= 0 {
            open = false
            return
        }
        let room = max(0, limit - bytes.count)
        bytes.append(contentsOf: chunk[..<min(length, room)])
        truncated = truncated || length > room
    }
}

/// A pipe whose ends are closed with it.
private final class Pipe {
    let readEnd: Int32
    private(set) var writeEnd: Int32

    init() throws(IsolationError) {
        var ends: [Int32] = [-1, -1]
        let result = iso_pipe_keeping(&ends, 0)
        if result < 0 { throw IsolationError("make a pipe", errno: Errno(negated: result)) }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    func closeWriteEnd() {
        if writeEnd >= 0 { close(writeEnd) }
        writeEnd = -1
    }

    deinit {
        closeWriteEnd()
        close(readEnd)
    }
}
