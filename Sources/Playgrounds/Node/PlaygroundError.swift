// Why a playground could not be started or used, and what to do about it.

import Isolation
import Linux
import SystemPackage
import Terminals

package enum PlaygroundError: Error, CustomStringConvertible {
    /// The kernel refused a step of its plan.
    case refused(IsolationError)
    /// A program could not be run inside.
    case notRun(IsolationError)
    /// PID 1 did not come up.
    case notReady(String)
    /// A running one could not be entered.
    case notAttached(String)
    /// What `podlab enter --pid` was given.
    case noSuchProcess(String)
    /// The root of a process has no shell that could be started.
    case noShell(String)
    /// Somebody inside ended what had been sent there to look.
    case visitEnded(String)
    case system(operation: String, errno: Int32)

    package var description: String {
        switch self {
        case .refused(let error): "the playground cannot be started: \(error)"
        case .notRun(let error): "not run in the playground: \(error)"
        case .notReady(let reason): "the playground cannot be started: \(reason)"
        case .notAttached(let reason): "the session cannot be entered: \(reason)"
        case .noSuchProcess(let reason), .noShell(let reason): reason
        case .visitEnded(let how):
            "what podlab sent into the playground to look has \(how) before it had seen anything: something in there ends"
                + " the processes of others"
        case .system(let operation, let errno): "\(operation): \(errnoText(errno))"
        }
    }
}
