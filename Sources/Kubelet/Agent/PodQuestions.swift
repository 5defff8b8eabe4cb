// What can be asked of a pod by the name of a container, with the refusals of Kubernetes.

import Pods

extension Pod {
    /// - Throws: `Refusal` where the pod has no such container.
    func requireContainer(_ name: String) throws(Refusal) {
        guard spec.allContainers.contains(where: { $0.name == name }) else {
            throw Refusal(.badRequest, "error: container \(name) is not valid for pod \(spec.name)")
        }
    }

    /// Which run of a container a log is asked of, as the kubelet of Kubernetes decides.
    func logRestart(of name: String, previous: Bool) throws(Refusal) -> UInt32 {
        try requireContainer(name)
        guard let container = (status.initContainers + status.containers).first(where: { $0.name == name }) else {
            throw Refusal(.badRequest, "error: container \(name) is not valid for pod \(spec.name)")
        }
        let isThere = if case .waiting = container.state { false } else { true }
        if previous {
            guard container.lastTermination?.containerID != nil, !isThere || container.restartCount > 0 else {
                throw Refusal(
                    .badRequest,
                    "Error from server (BadRequest): previous terminated container \"\(name)\" in pod \"\(spec.name)\""
                        + " not found")
            }
            return isThere ? container.restartCount - 1 : container.restartCount
        }
        if case .waiting(let reason, _) = container.state, container.lastTermination?.containerID == nil {
            throw Refusal(
                .badRequest,
                "Error from server (BadRequest): container \"\(name)\" in pod \"\(spec.name)\" is waiting to start:"
                    + " \(reason)")
        }
        return container.restartCount
    }
}

extension PodSpec {
    package var allContainers: [ContainerSpec] { initContainers + containers }
}
