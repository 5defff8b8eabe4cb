// From the requests and limits of a manifest to what the kernel is told, by the kubelet's rules.

import Isolation

/// What one cgroup of a pod is given.
struct ResourceLimits: Sendable, Equatable {
    /// Shares of v1, 2 … 262144; v2 has a weight made of them.
    var cpuShares: UInt64
    /// Microseconds of processor time in each period of 100 ms; nil: no limit.
    var cpuQuota: UInt64?
    /// Bytes; nil: no limit.
    var memory: UInt64?

    static let period: UInt64 = 100_000
    /// The least that the kernel takes: 1 ms.
    private static let leastQuota: UInt64 = 1000
    /// Below the most that it takes, MAX_BW of kernel/sched/sched.h: a limit of more processors than there are is none.
    private static let largestQuota: UInt64 = 1 << 43

    init(cpuRequest: UInt64?, cpuLimit: UInt64?, memoryLimit: UInt64?) {
        cpuShares = min(max(min(cpuRequest ?? 0, 1 << 40) * 1024 / 1000, 2), 262_144)
        cpuQuota = cpuLimit.flatMap {
            $0 == 0 ? nil : min(max(min($0, 1 << 40) * Self.period / 1000, Self.leastQuota), Self.largestQuota)
        }
        memory = memoryLimit == 0 ? nil : memoryLimit
    }

    /// Those of one container.
    init(_ resources: ResourceRequirements) {
        self.init(
            cpuRequest: resources.effectiveRequests.cpuMillis, cpuLimit: resources.limits.cpuMillis,
            memoryLimit: resources.limits.memory)
    }

    /// Those of the pod's own cgroup: the containers together, or the greediest init container. There is a limit only where each has one.
    init(_ spec: PodSpec) {
        func sum(_ amount: (ResourceRequirements) -> UInt64?) -> UInt64 {
            let together = spec.containers.reduce(UInt64(0)) { total, container in
                let (sum, overflow) = total.addingReportingOverflow(amount(container.resources) ?? 0)
                return overflow ? .max : sum
            }
            return max(together, spec.initContainers.compactMap { amount($0.resources) }.max() ?? 0)
        }
        func limit(_ amount: (ResourceRequirements) -> UInt64?) -> UInt64? {
            let isSaid = (spec.initContainers + spec.containers).allSatisfy { (amount($0.resources) ?? 0) > 0 }
            return isSaid ? sum(amount) : nil
        }
        self.init(
            cpuRequest: sum { $0.effectiveRequests.cpuMillis }, cpuLimit: limit { $0.limits.cpuMillis },
            memoryLimit: limit { $0.limits.memory })
    }

    /// `cpu.weight` of v2. See "CPU" in Kubernetes' enhancement proposal 2254.
    var cpuWeight: UInt64 { 1 + (cpuShares - 2) * 9999 / 262_142 }
}
