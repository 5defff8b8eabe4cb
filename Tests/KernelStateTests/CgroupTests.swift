// Cgroups as folders that look like the kernel's: v1 and v2 files with their odd spellings.

import Foundation
import Linux
import SystemPackage
import Testing

@testable import KernelState

/// A folder that holds files as a cgroup does.
private func withFolder(
    isUnified: Bool, _ files: [String: String], _ body: (CgroupFolder) throws -> Void
) throws {
    let folder = NSTemporaryDirectory() + "podlab-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for (name, text) in files { try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8) }
    let hierarchy = CgroupHierarchies.Hierarchy(
        isUnified: isUnified, mountPoint: FilePath(folder), root: "/", controllers: ["memory", "cpu", "pids"])
    let found = try CgroupFolder(at: FilePath(folder), in: hierarchy)
    guard let found else {
        Issue.record("the folder was not opened")
        return
    }
    try body(found)
}

@Suite("Cgroups observed")
struct CgroupObservationTests {
    @Test("limits and counters of v2")
    func unified() throws {
        let files = [
            "memory.max": "52428800\n", "memory.swap.max": "max\n",
            "memory.events": "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\n",
            "cpu.max": "max 100000\n", "cpu.weight": "100\n", "pids.max": "20\n", "pids.events": "max 4\n",
            "cpu.stat": "usage_usec 5\nnr_periods 9\nnr_throttled 7\nthrottled_usec 1234\n",
            "cgroup.procs": "12\n0\n34\n",
        ]
        try withFolder(isUnified: true, files) { folder throws in
            #expect(
                try folder.memoryMaximum()
                    == CgroupReading(bound: .value(50 << 20), file: "memory.max", text: "52428800"))
            #expect(try folder.swapMaximum()?.bound == .unlimited)
            #expect(try folder.memoryKills().bound == .value(2))
            #expect(try folder.memoryLimitHits().bound == .value(12))
            let (quota, period) = try folder.cpuQuota()
            #expect(quota.bound == .unlimited)
            #expect(period == 100_000)
            #expect(try folder.cpuWeight().bound == .value(100))
            #expect(try folder.tasksMaximum().bound == .value(20))
            #expect(try folder.refusedForks().bound == .value(4))
            #expect(try folder.throttledPeriods().bound == .value(7))
            #expect(try folder.throttledTime().bound == .value(1234))
            #expect(try folder.swappiness() == nil)
            // 0: a process that has no number in this pid namespace.
            let members = try folder.members()
            #expect(members == [ProcessID(12), ProcessID(34)])
        }
    }

    @Test(
        "a fork that was refused by a limit below is not counted as one by this limit, where the kernel tells them apart"
    )
    func refusedBelow() throws {
        try withFolder(isUnified: true, ["pids.events": "max 4\n", "pids.events.local": "max 0\n"]) { folder throws in
            #expect(try folder.refusedForks().bound == .value(0))
        }
    }

    @Test("the same of v1: no limit is a huge number or -1, time is in nanoseconds, swap is counted with memory")
    func legacy() throws {
        let files = [
            "memory.limit_in_bytes": "9223372036854771712\n", "memory.memsw.limit_in_bytes": "9223372036854771712\n",
            "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", "memory.swappiness": "60\n",
            "cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n", "cpu.shares": "1024\n",
            "cpu.stat": "nr_periods 10\nnr_throttled 3\nthrottled_time 5000000\n",
        ]
        try withFolder(isUnified: false, files) { folder throws in
            #expect(try folder.memoryMaximum().bound == .unlimited)
            #expect(try folder.swapMaximum()?.bound == .unlimited)
            #expect(try folder.memoryKills().bound == .value(1))
            #expect(try folder.cpuQuota().quota.bound == .unlimited)
            #expect(try folder.cpuWeight().bound == .value(1024))
            #expect(try folder.throttledTime().bound == .value(5000))
            #expect(try folder.swappiness() == 60)
        }
        let limited = ["memory.limit_in_bytes": "1048576\n", "memory.memsw.limit_in_bytes": "3145728\n"]
        try withFolder(isUnified: false, limited) { folder throws in
            #expect(try folder.swapMaximum()?.bound == .value(2 << 20))
        }
    }

    @Test(
        "what is not there, or is no number, is an error that names the file",
        arguments: ["", "many\n", "-5\n", "1 2 3\n"])
    func malformed(_ text: String) throws {
        try withFolder(isUnified: true, ["memory.max": text, "memory.events": text]) { folder throws in
            #expect(throws: KernelStateError.self) { _ = try folder.memoryMaximum() }
            #expect(throws: KernelStateError.self) { _ = try folder.memoryKills() }
            let error = #expect(throws: KernelStateError.self) { _ = try folder.tasksMaximum() }
            #expect(error?.object.hasSuffix("/pids.max") == true)
        }
    }

    @Test("a folder that is not there is no cgroup")
    func absent() throws {
        let hierarchy = CgroupHierarchies.Hierarchy(isUnified: true, mountPoint: "/", root: "/", controllers: [])
        let found = try CgroupFolder(at: "/nowhere/at/all", in: hierarchy)
        #expect(found == nil)
    }

    @Test("where a controller is, and which folders a mount shows")
    func hierarchies() {
        let table = MountTable(
            parsing: Array(
                """
                1 0 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
                2 1 0:29 /podlab-1/root /sys/fs/cgroup/memory rw - cgroup cgroup rw,xattr,memory
                3 1 0:30 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio
                4 1 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
                """.utf8))
        let found = CgroupHierarchies(mounts: table) { _ in ["pids"] }
        #expect(found.hierarchy(of: "io")?.mountPoint == "/sys/fs/cgroup/blkio")
        #expect(found.hierarchy(of: "pids")?.isUnified == true)
        #expect(found.hierarchy(of: "cpu") == nil)
        guard let memory = found.hierarchy(of: "memory") else {
            Issue.record("no memory")
            return
        }
        #expect(found.folder(of: "/podlab-1/root/box", in: memory) == "/sys/fs/cgroup/memory/box")
        #expect(found.folder(of: "/podlab-10/root", in: memory) == nil)
    }
}
