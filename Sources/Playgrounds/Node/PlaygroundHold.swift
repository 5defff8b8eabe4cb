// How a podlab process holds PID 1 of a playground: as its own child, or as a process that another podlab started.

import CIsolation
import Glibc
import Isolation
import KernelState
import SystemPackage

/// By pidfd in either case, so that no other process can be meant.
enum PlaygroundHold {
    /// The guard, which is this process's child, and PID 1, which is the guard's.
    case owned(Child, GuardedProcess, ControlSocket)
    case attached(HeldProcess)

    var pidfd: Int32 {
        switch self {
        case .owned(_, let first, _): first.pidfd
        case .attached(let handle): handle.pidfd
        }
    }

    /// Ends an own playground: with its guard the kernel ends everything inside, whatever has become of PID 1.
    func kill() {
        if case .owned(let child, _, _) = self { try? child.signal(SIGKILL) }
    }

    /// Lets go. The end of an own playground is waited for, but not for ever: PID 1 stays as long as somebody else (a `podlab enter`
    /// that was stopped, say) has not reaped what it brought in. Everything inside is dead by then.
    func close() {
        guard case .owned(let child, _, let control) = self else { return }
        child.close(patience: .seconds(5))
        control.close()
    }
}

/// One end of a socket pair to a process of the playground; closed once, at the latest with its owner.
final class ControlSocket {
    private(set) var descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
