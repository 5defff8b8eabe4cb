// A thread that does one thing.

import Glibc
import SystemPackage

/// A thread with room for deep recursion. Whoever starts it waits for it, or lets it go.
package struct WorkThread: ~Copyable, Sendable {
    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let thread: pthread_t

    /// Bytes. What glibc gives depends on RLIMIT_STACK; a pattern matched by backtracking may go deep.
    private static let stack = 8 << 20

    /// Starts it.
    package init(_ run: @escaping @Sendable () -> Void) throws(Errno) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stack)
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Work(run))
        let failure = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, argument.toOpaque())
        guard failure == 0 else {
            argument.release()
            throw Errno(rawValue: failure)
        }
        self.thread = thread
    }

    /// Waits until it is done, however long that takes.
    package consuming func join() { pthread_join(thread, nil) }

    /// Nobody waits for it: it ends when it is done, or with this process.
    package consuming func detach() { pthread_detach(thread) }
}
