// The phase of a pod, computed from its containers as the kubelet of Kubernetes does.

extension PodPhase {
    /// See the Kubernetes documentation, "Pod Lifecycle", "Pod phase".
    /// - Parameter sidecars: the names of those whose end decides nothing.
    package init(of status: PodStatus, policy: RestartPolicy, sidecars: Set<String> = []) {
        var failedInit = 0
        var pendingInit = 0
        for container in status.initContainers {
            switch container.state {
            case .terminated(let end): failedInit += end.exitCode == 0 ? 0 : 1
            case .waiting where container.lastTermination.map { $0.exitCode != 0 } == true: failedInit += 1
            case .waiting, .running: pendingInit += 1
            }
        }
        if failedInit > 0 && policy == .never {
            self = .failed
            return
        }
        var running = 0
        var waiting = 0
        var stopped = 0
        var succeeded = 0
        for container in status.containers where !sidecars.contains(container.name) {
            switch container.state {
            case .running: running += 1
            case .terminated(let end):
                stopped += 1
                succeeded += end.exitCode == 0 ? 1 : 0
            case .waiting: if container.lastTermination == nil { waiting += 1 } else { stopped += 1 }
            }
        }
        if pendingInit > 0 && running + stopped == 0 || waiting > 0 {
            self = .pending
        } else if running > 0 {
            self = .running
        } else if policy == .always {
            self = .running
        } else if stopped == succeeded {
            self = .succeeded
        } else {
            self = policy == .never ? .failed : .running
        }
    }
}

extension Pod {
    /// Whether its first start is over: every container runs, has run, or is known not to come up for now.
    package var hasStartedOrFailed: Bool {
        if status.reason != nil || status.phase == .succeeded || status.phase == .failed { return true }
        if status.initContainers.contains(where: { $0.hasFailedToStart }) { return true }
        return zip(spec.containers, status.containers).allSatisfy { wanted, container in
            // What runs is to end, and to run with another image.
            if container.isReady && container.image != wanted.image { return false }
            if case .waiting("ContainerCreating", _) = container.state { return false }
            if case .terminated = container.state { return true }
            return container.isReady || container.lastTermination != nil || container.hasFailedToStart
        }
    }

    /// What keeps it from running, one line for each container; empty where nothing does.
    package var troubles: [String] {
        var found = status.reason.map { ["\($0): \(status.message ?? "")"] } ?? []
        for container in status.initContainers + status.containers where container.hasFailedToStart {
            switch container.state {
            case .waiting(let reason, let message):
                found.append("container \(container.name): \(reason)" + (message.map { ": \($0)" } ?? ""))
            case .terminated(let end):
                found.append(
                    "container \(container.name): \(end.reason), exit code \(end.exitCode)"
                        + (end.message.map { ": \($0)" } ?? ""))
            case .running: break
            }
        }
        return found
    }
}

extension ContainerStatus {
    /// It has ended with an error, or waits for something that has gone wrong.
    var hasFailedToStart: Bool {
        switch state {
        case .running: false
        case .terminated(let end): end.exitCode != 0
        case .waiting(let reason, _): reason != "ContainerCreating" && reason != "PodInitializing"
        }
    }
}
