// The standard streams of a program inside, without a terminal: bytes in and out through pipes.

import CLinux
import Glibc
import SystemPackage

/// Nothing that runs inside has a descriptor that podlab has not made itself. Whoever is root there can take a descriptor of what runs
/// there and open the file anew, for writing too, because the owner of the person's files is often the user whom it is; and of a
/// terminal can read the keys, and type into it (TIOCSTI). So this process passes the bytes on.
package final class StreamRelay {
    private var input: [Int32] = [-1, -1]
    private var output: [Int32] = [-1, -1]
    private var error: [Int32] = [-1, -1]
    private let source: Int32?
    private var typed: ArraySlice<UInt8> = []

    /// - Parameter source: where its input comes from; nil: it has none.
    package init(source: Int32?) throws(TerminalError) {
        self.source = source
        input = try Self.pipe(keeping: 1)
        output = try Self.pipe(keeping: 0)
        error = try Self.pipe(keeping: 0)
        if source == nil { Self.close(&input[1]) }
    }

    deinit { close() }

    /// What the program is to have as its input, output and error.
    package var programStreams: [Int32] { [input[0], output[1], error[1]] }

    /// To be called when the program has them.
    package func closeProgramStreams() {
        Self.close(&input[0])
        Self.close(&output[1])
        Self.close(&error[1])
    }

    /// Lets go of the other ends too: a program that goes on writing gets SIGPIPE.
    package func close() {
        for index in 0...1 {
            Self.close(&input[index])
            Self.close(&output[index])
            Self.close(&error[index])
        }
    }

    /// Writes all bytes, however slow the reader is.
    /// - Returns: false when nobody takes them any more.
    package static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                // The person's own reader, and no playground ends later for it.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
                continue
            }
            guard count > 0 else {
                if descriptor == STDOUT_FILENO { StandardOutput.noteFailure(count < 0 ? errno : EIO) }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Relays until the program has ended and what it wrote is written.
    /// - Parameters:
    ///   - program: becomes readable when the program has ended.
    ///   - write: is given what it wrote, and to which stream; false: nobody takes it any more.
    package func run(until program: Int32, write: ([UInt8], Int32) -> Bool) throws(TerminalError) {
        var isOver = false
        var left = Self.lastBytes
        while true {
            var polled = [
                pollfd(fd: output[0], events: Int16(POLLIN), revents: 0),
                pollfd(fd: error[0], events: Int16(POLLIN), revents: 0),
                pollfd(fd: isOver ? -1 : program, events: Int16(POLLIN), revents: 0),
                pollfd(fd: typed.isEmpty && input[1] >= 0 ? source ?? -1 : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: input[1], events: Int16(typed.isEmpty ? 0 : POLLOUT), revents: 0),
            ]
            // After its end only what is in the pipes already counts: what it has left running may write for ever.
            let ready = poll(&polled, nfds_t(polled.count), isOver ? 0 : -1)
            if ready < 0 && errno == EINTR { continue }
            if ready < 0 { throw .system(operation: "wait for a program", errno: errno) }
            if polled[0].revents != 0, !relay(&output[0], to: STDOUT_FILENO, write) { return }
            if polled[1].revents != 0, !relay(&error[0], to: STDERR_FILENO, write) { return }
            if isOver { left -= Self.chunk }
            if left < 0 { return }
            if polled[2].revents != 0 { isOver = true }
            if polled[3].revents != 0 { take() }
            if polled[4].revents != 0 { give() }
            if isOver && polled[0].revents == 0 && polled[1].revents == 0 { return }
        }
    }

    private static let chunk = 64 << 10
    /// What pipes hold, generously: what comes after the end of the program is somebody else's, and may never stop.
    private static let lastBytes = 4 << 20

    private func relay(_ descriptor: inout Int32, to stream: Int32, _ write: ([UInt8], Int32) -> Bool) -> Bool {
        var chunk = [UInt8](repeating: 0, count: Self.chunk)
        let count = read(descriptor, &chunk, chunk.count)
        if count > 0 { return write(Array(chunk[..<count]), stream) }
        if count == 0 { Self.close(&descriptor) }
        return true
    }

    private func take() {
        guard let source else { return }
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(source, &chunk, chunk.count)
        if count > 0 {
            typed = chunk[..<count]
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
            Self.close(&input[1])
        }
    }

    private func give() {
        let count = typed.withUnsafeBytes { Glibc.write(input[1], $0.baseAddress, $0.count) }
        if count > 0 {
            typed = typed.dropFirst(count)
        } else if errno != EAGAIN && errno != EINTR {
            // The program reads no more.
            typed = []
            Self.close(&input[1])
        }
    }

    private static func pipe(keeping kept: Int32) throws(TerminalError) -> [Int32] {
        var ends: [Int32] = [-1, -1]
        let made = iso_pipe_keeping(&ends, kept)
        guard made >= 0 else { throw .system(operation: "make a pipe", errno: -made) }
        return ends
    }

    private static func close(_ descriptor: inout Int32) {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
