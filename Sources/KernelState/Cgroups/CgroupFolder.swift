// One cgroup as the kernel shows it: members, limits and counters.

import Glibc
import Linux
import SystemPackage

/// A limit in force.
package enum CgroupBound: Hashable, Sendable, CustomStringConvertible {
    case unlimited
    case value(UInt64)

    package var description: String {
        switch self {
        case .unlimited: "max"
        case .value(let value): String(value)
        }
    }
}

/// A number read from a file of a cgroup.
package struct CgroupReading: Hashable, Sendable {
    package var bound: CgroupBound
    /// The name of the file that says so.
    package var file: String
    /// What stands there, as the kernel writes it: v1 has a number for "no limit".
    package var text = ""
}

/// The folder of a cgroup, held open as long as this object lives. Everything is read anew at each question; a cgroup that is removed meanwhile answers ENODEV.
package final class CgroupFolder {
    package let isUnified: Bool
    package let path: FilePath
    /// Tells it from one that was made anew at the same path.
    package let identity: FileIdentity
    /// Valid as long as this object lives.
    package var raw: Int32 { descriptor.raw }
    private let descriptor: Descriptor

    /// Nil when there is no such cgroup.
    package init?(at path: FilePath, in hierarchy: CgroupHierarchies.Hierarchy) throws(KernelStateError) {
        do {
            descriptor = try Descriptor.open(path.string, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return nil }
            throw error
        }
        switch RawStat.read(descriptor.raw) {
        case .success(let facts): identity = facts.identity
        case .failure(let errno): throw KernelStateError(operation: "stat", object: path.string, errno: errno)
        }
        self.path = path
        isUnified = hierarchy.isUnified
    }

    /// Files of limits, of either version; not all are there.
    package static let limitFiles = [
        "memory.max", "memory.limit_in_bytes", "pids.max", "cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us",
    ]

    // MARK: Members

    /// The processes in it, without those of its descendants. On v1 threads may be spread; these are the processes' leaders.
    package func members() throws(KernelStateError) -> [ProcessID] {
        try contents("cgroup.procs")[...].lines.compactMap { line in
            line.number(as: Int32.self).flatMap { $0 > 0 ? ProcessID($0) : nil }
        }
    }

    // MARK: Limits

    /// Bytes of memory, `memory.max`.
    package func memoryMaximum() throws(KernelStateError) -> CgroupReading {
        try bound(isUnified ? "memory.max" : "memory.limit_in_bytes")
    }

    /// Bytes of swap beside the memory, `memory.swap.max`. v1 knows the sum of both. Nil when the kernel does not count swap by
    /// cgroup; then nothing but `memory.swappiness` keeps a v1 cgroup from swapping.
    package func swapMaximum() throws(KernelStateError) -> CgroupReading? {
        if isUnified { return try has("memory.swap.max") ? bound("memory.swap.max") : nil }
        guard has("memory.memsw.limit_in_bytes") else { return nil }
        var sum = try bound("memory.memsw.limit_in_bytes")
        if case .value(let total) = sum.bound, case .value(let memory) = try memoryMaximum().bound {
            sum.bound = .value(total >= memory ? total - memory : 0)
        }
        return sum
    }

    /// `memory.swappiness` of v1, 0 … 200; nil on v2.
    package func swappiness() throws(KernelStateError) -> UInt64? {
        guard !isUnified, has("memory.swappiness"), case .value(let value) = try bound("memory.swappiness").bound else {
            return nil
        }
        return value
    }

    /// Tasks, `pids.max`.
    package func tasksMaximum() throws(KernelStateError) -> CgroupReading { try bound("pids.max") }

    /// Microseconds of processor time in a period of so many microseconds.
    package func cpuQuota() throws(KernelStateError) -> (quota: CgroupReading, period: UInt64) {
        if !isUnified {
            guard case .value(let period) = try bound("cpu.cfs_period_us").bound else {
                throw malformed("cpu.cfs_period_us")
            }
            return (try bound("cpu.cfs_quota_us"), period)
        }
        let fields = try contents("cpu.max")[...].lines.first?.words ?? []
        guard fields.count == 2, let quota = Self.bound(fields[0]), let period: UInt64 = fields[1].number() else {
            throw malformed("cpu.max")
        }
        return (CgroupReading(bound: quota, file: "cpu.max", text: fields[0].text), period)
    }

    /// The weight in the unit of the file: `cpu.weight`, 1 … 10000, or v1's `cpu.shares`, from 2 on.
    package func cpuWeight() throws(KernelStateError) -> CgroupReading {
        try bound(isUnified ? "cpu.weight" : "cpu.shares")
    }

    /// The limits of this very cgroup as files and what stands in them, in an order in which another cgroup takes them.
    package func limitTexts() -> [(file: String, text: String)] {
        let names =
            isUnified
            ? ["memory.max", "memory.high", "memory.swap.max", "memory.oom.group", "pids.max", "cpu.max", "cpu.weight"]
            : [
                "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.swappiness", "pids.max",
                "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.shares",
            ]
        return names.compactMap { name in
            guard has(name), let line = try? contents(name)[...].lines.first else { return nil }
            return (name, line.text)
        }
    }

    // MARK: Counters

    /// How often the kernel killed a process of this cgroup because its memory limit was reached.
    package func memoryKills() throws(KernelStateError) -> CgroupReading {
        try counter("oom_kill", in: isUnified ? "memory.events" : "memory.oom_control")
    }

    /// How often the limit stood in the way: reclaim was tried. v2 `max` of memory.events, v1 `memory.failcnt`.
    package func memoryLimitHits() throws(KernelStateError) -> CgroupReading {
        try isUnified ? counter("max", in: "memory.events") : bound("memory.failcnt")
    }

    /// Bytes in use now.
    package func memoryCurrent() throws(KernelStateError) -> CgroupReading {
        try bound(isUnified ? "memory.current" : "memory.usage_in_bytes")
    }

    /// How many periods of the quota ended with tasks held back.
    package func throttledPeriods() throws(KernelStateError) -> CgroupReading {
        try counter("nr_throttled", in: "cpu.stat")
    }

    /// For how long tasks were held back, microseconds.
    package func throttledTime() throws(KernelStateError) -> CgroupReading {
        if isUnified { return try counter("throttled_usec", in: "cpu.stat") }
        var reading = try counter("throttled_time", in: "cpu.stat")
        if case .value(let nanoseconds) = reading.bound { reading.bound = .value(nanoseconds / 1000) }
        return reading
    }

    /// How often a fork was refused because of `pids.max`: of this very cgroup, where the kernel tells that (v2, Linux 6.11 and later: its
    /// `pids.events` counts what was refused by limits below, too), else to a member of it.
    package func refusedForks() throws(KernelStateError) -> CgroupReading {
        try counter("max", in: has("pids.events.local") ? "pids.events.local" : "pids.events")
    }

    /// Tasks now.
    package func tasks() throws(KernelStateError) -> CgroupReading { try bound("pids.current") }

    // MARK: Parts

    package func has(_ file: String) -> Bool { faccessat(descriptor.raw, file, F_OK, 0) == 0 }

    private func bound(_ file: String) throws(KernelStateError) -> CgroupReading {
        guard let line = try contents(file)[...].lines.first, let bound = Self.bound(line) else {
            throw malformed(file)
        }
        return CgroupReading(bound: bound, file: file, text: line.text)
    }

    /// The value of a line `NAME VALUE`. A kernel that does not count it (EOPNOTSUPP) is an error, not a zero.
    private func counter(_ name: String, in file: String) throws(KernelStateError) -> CgroupReading {
        for line in try contents(file)[...].lines {
            let words = line.words
            guard words.count == 2, words[0].text == name, let value: UInt64 = words[1].number() else { continue }
            return CgroupReading(bound: .value(value), file: file, text: String(value))
        }
        throw KernelStateError(
            operation: "find \(name) in", object: "\(path)/\(file)", errno: .notSupported)
    }

    /// `max`, `-1`, and v1's highest number of bytes all mean unlimited.
    private static func bound(_ text: Bytes) -> CgroupBound? {
        if text.text == "max" || text.text == "-1" { return .unlimited }
        guard let value: UInt64 = text.number() else { return nil }
        return value >= 1 << 62 ? .unlimited : .value(value)
    }

    private func malformed(_ file: String) -> KernelStateError {
        KernelStateError(operation: "understand", object: "\(path)/\(file)", errno: .ioError)
    }

    private func contents(_ file: String) throws(KernelStateError) -> [UInt8] {
        let object = "\(path)/\(file)"
        let opened = try Descriptor.open(file, below: descriptor.raw, flags: O_RDONLY | O_NOFOLLOW, object: object)
        return try opened.read(limit: 1 << 20, object: object)
    }

    static func contents(of file: FilePath) throws(KernelStateError) -> [UInt8] {
        try Descriptor.open(file.string, flags: O_RDONLY).read(
            limit: 1 << 16, object: file.string)
    }
}
