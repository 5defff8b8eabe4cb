// A child by its pidfd: waiting and signalling that cannot hit another process.

import CIsolation
import Glibc
import Linux
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

/// A started program. Whoever drops it without having waited ends it: `close()`, or the last reference going
/// away, kills and reaps, so that neither process nor zombie is left. Only `letGo()` leaves it to itself.
package final class Child: Sendable {
    /// The process's number in the pid namespace of the starting process.
    package let pid: Int32
    /// Readable when the process has ended. Owned by the child; valid until `close()`.
    package let pidfd: Int32
    /// Of a plan with `.guarded`: PID 1 of the inner pid namespace, whose parent is this child.
    package let guarded: GuardedProcess?
    /// What `.readHostname` has found.
    package let said: String?
    /// What `.leaveOrphans` has left behind.
    package let orphans: Orphans

    private struct State {
        var listener: Int32?
        var status: ExitStatus?
        var closed = false
    }
    private let state: Mutex<State>

    init(
        pid: Int32, pidfd: Int32, guarded: GuardedProcess?, said: String?, orphans: Orphans, listener: Int32?
    ) {
        self.pid = pid
        self.pidfd = pidfd
        self.guarded = guarded
        self.said = said
        self.orphans = orphans
        state = Mutex(State(listener: listener))
        Strays.know(pid)
    }

    deinit { close() }

    /// The seccomp listener of `.witnessSignals`. From now on the caller owns it and closes it; nil the second time.
    package func takeListener() -> Int32? {
        state.withLock { state in
            defer { state.listener = nil }
            return state.listener
        }
    }

    /// How long the end of a killed process may take before it is given up.
    package static let patience = Duration.seconds(5)

    /// Whether it has ended, waited for or not.
    package var hasEnded: Bool {
        state.withLock { $0.status != nil || ($0.closed ? true : iso_poll(pidfd, Int32(POLLIN), 0) > 0) }
    }

    /// Waits until the program has ended, however long it works: for what a person has started. One that has ended and that somebody
    /// else holds is waited for `Child.patience` only.
    package func wait() throws(IsolationError) -> ExitStatus {
        while true {
            if let status = try wait(for: .seconds(3600)) { return status }
            guard hasEnded else { continue }
            if let status = try wait(for: Self.patience) { return status }
            throw IsolationError(
                "wait for process \(pid)", errno: .timedOut, meaning: Unended.words(for: pid),
                hint: "end whoever traces it")
        }
    }

    /// Waits at most that long; nil: it still runs, or has ended and is held by a tracer. Zero asks without waiting.
    package func wait(for patience: Duration) throws(IsolationError) -> ExitStatus? {
        if let known = state.withLock({ $0.status }) { return known }
        let deadline = ContinuousClock.now + patience
        let events = iso_poll(pidfd, Int32(POLLIN), patience.milliseconds)
        if events < 0 { throw IsolationError("wait for process \(pid)", errno: Errno(negated: events)) }
        if events == 0 { return nil }
        let result: (status: ExitStatus?, failure: Int32) = state.withLock { state in
            if state.status == nil && !state.closed {
                var how = iso_exit()
                let result = reap(pidfd, &how, until: min(deadline, .now + Self.patience))
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

    /// Kills the process if it still runs, reaps it and closes the descriptors. The second time it does nothing. Whoever has not ended
    /// within `patience` is noted as `Unended` with the reason, and left to whoever inherits the children of this process.
    /// - Returns: whether it has ended and was reaped.
    @discardableResult
    package func close(patience: Duration = Child.patience) -> Bool {
        state.withLock { state in
            guard !state.closed else { return state.status != nil }
            state.closed = true
            if state.status == nil {
                var how = iso_exit()
                switch killAndReap(pid, pidfd, &how, patience: patience) {
                case 1: state.status = how.signaled == 1 ? .signaled(how.status) : .exited(how.status)
                case 0: Unended.note(pid, after: patience)
                default: break  // Somebody else has reaped it.
                }
            }
            release(&state)
            return state.status != nil
        }
    }

    /// The program goes on by itself: it is not ended when this object goes away, and whoever inherits the children of this process reaps it.
    package func letGo() {
        state.withLock { state in
            guard !state.closed else { return }
            state.closed = true
            release(&state)
        }
    }

    private func release(_ state: inout State) {
        Strays.forget(pid)
        Glibc.close(pidfd)
        if let guarded { Glibc.close(guarded.pidfd) }
        if let listener = state.listener { Glibc.close(listener) }
        state.listener = nil
    }
}

/// Reaps a process whose pidfd says that it has ended. One that a tracer holds is a zombie that its own parent cannot reap: there is no
/// event for the tracer's letting go, so it is asked again, ever less often.
/// - Returns: 1: reaped; 0: not until the deadline; or the negated errno.
func reap(_ pidfd: Int32, _ how: inout iso_exit, until deadline: ContinuousClock.Instant) -> Int32 {
    var pause: Int32 = 1
    while true {
        let result = iso_wait_pidfd(pidfd, 1, &how)
        guard result == 0, ContinuousClock.now < deadline else { return result }
        _ = poll(nil, 0, pause)
        pause = min(50, pause * 2)
    }
}

/// SIGKILL, and the end of it, by the deadline. Who is frozen by v1 in a cgroup of podlab's is thawed, and
/// what it has made a child of ours is waited for, without which its pid namespace would not end.
/// - Returns: as `reap`.
func killAndReap(_ pid: Int32, _ pidfd: Int32, _ how: inout iso_exit, patience: Duration) -> Int32 {
    let deadline = ContinuousClock.now + patience
    iso_pidfd_send_signal(pidfd, SIGKILL)
    // Most have ended within this.
    var hasEnded = iso_poll(pidfd, Int32(POLLIN), min(patience.milliseconds, 50)) > 0
    while !hasEnded {
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return 0 }
        if pid > 0 { Thaw.processes([pid]) }
        Strays.reap()
        // Whose tracer asked for a stop at its end (PTRACE_O_TRACEEXIT) stops there in spite of SIGKILL; another one wakes it.
        iso_pidfd_send_signal(pidfd, SIGKILL)
        hasEnded = iso_poll(pidfd, Int32(POLLIN), min(left.milliseconds, 200)) > 0
    }
    return reap(pidfd, &how, until: deadline)
}
