// When processes end, to the moment.

import CIsolation
import Glibc
import KernelState
import Linux
import Playgrounds
import Synchronization
import Terminals

/// Waits for the ends of processes on a thread of its own that does nothing else: a look at a playground takes a while, on a slow machine a long one,
/// and afterwards nobody could tell when in that while somebody ended. See pidfd_open(2).
///
/// Each process costs it one event, so whoever bounds how many are followed bounds this thread.
final class EndClock: Sendable {
    private struct State {
        /// Who is followed, until the end.
        var pidfds: [ProcessIdentity: SharedDescriptor] = [:]
        /// Nanoseconds of CLOCK_BOOTTIME, no more than it takes a thread to wake after the end.
        var ends: [ProcessIdentity: UInt64] = [:]
        var isOver = false
    }

    private final class Book: Sendable {
        let state = Mutex(State())
    }

    private let book: Book
    private let thread: ServiceThread

    /// So many are followed at once.
    private static let limit = 256

    /// - Parameter onEnd: called by the thread after each end.
    /// - Throws: `TerminalError.system` when no thread or descriptor can be had.
    init(onEnd: @escaping @Sendable () -> Void) throws(TerminalError) {
        let book = Book()
        self.book = book
        thread = try ServiceThread("the clock of ends") { reader in
            Self.serve(until: reader, book, onEnd)
            book.state.withLock { state in
                state.pidfds = [:]
                state.isOver = true
            }
        }
    }

    func stop() { thread.stop() }

    /// When it ended; nil: it lives, or is not followed.
    func end(of process: ProcessIdentity) -> UInt64? { book.state.withLock { $0.ends[process] } }

    /// Somebody has ended who is followed.
    var hasEnds: Bool { book.state.withLock { !$0.ends.isEmpty } }

    /// Follows these from now on, and forgets the others and their ends.
    func follow(_ processes: Set<ProcessIdentity>) {
        book.state.withLock { state in
            guard !state.isOver else { return }
            state.pidfds = state.pidfds.filter { processes.contains($0.key) }
            state.ends = state.ends.filter { processes.contains($0.key) }
            for process in processes
            where state.pidfds[process] == nil && state.ends[process] == nil && state.pidfds.count < Self.limit {
                guard let pidfd = try? SharedDescriptor(result: iso_pidfd_open(process.pid.rawValue)),
                    // Only now is it certain that the number is still that process's.
                    ProcessState.read(process.pid, fields: [])?.identity == process
                else { continue }
                state.pidfds[process] = pidfd
            }
        }
        thread.wake()
    }

    private static func serve(until stop: Int32, _ book: Book, _ onEnd: () -> Void) {
        while true {
            let followed = book.state.withLock { Array($0.pidfds) }
            var events = ([stop] + followed.map(\.value.raw)).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let ready = poll(&events, nfds_t(events.count), -1)
            let now = bootTime()
            if ready < 0, errno != EINTR { return }
            if events[0].revents != 0, !ServiceThread.takeWakes(from: stop) { return }
            let ended = zip(followed, events.dropFirst()).filter { Int32($0.1.revents) & POLLIN != 0 }.map(\.0)
            guard !ended.isEmpty else { continue }
            book.state.withLock { state in
                // One that is not followed any more, or anew, has no end here.
                for (process, pidfd) in ended where state.pidfds[process] === pidfd {
                    state.pidfds[process] = nil
                    state.ends[process] = now
                }
            }
            onEnd()
        }
    }
}
