// Which hierarchies a machine has, from texts as the kernel writes them.

import Testing

@testable import Isolation

@Suite("Cgroup layout")
struct CgroupLayoutTests {
    @Test("v2 alone: one hierarchy with all controllers")
    func unified() {
        let layout = CgroupLayout(
            mountinfo: "25 30 0:22 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
            membership: "0::/user.slice/user-1000.slice/session-2.scope\n",
            unifiedControllers: { $0 == "/sys/fs/cgroup" ? "cpuset cpu io memory hugetlb pids rdma\n" : "" })
        #expect(layout.hierarchies.count == 1)
        #expect(layout.hierarchy(of: .memory)?.version == .v2)
        #expect(layout.hierarchy(of: .freezer) == nil)
        #expect(layout.unified?.membership == "/user.slice/user-1000.slice/session-2.scope")
        #expect(layout.unified?.folder(of: "/podlab-1000") == "/sys/fs/cgroup/podlab-1000")
    }

    @Test("hybrid: controllers on v1, v2 without any; co-mounted controllers are one hierarchy")
    func hybrid() {
        let layout = CgroupLayout(
            mountinfo: """
                31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
                32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
                35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,xattr,memory
                38 31 0:35 / /sys/fs/cgroup/blkio ro,relatime - cgroup cgroup rw,blkio
                40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
                41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
                """,
            membership: "7:blkio:/\n5:name=systemd:/a\n4:memory:/group\n1:cpu,cpuacct:/both\n0::/own\n",
            unifiedControllers: { _ in "" })
        #expect(
            layout.hierarchies.map(\.controllerNames) == [
                ["cpu", "cpuacct"], ["memory"], ["blkio"], ["name=systemd"], [],
            ])
        #expect(layout.hierarchy(of: .cpu)?.membership == "/both")
        #expect(layout.hierarchy(of: .memory)?.membership == "/group")
        #expect(layout.hierarchy(of: .io)?.isReadOnly == true)
        #expect(layout.hierarchy(of: .pids) == nil)
        #expect(layout.unified?.controllers.isEmpty == true)
        #expect(layout.unified?.membership == "/own")
    }

    @Test("a mount that shows a part of a hierarchy shows only cgroups of that part")
    func partial() {
        let layout = CgroupLayout(
            mountinfo: "35 31 0:32 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup rw\n",
            membership: "0::/docker/abc/x\n",
            unifiedControllers: { _ in "memory" })
        #expect(layout.unified?.folder(of: "/docker/abc/x") == "/sys/fs/cgroup/x")
        #expect(layout.unified?.folder(of: "/docker/abc") == "/sys/fs/cgroup")
        #expect(layout.unified?.folder(of: "/docker/abcd") == nil)
        #expect(layout.unified?.folder(of: "/") == nil)
    }

    @Test(
        "what is no mountinfo is passed over",
        arguments: [
            "", "\n\n", "35 31 0:32", "a b c d e f - cgroup2", "35 31 0:32 / /x rw shared:1 - ext4 /dev/sda rw",
        ])
    func garbage(_ text: String) {
        #expect(
            CgroupLayout(mountinfo: text, membership: "0::/\n", unifiedControllers: { _ in "" }).hierarchies.isEmpty)
    }
}

@Suite("Cgroup limits as files")
struct CgroupLimitTests {
    @Test("limits in the files of v2")
    func unified() {
        #expect(CgroupLimit.memoryMaximum(nil).unifiedSettings == [CgroupSetting(file: "memory.max", value: "max")])
        #expect(
            CgroupLimit.cpuQuota(20_000, period: 50_000).unifiedSettings == [
                CgroupSetting(file: "cpu.max", value: "20000 50000")
            ])
        #expect(CgroupLimit.swapMaximum(0).unifiedSettings == [CgroupSetting(file: "memory.swap.max", value: "0")])
    }

    @Test("limits in the files of v1: swap is limited together with memory, no limit is -1")
    func legacy() {
        #expect(
            CgroupLimit.swapMaximum(1 << 20).legacySettings(memoryLimit: 2 << 20)
                == [CgroupSetting(file: "memory.memsw.limit_in_bytes", value: "\(3 << 20)")])
        #expect(
            CgroupLimit.swapMaximum(.max).legacySettings(memoryLimit: 2 << 20)
                == [CgroupSetting(file: "memory.memsw.limit_in_bytes", value: "-1")])
        #expect(
            CgroupLimit.cpuQuota(nil).legacySettings(memoryLimit: nil)?.last
                == CgroupSetting(file: "cpu.cfs_quota_us", value: "-1"))
        #expect(CgroupLimit.memoryHigh(1).legacySettings(memoryLimit: nil) == nil)
    }

    @Test("weights and shares: both ends, the default, and there and back")
    func weights() {
        #expect(CgroupLimit.shares(weight: 1) == 2)
        #expect(CgroupLimit.shares(weight: 10_000) == 262_144)
        #expect(CgroupLimit.weight(shares: 2) == 1)
        #expect(CgroupLimit.weight(shares: 262_144) == 10_000)
        // 1 CPU of Kubernetes: 1024 shares become a weight of 39.
        #expect(CgroupLimit.weight(shares: 1024) == 39)
        #expect(CgroupLimit.weight(shares: 0) == 1)
    }

    @Test(
        "values that cannot be meant are refused before the kernel is asked",
        arguments: [
            CgroupLimit.memoryMaximum(0), .cpuQuota(10), .cpuQuota(5000, period: 10), .cpuWeight(0), .cpuWeight(10_001),
            .tasksMaximum(0), .processors(""), .processors("0; rm"),
        ])
    func refused(_ limit: CgroupLimit) {
        #expect(limit.problem != nil)
    }
}
