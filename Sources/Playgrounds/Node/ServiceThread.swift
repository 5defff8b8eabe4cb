// A thread that serves until it is told to stop, or has nothing left to serve.

import CIsolation
import Glibc
import Isolation
import Synchronization
import Terminals

/// A thread of podlab's own. It waits for what it serves, and for its end of a socket: a byte there wakes it, and the end of that file is its own.
package final class ServiceThread: Sendable {
    /// What the thread is given.
    private final class Service: Sendable {
        let reader: Int32
        let serve: @Sendable (Int32) -> Void
        /// It has returned: its clock is gone.
        let isOver = Mutex(false)

        init(reader: Int32, serve: @escaping @Sendable (Int32) -> Void) {
            self.reader = reader
            self.serve = serve
        }

        func run() {
            serve(reader)
            isOver.withLock { $0 = true }
            // Whoever waits for the end waits for this.
            close(reader)
        }
    }

    private let name: String
    private let service: Service
    private let thread: pthread_t
    /// -1: it has been stopped.
    private let writer: Mutex<Int32>

    /// Starts it.
    /// - Parameters:
    ///   - name: what it is, for people: `the watch over the steps of a session`.
    ///   - serve: what it does, with the end of the socket that is its own, which is closed when it returns.
    /// - Throws: `TerminalError.system` when no thread or socket can be had.
    package init(_ name: String, serve: @escaping @Sendable (_ reader: Int32) -> Void) throws(TerminalError) {
        var ends: [Int32] = [-1, -1]
        let made = iso_socket_pair(&ends)
        guard made >= 0 else { throw .system(operation: "make a socket pair for \(name)", errno: -made) }
        let service = Service(reader: ends[0], serve: serve)
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(service)
        let failure = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Service>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, argument.toOpaque())
        guard failure == 0 else {
            argument.release()
            close(ends[0])
            close(ends[1])
            throw .system(operation: "start \(name)", errno: failure)
        }
        self.name = name
        self.service = service
        self.thread = thread
        writer = Mutex(ends[1])
    }

    /// Whether it has ended by itself, or has been stopped.
    package var isOver: Bool { service.isOver.withLock { $0 } }

    /// Processor time that it has used, in nanoseconds; nil when it has ended.
    package var used: UInt64? {
        service.isOver.withLock { isOver in
            var clock = clockid_t()
            guard !isOver, pthread_getcpuclockid(thread, &clock) == 0 else { return nil }
            return ProcessorBudget.time(of: clock)
        }
    }

    /// Sends it a byte.
    package func wake() {
        // Under the lock the descriptor is not somebody else's.
        writer.withLock { writer in
            var byte: UInt8 = 0
            // A full buffer wakes as well.
            if writer >= 0 { _ = send(writer, &byte, 1, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) }
        }
    }

    /// Takes the bytes that have woken it. False: it is told to end.
    package static func takeWakes(from reader: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = recv(reader, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR))
    }

    /// Ends the thread and waits for it, a few seconds at most. The second time it does nothing.
    package func stop() {
        let writer = writer.withLock { writer in
            defer { writer = -1 }
            return writer
        }
        guard writer >= 0 else { return }
        shutdown(writer, Int32(SHUT_WR))
        // Its end hangs up: then nothing is left that it could wait for.
        if iso_poll(writer, 0, 5000) & Int32(POLLHUP) != 0 {
            pthread_join(thread, nil)
        } else {
            pthread_detach(thread)
            Unended.note("\(name) has not ended within 5 s")
        }
        close(writer)
    }
}
