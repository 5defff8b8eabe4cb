// What happens to a pod, and what is to be done: the words in which the pure life of a pod and the agent speak.

/// What the agent tells the life of a pod.
package enum PodEvent: Sendable, Equatable {
    /// Time has passed: at the latest when `PodMachine.wake` says.
    case tick
    /// The answer to `PodOrder.startSandbox`.
    case sandboxStarted(pid: Int32, address: String, hostAddress: String)
    case sandboxFailed(message: String)
    /// pause has ended although nobody asked for it.
    case sandboxDied
    /// The answer to `PodOrder.startContainer`.
    case containerStarted(String, id: String, pid: Int32, imageID: String)
    case containerFailed(String, StartFailure)
    case containerExited(String, ContainerEnd)
    /// - Parameter grace: seconds between SIGTERM and SIGKILL; nil: as the pod says.
    case delete(grace: UInt32?)
}

/// What the life of a pod wants done, in this order.
package enum PodOrder: Sendable, Equatable {
    case startSandbox(attempt: UInt32)
    /// - Parameter restart: how many of this container there were before.
    case startContainer(String, restart: UInt32)
    /// SIGTERM, or what the image says, to the container's first process.
    case stop(String)
    /// SIGKILL to all of it.
    case kill(String)
    /// - Parameter keepingVolumes: another one follows.
    case removeSandbox(keepingVolumes: Bool)
    /// Nothing is left of the pod.
    case finished
}

/// Why a container could not be started.
package struct StartFailure: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Its image is not there: tried again later, and not a restart.
        case image
        /// It could not be made (a volume, a name): tried again later, and not a restart.
        case creation
        /// It was made, and its program could not be executed: as if it had ended with exit code 128.
        case execution
    }
    package var kind: Kind
    /// The word of Kubernetes: `ErrImagePull`, `RunContainerError` ….
    package var reason: String
    package var message: String

    /// The image is not to be had just now.
    package static let pull = "ErrImagePull"

    package init(_ kind: Kind, reason: String, message: String) {
        self.kind = kind
        self.reason = reason
        self.message = message
    }
}

/// How a container ended.
package struct ContainerEnd: Sendable, Equatable {
    /// 128 plus the signal's number for a container ended by a signal.
    package var exitCode: Int32
    package var signal: Int32?
    /// The kernel has killed in it because of its memory limit.
    package var isOutOfMemory = false
    /// What it has written to its termination message file.
    package var message: String?

    package init(exitCode: Int32) { self.exitCode = exitCode }

    package init(signal: Int32, isOutOfMemory: Bool = false) {
        exitCode = 128 + signal
        self.signal = signal
        self.isOutOfMemory = isOutOfMemory
    }

    /// `Completed`, `Error`, `OOMKilled`.
    var reason: String { isOutOfMemory ? "OOMKilled" : exitCode == 0 ? "Completed" : "Error" }
}
