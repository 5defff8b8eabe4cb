// Limits as labs ask for them, against files as both versions of cgroups have them; and counters under one limit or another.

import Foundation
@testable import KernelState
import SystemPackage
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite("limits and counters of cgroups")
struct LimitTests {
    /// What is wrong with limits, where the files of a cgroup say this.
    private func faults(
        _ limits: CgroupProbe.Limits, isUnified: Bool, _ files: [String: String]
    ) throws -> [String] {
        let folder = NSTemporaryDirectory() + "podlab-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files {
            try (text + "\n").write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
        }
        let hierarchy = CgroupHierarchies.Hierarchy(
            isUnified: isUnified, mountPoint: FilePath(folder), root: "/", controllers: ["memory", "cpu"])
        let found = try #require(try CgroupFolder(at: FilePath(folder), in: hierarchy))
        var verdict = CgroupVerdict(inside: "/sys/fs/cgroup/box")
        try verdict.hold(limits, against: found)
        return verdict.wrong
    }

    @Test("a CPU request is compared in the unit of the file at hand", arguments: [255, 256, 257, 250, 1024])
    func shares(number: Int) throws {
        let limits = CgroupProbe.Limits(request: "250m")
        let wrong = try faults(limits, isUnified: false, ["cpu.shares": "\(number)"])
        #expect(wrong == (number == 256 ? [] : ["cpu.shares is \(number), not 256"]))
    }

    @Test("of the two ways from shares to weights either is right", arguments: [9, 10, 11, 34, 35, 36])
    func weights(number: Int) throws {
        let wrong = try faults(CgroupProbe.Limits(request: "250m"), isUnified: true, ["cpu.weight": "\(number)"])
        #expect(wrong.isEmpty == [10, 35].contains(number), "\(wrong)")
    }

    @Test(
        "a share of a processor is exact, whatever the period",
        arguments: [
            (50_000, 100_000, true), (50_001, 100_000, false), (50_900, 100_000, false), (49_999, 100_000, false),
            (5_000, 10_000, true), (1_000_000, 1_000_000, false),
        ])
    func quota(quota: Int, period: Int, isRight: Bool) throws {
        let limits = CgroupProbe.Limits(cpu: "50%")
        let legacy = ["cpu.cfs_quota_us": "\(quota)", "cpu.cfs_period_us": "\(period)"]
        #expect(try faults(limits, isUnified: false, legacy).isEmpty == isRight)
        #expect(try faults(limits, isUnified: true, ["cpu.max": "\(quota) \(period)"]).isEmpty == isRight)
    }

    @Test("what is wrong is told by the file at hand and what stands in it")
    func words() throws {
        let huge = "9223372036854771712"
        #expect(
            try faults(CgroupProbe.Limits(memory: "24M"), isUnified: false, ["memory.limit_in_bytes": huge])
                == ["memory.limit_in_bytes is \(huge), not 25165824"])
        #expect(
            try faults(CgroupProbe.Limits(memory: "24M"), isUnified: true, ["memory.max": "max"])
                == ["memory.max is max, not 25165824"])
        #expect(
            try faults(CgroupProbe.Limits(memory: "10"), isUnified: true, ["memory.max": "4096"])
                == ["memory.max is 4096, not 0 (10 in whole pages)"])
        let swapping = ["memory.swappiness": "60", "memory.memsw.limit_in_bytes": huge, "memory.limit_in_bytes": huge]
        #expect(
            try faults(CgroupProbe.Limits(swap: "0"), isUnified: false, swapping) == ["memory.swappiness is 60, not 0"])
        #expect(
            try faults(CgroupProbe.Limits(swap: "0"), isUnified: true, ["memory.swap.max": "max"])
                == ["memory.swap.max is max, not 0"])
    }

    @Test(
        "what came between two writings of one limit was counted under nobody knows which, and what came before still counts"
    )
    func rewritten() throws {
        let folder = NSTemporaryDirectory() + "podlab-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func say(_ text: String, in file: String) throws {
            try (text + "\n").write(toFile: folder + "/" + file, atomically: false, encoding: .utf8)
        }
        let hierarchy = CgroupHierarchies.Hierarchy(
            isUnified: true, mountPoint: FilePath(folder), root: "/", controllers: ["memory"])
        let found = try #require(try CgroupFolder(at: FilePath(folder), in: hierarchy))
        let probe = CgroupProbe(
            controller: .memory, path: "/box", limits: .init(memory: "24M"), counters: .init(memoryKills: 1))
        let judge = Judge(node: try NodeView(initProcess: .current))
        var seen: LimitSighting?
        /// How many of the kills count.
        func counted(kills: UInt64, limit: String = "25165824", isRewritten: Bool = false) throws -> UInt64 {
            try say("oom_kill \(kills)", in: "memory.events")
            try say(limit, in: "memory.max")
            let now = try judge.sighting(of: probe, found, seen, isRewritten: isRewritten)
            seen = now
            return now.counted(.memoryKills, kills)
        }
        #expect(try counted(kills: 1) == 1)
        #expect(try counted(kills: 2, isRewritten: true) == 1)
        #expect(try counted(kills: 3) == 2)
        #expect(try counted(kills: 3, limit: "8388608") == 2)
        #expect(try counted(kills: 4, limit: "8388608") == 2)
        #expect(try counted(kills: 4) == 2)
        #expect(try counted(kills: 5) == 3)
        // The first that is seen of it is the last of several writings.
        seen = nil
        #expect(try counted(kills: 5, isRewritten: true) == 0)
        #expect(try counted(kills: 6) == 1)
    }

    @Test("only what was counted under the limits counts")
    func counted() {
        var sighting = LimitSighting(
            key: "", folder: "", isInForce: true, hadOther: true, counts: ["memoryKills": .init(start: 2, earlier: 0)])
        #expect(sighting.counted(.memoryKills, 2) == 0)
        #expect(sighting.counted(.memoryKills, 3) == 1)
        sighting.counts["memoryKills"] = .init(start: 5, earlier: 1)
        #expect(sighting.counted(.memoryKills, 5) == 1)
        sighting.isInForce = false
        #expect(sighting.counted(.memoryKills, 9) == 1)
    }
}
