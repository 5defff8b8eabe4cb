// SIGWINCH as something that poll(2) can wait for.
import Glibc

/// While it lives, SIGWINCH makes `descriptor` readable; `end` puts the handler that was there before back. One at a time.
final class ResizeSignal {
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
        // The handler does nothing but write(2), which signal-safety(7) allows, and leaves errno as it was.
        action.__sigaction_handler.sa_handler = { _ in
            let saved = errno
            var byte: UInt8 = 0
            _ = write(resizeDescriptor, &byte, 1)
            errno = saved
        }
        action.sa_flags = SA_RESTART
        sigaction(SIGWINCH, &action, &previous)
    }

    func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }

    func end() {
        sigaction(SIGWINCH, &previous, nil)
        close(resizeDescriptor)
        close(descriptor)
        resizeDescriptor = -1
    }
}

/// Read by the handler, which has no context. Written while the handler is not installed.
nonisolated(unsafe) private var resizeDescriptor: Int32 = -1
