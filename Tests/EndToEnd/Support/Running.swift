// Programs started by tests, with deadlines. posix_spawn and poll: nothing here waits for a task or a run loop.

import Foundation
import Glibc
import TestSupport

/// How a program ended and what it printed.
struct Finished: CustomStringConvertible {
    /// The exit code; 128 and the signal's number for one that a signal ended.
    var code: Int32
    var bytes: [UInt8]
    var error: String
    /// The largest memory that it had in use, in KiB.
    var memory: Int

    var output: String { String(decoding: bytes, as: UTF8.self) }
    var description: String { "exit code \(code)\n\(output.suffix(4000))\n\(error.suffix(2000))" }
}

struct TookTooLong: Error, CustomStringConvertible { var description: String }

/// A program that runs, with pipes at its standard streams.
final class Running {
    let pid: pid_t
    private var input: Int32
    private let output: Int32
    private let error: Int32
    private(set) var printed: [UInt8] = []
    private(set) var complaints: [UInt8] = []
    private var ended: (status: Int32, memory: Int)?

    init(_ command: [String], environment: [String: String], directory: String? = nil) throws {
        var ends = [[Int32]](repeating: [-1, -1], count: 3)
        // Socket pairs, because they are closed on exec from the first moment on: a test beside this one starts programs too.
        for index in ends.indices {
            _ = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends[index])
        }
        let command = directory.map { ["env", "--chdir=\($0)"] + command } ?? command
        let own = [ends[0][0], ends[1][1], ends[2][1]]
        (input, output, error) = (ends[0][1], ends[1][0], ends[2][0])
        do {
            pid = try spawn(command, environment: environment, leading: .ofGroup) { actions in
                for (index, end) in own.enumerated() {
                    posix_spawn_file_actions_adddup2(&actions, end, Int32(index))
                }
            }
        } catch let failure {
            for end in ends.joined() { close(end) }
            throw failure
        }
        for end in own { close(end) }
        _ = fcntl(input, F_SETFL, O_NONBLOCK)
    }

    deinit {
        if ended == nil {
            kill(-pid, SIGKILL)
            reap()
        }
        closeInput()
        close(output)
        close(error)
    }

    /// The text printed so far.
    var text: String { String(decoding: printed, as: UTF8.self) }

    func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    func send(_ signal: Int32) { kill(pid, signal) }

    func type(_ text: String) throws {
        try pump(seconds: 30, sending: Array(text.utf8)) { $0.isEmpty }
    }

    /// Waits until `text` has been printed.
    func expect(_ text: String, seconds: Double = Deadline.seconds) throws {
        try pump(seconds: seconds, sending: []) { _ in self.text.contains(text) }
    }

    /// Waits until `text` has been printed on standard error.
    func expectComplaint(_ text: String, seconds: Double = Deadline.seconds) throws {
        try pump(seconds: seconds, sending: []) { _ in String(decoding: self.complaints, as: UTF8.self).contains(text) }
    }

    /// Waits for the end.
    func wait(seconds: Double = Deadline.seconds, input: [UInt8] = []) throws -> Finished {
        var isOver = false
        try pump(seconds: seconds, sending: input, closing: true) { _ in
            isOver
        } atEnd: {
            isOver = true
        }
        reap()
        let status = ended?.status ?? 0
        let code = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
        return Finished(
            code: code, bytes: printed, error: String(decoding: complaints, as: UTF8.self), memory: ended?.memory ?? 0)
    }

    private func reap() {
        guard ended == nil else { return }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0, errno == EINTR {}
        ended = (status, usage.ru_maxrss)
    }

    /// Passes bytes on in both directions until `done`, asked after each event with what is left to send.
    private func pump(
        seconds: Double, sending: [UInt8], closing: Bool = false, done: ([UInt8]) -> Bool, atEnd: () -> Void = {}
    ) throws {
        var rest = sending
        var open: Set<Int32> = [output, error]
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !done(rest) {
            if closing, rest.isEmpty { closeInput() }
            if open.isEmpty {
                atEnd()
                if done(rest) { return }
                throw TookTooLong(description: "the program ended early:\n\(text.suffix(3000))")
            }
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else {
                kill(-pid, SIGKILL)
                throw TookTooLong(
                    description: "not done within \(seconds) s:\n\(text.suffix(3000))\n"
                        + String(decoding: complaints.suffix(1000), as: UTF8.self))
            }
            var polled = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            if !rest.isEmpty, input >= 0 { polled.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0)) }
            guard poll(&polled, nfds_t(polled.count), Int32(min(left, 1000))) > 0 else { continue }
            for entry in polled where entry.revents != 0 {
                if entry.fd == input {
                    let count = Glibc.write(input, rest, rest.count)
                    if count > 0 {
                        rest.removeFirst(count)
                    } else if errno != EAGAIN, errno != EINTR {
                        rest = []
                    }
                } else if !take(entry.fd) {
                    open.remove(entry.fd)
                }
            }
        }
    }

    private func take(_ descriptor: Int32) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &chunk, chunk.count)
        guard count > 0 else { return count < 0 && errno == EINTR }
        if descriptor == output { printed += chunk[..<count] } else { complaints += chunk[..<count] }
        return true
    }
}

/// Runs a program to its end.
func run(
    _ command: [String], input: String = "", environment: [String: String], directory: String? = nil,
    seconds: Double = Deadline.seconds
) throws -> Finished {
    try Running(command, environment: environment, directory: directory).wait(
        seconds: seconds, input: Array(input.utf8))
}

/// Asks again and again, ever less often, for something that has no event to wait for.
func eventually(seconds: Double = Deadline.seconds, _ holds: () throws -> Bool) rethrows -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var pause: Int32 = 1
    while true {
        if try holds() { return true }
        guard ContinuousClock.now < deadline else { return false }
        poll(nil, 0, pause)
        pause = min(50, pause * 2)
    }
}
