// The class that a pod's requests and limits put it in, and what the kernel is told of it.

/// See "Pod Quality of Service Classes" in the documentation of Kubernetes.
package enum QualityOfService: String, Sendable {
    case guaranteed = "Guaranteed"
    case burstable = "Burstable"
    case bestEffort = "BestEffort"

    package init(_ spec: PodSpec) {
        let resources = (spec.initContainers + spec.containers).map(\.resources)
        func isSaid(_ amounts: ResourceAmounts) -> Bool { (amounts.cpuMillis ?? 0) > 0 || (amounts.memory ?? 0) > 0 }
        if !resources.contains(where: { isSaid($0.requests) || isSaid($0.limits) }) {
            self = .bestEffort
        } else if resources.allSatisfy(\.isGuaranteed) {
            self = .guaranteed
        } else {
            self = .burstable
        }
    }

    /// `oom_score_adj` as the kubelet sets it.
    /// - Parameters:
    ///   - memory: bytes of memory that the node has.
    ///   - floor: the node's own adjustment. A process without CAP_SYS_RESOURCE outside cannot go below it, so a pod is at best as
    ///     safe as the node. See proc_pid_oom_score_adj(5).
    func outOfMemoryScore(of container: ContainerSpec, memory: UInt64, floor: Int) -> Int {
        let wanted: Int
        switch self {
        case .guaranteed: wanted = -997
        case .bestEffort: wanted = 1000
        case .burstable:
            let request = container.resources.effectiveRequests.memory ?? 0
            let share = memory == 0 ? 0 : Int(min(1000, Double(request) / Double(memory) * 1000))
            wanted = min(max(1000 - share, 3), 999)
        }
        return max(wanted, floor)
    }
}

extension ResourceRequirements {
    /// The API server fills a request that is not said from the limit.
    var effectiveRequests: ResourceAmounts {
        var amounts = requests
        amounts.cpuMillis = requests.cpuMillis ?? limits.cpuMillis
        amounts.memory = requests.memory ?? limits.memory
        return amounts
    }

    fileprivate var isGuaranteed: Bool {
        guard let cpu = limits.cpuMillis, let memory = limits.memory, cpu > 0, memory > 0 else { return false }
        return effectiveRequests.cpuMillis == cpu && effectiveRequests.memory == memory
    }
}
