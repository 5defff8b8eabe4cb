// SIGWINCH as something that poll(2) can wait for.
import Glibc

/// While it lives, SIGWINCH makes `descriptor` readable; `end` puts the handler that was there before back. One at a time.
final class ResizeSignal {
    enum Event: UInt8 {
        case nothing, resized
        /// The process was stopped and goes on: somebody else may have used the terminal meanwhile.
        case continued
    }

    /// The end of a socket pair that is read; the handler writes to the other.
    let descriptor: Int32
    private var previous = sigaction()

    init?() {
        var ends: [Int32] = [-1, -1]
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        guard socketpair(AF_UNIX, Int32(kind), 0, &ends) == 0 else { return nil }
        descriptor = ends[0]
        resizeDescriptor = ends[1]
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in wakeForResize(.resized) }
        action.sa_flags = SA_RESTART
        sigaction(SIGWINCH, &action, &previous)
    }

    /// Takes what happened since it was asked last.
    @discardableResult
    func drain() -> Event {
        var event = Event.nothing
        var bytes = [UInt8](repeating: 0, count: 64)
        while true {
            let count = read(descriptor, &bytes, bytes.count)
            guard count > 0 else { return event }
            if let newest = bytes.prefix(count).max(), newest > event.rawValue {
                event = Event(rawValue: newest) ?? event
            }
        }
    }

    func end() {
        sigaction(SIGWINCH, &previous, nil)
        close(resizeDescriptor)
        close(descriptor)
        resizeDescriptor = -1
    }
}

/// Called by handlers: does nothing but write(2), which signal-safety(7) allows, and leaves errno as it was.
func wakeForResize(_ event: ResizeSignal.Event) {
    guard resizeDescriptor >= 0, event != .nothing else { return }
    let saved = errno
    var byte = event.rawValue
    _ = write(resizeDescriptor, &byte, 1)
    errno = saved
}

/// Read by handlers, which have no context. Written while the handler is not installed.
nonisolated(unsafe) private var resizeDescriptor: Int32 = -1
