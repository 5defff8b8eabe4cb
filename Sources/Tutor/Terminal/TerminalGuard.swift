// The learner's terminal as podlab found it, put back however podlab ends or stops.
import Glibc

/// Holds the modes of the learner's terminal while podlab uses it. They are put back at the end, before a signal ends the process (a
/// crash included), and while podlab is stopped; when it goes on, its own modes are set again. One at a time.
///
/// Between two lines the terminal gives keys one by one and Ctrl-C and Ctrl-Z are keys, so that neither ends podlab, and the
/// learner's playground with it, in the middle of a verb: they reach the prompt that comes next. Ctrl-\ still ends podlab then.
package final class TerminalGuard {
    private static let ending: [Int32] = [
        SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP,
    ]
    private var previous: [(signal: Int32, action: sigaction)] = []

    /// Nil where `descriptor` is no terminal.
    package init?(_ descriptor: Int32 = STDIN_FILENO) {
        var first = termios()
        guard tcgetattr(descriptor, &first) == 0 else { return nil }
        let made = UnsafeMutablePointer<Guarded>.allocate(capacity: 1)
        made.initialize(to: Guarded(descriptor: descriptor, first: first))
        // The handlers below must find it ready: nothing in them may be made for the first time.
        guarded = made
        wakeForResize(.nothing)
        setSessionModes(descriptor, first)
        giveAlternateStack()
        for number in Self.ending { catching(number, handler: endBySignal, resetsHandler) }
        catching(SIGTSTP, handler: stopBySignal, 0)
        catching(SIGCONT, handler: goOn, SA_RESTART)
    }

    deinit { end() }

    /// Puts the terminal back and lets signals be as before.
    package func end() {
        guard let state = guarded else { return }
        for (number, action) in previous {
            var action = action
            sigaction(number, &action, nil)
        }
        previous = []
        guarded = nil
        state.pointee.writeLeaving()
        while tcsetattr(state.pointee.descriptor, TCSADRAIN, &state.pointee.first) != 0, errno == EINTR {}
        state.pointee.leaving.deallocate()
        state.deallocate()
    }

    /// What must be written to a terminal that shows what a program has made of it, to make it as it began; see
    /// `ScreenModes.leaving`. Cut after 512 bytes, which it never has.
    package static func setLeaving(_ bytes: [UInt8]) {
        guard let state = guarded else { return }
        // A signal in between finds nothing, not a half.
        state.pointee.leavingCount = 0
        for (index, byte) in bytes.prefix(Guarded.room).enumerated() { state.pointee.leaving[index] = byte }
        state.pointee.leavingCount = min(bytes.count, Guarded.room)
    }

    /// Remembers the modes of the terminal as they are now, to be set again after a stop. Whoever changes them says so here.
    static func noteModes(of descriptor: Int32) {
        guard let state = guarded, state.pointee.descriptor == descriptor else { return }
        var now = termios()
        if tcgetattr(descriptor, &now) == 0 { state.pointee.now = now }
    }

    private func setSessionModes(_ descriptor: Int32, _ first: termios) {
        var modes = first
        // Readline shows what is typed only where the terminal would, so echo stays.
        modes.c_lflag &= ~tcflag_t(ICANON | IEXTEN)
        modes.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR)
        withUnsafeMutableBytes(of: &modes.c_cc) {
            // _POSIX_VDISABLE
            ($0[Int(VINTR)], $0[Int(VSUSP)]) = (0, 0)
            ($0[Int(VMIN)], $0[Int(VTIME)]) = (1, 0)
        }
        while tcsetattr(descriptor, TCSADRAIN, &modes) != 0, errno == EINTR {}
        Self.noteModes(of: descriptor)
    }

    private func catching(_ number: Int32, handler: @escaping @convention(c) (Int32) -> Void, _ flags: Int32) {
        var (action, old) = (sigaction(), sigaction())
        guard sigaction(number, nil, &old) == 0 else { return }
        // Under nohup(1), and for a background job of a shell without job control, some signals are ignored: so they stay.
        let isIgnored = unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == 1
        guard !isIgnored else { return }
        action.__sigaction_handler.sa_handler = handler
        action.sa_flags = flags | SA_ONSTACK
        sigaction(number, &action, nil)
        previous.append((number, old))
    }

    /// A stack that has overflowed is no place for a handler.
    private func giveAlternateStack() {
        let size = 64 * 1024
        var stack = stack_t(ss_sp: malloc(size), ss_flags: 0, ss_size: size)
        sigaltstack(&stack, nil)
    }
}

/// SA_RESETHAND, which is the sign bit: the second time the signal does what it does by default.
private let resetsHandler = Int32(bitPattern: 0x8000_0000)

// MARK: What runs in signal handlers: only what signal-safety(7) allows, and no memory is asked for.

private struct Guarded {
    static let room = 512
    let descriptor: Int32
    /// As podlab found the terminal.
    var first: termios
    /// As podlab has set it last.
    var now: termios
    let leaving = UnsafeMutablePointer<UInt8>.allocate(capacity: Guarded.room)
    var leavingCount = 0

    init(descriptor: Int32, first: termios) {
        self.descriptor = descriptor
        self.first = first
        now = first
    }

    func writeLeaving() {
        // A terminal is written to by the descriptor that it is read by, where that was opened for both.
        guard leavingCount > 0, write(descriptor, leaving, leavingCount) < 0 else { return }
        _ = write(STDOUT_FILENO, leaving, leavingCount)
    }

    /// A process of the background that sets modes would be stopped (SIGTTOU).
    var isForeground: Bool { tcgetpgrp(descriptor) == getpgrp() }
}

/// Handlers have no context; this is it. Set while none is installed.
nonisolated(unsafe) private var guarded: UnsafeMutablePointer<Guarded>?

private func putBack() {
    guard let state = guarded, state.pointee.isForeground else { return }
    state.pointee.writeLeaving()
    tcsetattr(state.pointee.descriptor, TCSANOW, &state.pointee.first)
}

private func endBySignal(_ number: Int32) {
    putBack()
    // The handler is reset; the signal is blocked until this returns, and then ends the process.
    raise(number)
}

private func stopBySignal(_ number: Int32) {
    let saved = errno
    putBack()
    var (standard, own) = (sigaction(), sigaction())
    standard.__sigaction_handler.sa_handler = SIG_DFL
    sigaction(SIGTSTP, &standard, &own)
    var (wanted, before) = (sigset_t(), sigset_t())
    sigemptyset(&wanted)
    sigaddset(&wanted, SIGTSTP)
    raise(SIGTSTP)
    // Stops here, until SIGCONT.
    sigprocmask(SIG_UNBLOCK, &wanted, &before)
    sigprocmask(SIG_SETMASK, &before, nil)
    sigaction(SIGTSTP, &own, nil)
    // Also where the kernel stopped nothing, because nobody would be there to continue it.
    takeBack()
    errno = saved
}

private func goOn(_ number: Int32) {
    let saved = errno
    takeBack()
    errno = saved
}

private func takeBack() {
    guard let state = guarded, state.pointee.isForeground else { return }
    tcsetattr(state.pointee.descriptor, TCSANOW, &state.pointee.now)
    wakeForResize(.continued)
}
