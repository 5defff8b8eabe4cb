// What a row of `kubectl get pods` says of a pod.

import Pods

/// The columns of one pod. STATUS is no field of the API: kubectl makes it of the phase and the containers' states, and so
/// does this, in the same order (`printPod` of kubernetes/pkg/printers).
struct PodSummary {
    private(set) var ready = 0
    private(set) var status: String
    private(set) var restarts: UInt64 = 0
    private(set) var lastRestart: Timestamp?

    init(_ pod: Pod) {
        status = pod.status.reason.flatMap { $0.isEmpty ? nil : $0 } ?? pod.status.phase.rawValue
        if !readInitContainers(pod) { readContainers(pod) }
        let isOver = pod.status.phase == .succeeded || pod.status.phase == .failed
        if pod.status.deletionTime != nil, !isOver { status = "Terminating" }
    }

    /// Says whether one of them still has something to do.
    private mutating func readInitContainers(_ pod: Pod) -> Bool {
        for (index, container) in pod.status.initContainers.enumerated() {
            count(container)
            switch container.state {
            case .terminated(let end) where end.exitCode == 0: continue
            case .terminated(let end): status = "Init:\(Self.word(of: end))"
            case .waiting(let reason, _) where !reason.isEmpty && reason != "PodInitializing":
                status = "Init:\(reason)"
            default: status = "Init:\(index)/\(pod.spec.initContainers.count)"
            }
            return true
        }
        return false
    }

    private mutating func readContainers(_ pod: Pod) {
        // Restarts of init containers count only while there are no others to count.
        restarts = 0
        var isOneRunning = false
        let isOver = pod.status.phase == .succeeded || pod.status.phase == .failed
        for (spec, container) in zip(pod.spec.containers, pod.status.containers).reversed() {
            count(container)
            // How a sidecar was ended says nothing of the pod.
            if isOver, spec.isSidecar { continue }
            switch container.state {
            case .waiting(let reason, _): if !reason.isEmpty { status = reason }
            case .terminated(let end): status = Self.word(of: end)
            case .running:
                guard container.isReady else { continue }
                isOneRunning = true
                ready += 1
            }
        }
        guard status == "Completed", isOneRunning else { return }
        status = pod.status.containers.allSatisfy(\.isReady) ? "Running" : "NotReady"
    }

    private mutating func count(_ container: ContainerStatus) {
        restarts += UInt64(container.restartCount)
        if let end = container.lastTermination?.finishedAt {
            lastRestart = max(lastRestart ?? end, end)
        }
    }

    private static func word(of end: ContainerTermination) -> String {
        if !end.reason.isEmpty { return end.reason }
        return end.signal.map { "Signal:\($0)" } ?? "ExitCode:\(end.exitCode)"
    }

    /// `3 (12s ago)`.
    func restartsText(now: Timestamp) -> String {
        guard restarts > 0, let lastRestart else { return "\(restarts)" }
        return "\(restarts) (\(humanDuration(seconds: now - lastRestart)) ago)"
    }
}
