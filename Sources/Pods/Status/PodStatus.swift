// A pod as it is: what `kubectl get pod` would tell.

/// Seconds since 1970, UTC.
package typealias Timestamp = Double

/// The words are those of `v1/PodStatus`.
package struct PodStatus: Codable, Sendable, Equatable {
    package var phase = PodPhase.pending
    /// Why the phase is what it is, when there is something to say: `Evicted`, `NodeLost` ….
    package var reason: String?
    package var message: String?
    package var podIP: String?
    package var hostIP: String?
    /// The node's host name.
    package var nodeName: String?
    package var startTime: Timestamp?
    /// Being deleted since.
    package var deletionTime: Timestamp?
    package var initContainers: [ContainerStatus] = []
    package var containers: [ContainerStatus] = []
    package var sandbox: SandboxStatus?

    package init() {}
}

package enum PodPhase: String, Codable, Sendable {
    case pending = "Pending"
    case running = "Running"
    case succeeded = "Succeeded"
    case failed = "Failed"
    case unknown = "Unknown"
}

/// The pause process, which Kubernetes does not show and podlab does.
package struct SandboxStatus: Codable, Sendable, Equatable {
    /// Its number in the node.
    package var pid: Int32
    /// How many sandboxes this pod has had before.
    package var attempt: UInt32 = 0

    package init(pid: Int32, attempt: UInt32 = 0) {
        self.pid = pid
        self.attempt = attempt
    }
}

package struct ContainerStatus: Codable, Sendable, Equatable {
    package var name: String
    package var image: String
    /// `sha256:…`, once the image was found.
    package var imageID: String?
    /// `podlab://` and 64 hexadecimal digits.
    package var containerID: String?
    package var restartCount: UInt32 = 0
    package var state: ContainerState = .waiting(reason: "ContainerCreating", message: nil)
    package var lastTermination: ContainerTermination?

    package init(name: String, image: String) {
        self.name = name
        self.image = image
    }

    package var isReady: Bool { if case .running = state { true } else { false } }
}

package enum ContainerState: Codable, Sendable, Equatable {
    /// `ContainerCreating`, `PodInitializing`, `CrashLoopBackOff`, `ErrImageNeverPull`, `RunContainerError` ….
    case waiting(reason: String, message: String?)
    /// `pid`: its number in the node.
    case running(startedAt: Timestamp, pid: Int32)
    case terminated(ContainerTermination)
}

package struct ContainerTermination: Codable, Sendable, Equatable {
    /// 128 plus the signal's number for a container ended by a signal.
    package var exitCode: Int32
    package var signal: Int32?
    /// `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`, `ContainerStatusUnknown`.
    package var reason: String
    package var message: String?
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp
    package var containerID: String?

    package init(exitCode: Int32, reason: String, finishedAt: Timestamp) {
        self.exitCode = exitCode
        self.reason = reason
        self.finishedAt = finishedAt
    }
}

/// One pod, wanted and actual: what the agent answers to `get`.
package struct Pod: Codable, Sendable, Equatable {
    /// A version 4 UUID in lower case.
    package var uid: String
    package var creationTime: Timestamp
    package var spec: PodSpec
    package var status: PodStatus

    package init(uid: String, creationTime: Timestamp, spec: PodSpec, status: PodStatus) {
        self.uid = uid
        self.creationTime = creationTime
        self.spec = spec
        self.status = status
    }
}
