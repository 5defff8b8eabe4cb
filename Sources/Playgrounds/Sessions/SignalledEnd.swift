// Ctrl-C, SIGTERM or a closed window while playgrounds run: what the kernel does not take away is taken away before the signal ends podlab.

import CIsolation
import Glibc
import Isolation
import Linux
import KernelState
import Synchronization
import SystemPackage
import func Terminals.writeError
import Text

/// The handler only writes a byte; a thread that waits for it does the work and then lets the signal do what it does by default. What a
/// second signal, SIGKILL or a crash prevents, the next start does (`SessionFolder.removeDead`, `Cgroups.removeDead`).
package enum SignalledEnd {
    /// No session begins any more.
    struct Begun: Error, CustomStringConvertible { var description: String { "podlab is being ended by a signal" } }

    private static let begun = Atomic(false)
    static var hasBegun: Bool { begun.load(ordering: .acquiring) }

    private static let isPrepared = Mutex(false)
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    /// From now on. Signals that are ignored (nohup(1)) stay so; a handler that is installed later has the last word. The second time it does
    /// nothing.
    /// - Parameter sessions: the folder of session folders.
    package static func prepare(_ sessions: FilePath) {
        isPrepared.withLock { isPrepared in
            guard !isPrepared else { return }
            var ends: [Int32] = [-1, -1]
            guard iso_socket_pair(&ends) >= 0 else { return }
            isPrepared = true
            signalWriter = ends[1]
            let reader = ends[0]
            guard let thread = try? WorkThread({ awaitSignal(reader, sessions) }) else { return }
            thread.detach()
            for number in signals { install(number) }
        }
    }

    private static func install(_ number: Int32) {
        var (action, before) = (sigaction(), sigaction())
        guard sigaction(number, nil, &before) == 0,
            // SIG_DFL: neither ignored nor somebody else's.
            unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) == 0
        else { return }
        action.__sigaction_handler.sa_handler = tellOfSignal
        // SA_RESETHAND, the sign bit: the second signal ends podlab at once.
        action.sa_flags = SA_RESTART | Int32(bitPattern: 0x8000_0000)
        sigaction(number, &action, nil)
    }

    /// On a thread of its own, as long as this process lives.
    private static func awaitSignal(_ reader: Int32, _ sessions: FilePath) {
        var number: UInt8 = 0
        while read(reader, &number, 1) != 1 { guard errno == EINTR else { return } }
        begun.store(true, ordering: .releasing)
        endOwn(sessions)
        var standard = sigaction()
        standard.__sigaction_handler.sa_handler = SIG_DFL
        sigaction(Int32(number), &standard, nil)
        kill(getpid(), Int32(number))
    }

    /// To be called before this process ends by itself: where a signal is about to end it, the signal does.
    package static func settle() {
        if hasBegun { poll(nil, 0, 15_000) }
    }

    /// Everything of this process's sessions, within a few seconds.
    static func endOwn(_ sessions: FilePath) {
        let deadline = ContinuousClock.now + .seconds(8)
        for folder in SessionFolder.all(in: sessions) where folder.isOwn {
            if let playground = folder.read()?.playground, let handle = try? HeldProcess(playground.identity) {
                handle.signal(SIGKILL)
            }
        }
        for (session, parts) in Cgroups.ownSessions() {
            let left = max(.milliseconds(200), ContinuousClock.now.duration(to: deadline))
            _ = Cgroups.end(session, Cgroup(parts: parts), patience: min(left, .seconds(3)))
        }
        Cgroups.removeUnused()
        // Whoever is in the middle of writing a record makes a folder that is not empty any more.
        while true {
            let own = SessionFolder.all(in: sessions).filter(\.isOwn)
            guard !own.isEmpty, ContinuousClock.now < deadline else { break }
            for folder in own { folder.remove() }
            poll(nil, 0, 5)
        }
        let problems = Unended.take().map { "podlab: \(terminalSafe($0))\n" }.joined()
        writeError(problems)
    }
}

/// Handlers have no context. Written before one is installed.
nonisolated(unsafe) private var signalWriter: Int32 = -1

/// Only what signal-safety(7) allows.
private func tellOfSignal(_ number: Int32) {
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(signalWriter, &byte, 1)
    errno = saved
}
