// The one error of the runtime: which operation, on what, what went wrong, and what to do next.

import Isolation
import Linux
import SystemPackage

/// Why a node, a sandbox or a container could not be made, or a program not be run in one.
package struct PodError: Error, Sendable, Equatable {
    /// `start container`.
    package var operation: String
    /// The name of the pod, container, volume or bridge.
    package var object: String
    /// What the system call answered; nil when none was to blame.
    package var errno: Errno?
    /// What went wrong, in one line.
    package var meaning: String
    /// What to do next, where that is known.
    package var hint: String?
    /// The word that Kubernetes has for it in a status or an event: `RunContainerError`, `CreateContainerError`,
    /// `CreateContainerConfigError`, `FailedCreatePodSandBox`, `FailedMount`; empty for what concerns the node.
    package var reason: String

    package init(
        _ operation: String, _ object: String, errno: Errno? = nil, meaning: String, hint: String? = nil,
        reason: String = ""
    ) {
        self.operation = operation
        self.object = object
        self.errno = errno
        self.meaning = meaning
        self.hint = hint
        self.reason = reason
    }

    /// A step of a plan, or a cgroup, is to blame.
    init(_ operation: String, _ object: String, _ cause: IsolationError, reason: String = "") {
        self.init(
            operation, object, errno: cause.errno,
            meaning: cause.operation + ": " + (cause.errno.map { "\($0.symbol) (\(cause.meaning))" } ?? cause.meaning),
            hint: cause.hint, reason: reason)
    }
}

extension PodError: CustomStringConvertible {
    /// `start container core: …`, and the hint on a line of its own.
    package var description: String { "\(operation) \(object): \(meaning)" + (hint.map { "\n  " + $0 } ?? "") }
}
