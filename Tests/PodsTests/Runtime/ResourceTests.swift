// Requests, limits, classes and addresses.

import Netlink
import Testing

@testable import Pods

@Suite("what a pod is given")
struct ResourceTests {
    private func container(
        request: (cpu: UInt64?, memory: UInt64?) = (nil, nil), limit: (cpu: UInt64?, memory: UInt64?) = (nil, nil)
    ) -> ContainerSpec {
        var container = ContainerSpec(name: "c", image: "i")
        (container.resources.requests.cpuMillis, container.resources.requests.memory) = request
        (container.resources.limits.cpuMillis, container.resources.limits.memory) = limit
        return container
    }

    private func pod(_ containers: ContainerSpec...) -> PodSpec {
        PodSpec(metadata: PodMetadata(name: "p"), containers: containers)
    }

    @Test("processor requests become shares and weights, limits become quotas")
    func processor() {
        let half = ResourceLimits(container(request: (500, nil), limit: (250, nil)).resources)
        #expect(half.cpuShares == 512 && half.cpuQuota == 25_000)
        #expect(half.cpuWeight == 20)
        #expect(ResourceLimits(container(limit: (1000, nil)).resources).cpuShares == 1024)
        let none = ResourceLimits(container().resources)
        #expect(none.cpuShares == 2 && none.cpuWeight == 1 && none.cpuQuota == nil && none.memory == nil)
        #expect(ResourceLimits(container(limit: (1, nil)).resources).cpuQuota == 1000)
        // The most that the kernel takes is 2^44 - 1 microseconds.
        #expect(ResourceLimits(container(limit: (.max, nil)).resources).cpuQuota.map { $0 < 1 << 44 } == true)
        #expect(ResourceLimits(container(request: (.max, nil), limit: (.max, .max)).resources).cpuShares == 262_144)
    }

    @Test("the pod has limits only where each container has one")
    func sums() {
        let limited = container(limit: (100, 100 << 20))
        let both = ResourceLimits(pod(limited, limited))
        #expect(both.memory == 200 << 20 && both.cpuQuota == 20_000 && both.cpuShares == 204)
        let one = ResourceLimits(pod(limited, container(request: (100, nil))))
        #expect(one.memory == nil && one.cpuQuota == nil && one.cpuShares == 204)
        var spec = pod(limited)
        spec.initContainers = [container(limit: (100, 300 << 20))]
        #expect(ResourceLimits(spec).memory == 300 << 20)
        #expect(ResourceLimits(pod(container(limit: (nil, .max)), container(limit: (nil, .max)))).memory == .max)
    }

    @Test("classes are those of Kubernetes")
    func classes() {
        let limited = container(limit: (100, 1 << 20))
        #expect(QualityOfService(pod(container())) == .bestEffort)
        #expect(QualityOfService(pod(limited, limited)) == .guaranteed)
        #expect(QualityOfService(pod(limited, container())) == .burstable)
        #expect(QualityOfService(pod(container(request: (50, 1 << 20), limit: (100, 1 << 20)))) == .burstable)
        #expect(QualityOfService(pod(container(limit: (nil, 1 << 20)))) == .burstable)
        #expect(QualityOfService(pod(container(request: (0, 0)))) == .bestEffort)
    }

    @Test("who asks for much memory is killed late, but no later than the node")
    func outOfMemory() {
        func score(_ container: ContainerSpec, floor: Int = -1000) -> Int {
            QualityOfService(pod(container)).outOfMemoryScore(of: container, memory: 1000 << 20, floor: floor)
        }
        #expect(score(container()) == 1000)
        #expect(score(container(limit: (100, 1 << 20))) == -997)
        #expect(score(container(limit: (100, 1 << 20)), floor: 500) == 500)
        #expect(score(container(request: (nil, 250 << 20))) == 750)
        #expect(score(container(request: (10, nil))) == 999)
        #expect(score(container(request: (nil, .max))) == 3)
        #expect(PodNode.totalMemory("MemFree:  1 kB\nMemTotal:       16384 kB\n") == 16 << 20)
    }

    @Test("each address once, and one that was given back only when all others have had their turn")
    func addresses() throws {
        var pool = AddressPool(gateway: try #require(IPPrefix(.v4(10, 0, 0, 1), 29)))
        var taken: [String] = []
        while let address = pool.take() { taken.append("\(address)") }
        #expect(taken == (2...6).map { "10.0.0.\($0)/29" })
        pool.give(back: .v4(10, 0, 0, 3))
        pool.give(back: .v4(10, 0, 0, 2))
        #expect(pool.take()?.address == .v4(10, 0, 0, 2))
        pool.give(back: .v4(10, 0, 0, 2))
        #expect(pool.take()?.address == .v4(10, 0, 0, 3))
        #expect(pool.take()?.address == .v4(10, 0, 0, 2))
        #expect(pool.take() == nil)
        #expect(MACAddress.ofPod(.v4(10, 244, 0, 7))?.description == "0a:58:0a:f4:00:07")
    }

    @Test("the subnet of the pods has 253 addresses to give")
    func standardPool() {
        var pool = AddressPool(gateway: NodePaths.standard.gateway)
        #expect(pool.take()?.address == .v4(10, 244, 0, 2))
        #expect((0..<252).allSatisfy { _ in pool.take() != nil } && pool.take() == nil)
    }
}
