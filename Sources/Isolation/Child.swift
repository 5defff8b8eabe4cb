// A child by its pidfd: waiting and signalling that cannot hit another process.

import CIsolation
import Glibc
import Synchronization
import SystemPackage

/// How a program ended.
package enum ExitStatus: Sendable, Equatable, CustomStringConvertible {
    case exited(Int32)
    case signaled(Int32)

    package var isSuccess: Bool { self == .exited(0) }

    package var description: String {
        switch self {
        case .exited(let code): "exited with \(code)"
        case .signaled(let signal): "ended by signal \(signal)"
        }
    }
}

/// A process that is not a child of this one: by its number here and by a pidfd, which belongs to the `Child` that guards it.
package struct GuardedProcess: Sendable, Equatable {
    package let pid: Int32
    package let pidfd: Int32
}

/// A started program. Whoever lets go of it without having waited ends it: `close()`, or the last reference going
/// away, kills and reaps, so that neither process nor zombie is left.
package final class Child: Sendable {
    /// The process's number in the pid namespace of the starting process.
    package let pid: Int32
    /// Readable when the process has ended. Owned by the child; valid until `close()`.
    package let pidfd: Int32
    /// Of a plan with `.guarded`: PID 1 of the inner pid namespace, whose parent is this child.
    package let guarded: GuardedProcess?

    private struct State {
        var listener: Int32?
        var status: ExitStatus?
        var closed = false
    }
    private let state: Mutex<State>

    init(pid: Int32, pidfd: Int32, guarded: GuardedProcess?, listener: Int32?) {
        self.pid = pid
        self.pidfd = pidfd
        self.guarded = guarded
        state = Mutex(State(listener: listener))
    }

    deinit { close() }

    /// The seccomp listener of `.witnessSignals`. From now on the caller owns it and closes it; nil the second time.
    package func takeListener() -> Int32? {
        state.withLock { state in
            defer { state.listener = nil }
            return state.listener
        }
    }

    /// Waits until the program has ended.
    package func wait() throws(IsolationError) -> ExitStatus {
        while true {
            if let status = try wait(for: .seconds(3600)) { return status }
        }
    }

    /// Waits at most that long; nil: it still runs. Zero asks without waiting.
    package func wait(for patience: Duration) throws(IsolationError) -> ExitStatus? {
        if let known = state.withLock({ $0.status }) { return known }
        let events = iso_poll(pidfd, Int32(POLLIN), patience.milliseconds)
        if events < 0 { throw IsolationError("wait for process \(pid)", errno: Errno(negated: events)) }
        if events == 0 { return nil }
        let result: (status: ExitStatus?, failure: Int32) = state.withLock { state in
            if state.status == nil && !state.closed {
                var how = iso_exit()
                let result = iso_wait_pidfd(pidfd, 1, &how)
                if result < 0 { return (nil, result) }
                if result == 1 { state.status = how.signaled == 1 ? .signaled(how.status) : .exited(how.status) }
            }
            return (state.status, 0)
        }
        if result.failure < 0 {
            throw IsolationError(
                "wait for process \(pid)", errno: Errno(negated: result.failure),
                hint:
                    "somebody else has reaped it: SIGCHLD is ignored, or another part of the program waits for any child"
            )
        }
        return result.status
    }

    /// Waits until a point in time; nil: it still runs.
    package func wait(deadline: ContinuousClock.Instant) throws(IsolationError) -> ExitStatus? {
        try wait(for: max(.zero, ContinuousClock.now.duration(to: deadline)))
    }

    /// pidfd_send_signal(2). A process that has ended is no error.
    package func signal(_ number: Int32) throws(IsolationError) {
        let failure: Int32 = state.withLock { state in
            state.status != nil || state.closed ? 0 : iso_pidfd_send_signal(pidfd, number)
        }
        if failure < 0 && failure != -ESRCH {
            throw IsolationError("send signal \(number) to process \(pid)", errno: Errno(negated: failure))
        }
    }

    /// Kills the process if it still runs, reaps it and closes the descriptors. The second time it does nothing.
    /// - Parameter patience: how long its end may take; one that has not ended by then is left to whoever inherits the children of
    ///   this process. Nil: as long as it takes.
    package func close(patience: Duration? = nil) {
        state.withLock { state in
            guard !state.closed else { return }
            state.closed = true
            if state.status == nil {
                iso_pidfd_send_signal(pidfd, SIGKILL)
                var how = iso_exit()
                let isOver = patience.map { iso_poll(pidfd, Int32(POLLIN), $0.milliseconds) > 0 } ?? true
                guard isOver else {
                    release(&state)
                    return
                }
                if iso_wait_pidfd(pidfd, 0, &how) == 1 {
                    state.status = how.signaled == 1 ? .signaled(how.status) : .exited(how.status)
                }
            }
            release(&state)
        }
    }

    private func release(_ state: inout State) {
        Glibc.close(pidfd)
        if let guarded { Glibc.close(guarded.pidfd) }
        if let listener = state.listener { Glibc.close(listener) }
        state.listener = nil
    }
}

extension Duration {
    /// Rounded up, so that a wait is never shorter than asked for.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        if overflow { return seconds < 0 ? 0 : Int64.max / 2_000_000 }
        return min(max(0, whole + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000), Int64.max / 2_000_000)
    }
}
