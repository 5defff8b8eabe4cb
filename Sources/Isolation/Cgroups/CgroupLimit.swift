// Limits in the words of cgroup v2, with bytes and microseconds, and the files of either version that hold them.

/// One limit of a cgroup. nil means unlimited.
package enum CgroupLimit: Sendable, Equatable {
    /// `memory.max`; v1 `memory.limit_in_bytes`. Bytes; the kernel rounds down to pages.
    case memoryMaximum(UInt64?)
    /// `memory.high`: beyond it the kernel slows down and reclaims. Bytes. v2 only.
    case memoryHigh(UInt64?)
    /// `memory.low`: below it nothing is reclaimed as long as there is something elsewhere. Bytes. v2 only;
    /// v1's soft limit is another thing.
    case memoryLow(UInt64)
    /// `memory.swap.max`: bytes of swap *beside* the memory. v1 limits the sum of both: `memory.memsw.limit_in_bytes`.
    case swapMaximum(UInt64?)
    /// `cpu.max`: microseconds of processor time in each period of so many microseconds. v1 `cpu.cfs_quota_us` and
    /// `cpu.cfs_period_us`.
    case cpuQuota(UInt64?, period: UInt64 = 100_000)
    /// `cpu.weight`, 1 … 10000, 100 by default. v1 `cpu.shares`, 2 … 262144, 1024 by default.
    case cpuWeight(UInt64)
    /// `pids.max`: tasks (threads count).
    case tasksMaximum(UInt64?)
    /// `cpuset.cpus`: a list such as `0-1,4`.
    case processors(String)

    package var controller: CgroupController {
        switch self {
        case .memoryMaximum, .memoryHigh, .memoryLow, .swapMaximum: .memory
        case .cpuQuota, .cpuWeight: .cpu
        case .tasksMaximum: .pids
        case .processors: .cpuset
        }
    }

    /// As an error names it.
    package var name: String {
        switch self {
        case .memoryMaximum: "memory.max"
        case .memoryHigh: "memory.high"
        case .memoryLow: "memory.low"
        case .swapMaximum: "memory.swap.max"
        case .cpuQuota: "cpu.max"
        case .cpuWeight: "cpu.weight"
        case .tasksMaximum: "pids.max"
        case .processors: "cpuset.cpus"
        }
    }

    /// What is wrong with the value itself, whatever the kernel; nil if nothing is.
    package var problem: String? {
        switch self {
        case .memoryMaximum(0), .memoryHigh(0): "a limit of 0 bytes leaves no room for any process"
        case .cpuQuota(let quota, let period):
            if !(1000...1_000_000).contains(period) {
                "a period goes from 1000 to 1000000 microseconds"
            } else if let quota, quota < 1000 {
                "a quota is at least 1000 microseconds"
            } else {
                nil
            }
        case .cpuWeight(let weight): (1...10_000).contains(weight) ? nil : "a weight goes from 1 to 10000"
        case .tasksMaximum(0): "a limit of 0 tasks leaves no room for any process"
        case .processors(let list):
            list.isEmpty || !list.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == "," || $0 == "-") })
                ? "a list of processors is written as 0-1,4" : nil
        default: nil
        }
    }
}

/// A file of a cgroup and what is written to it.
struct CgroupSetting: Equatable {
    var file: String
    var value: String
}

extension CgroupLimit {
    /// The files of v2.
    var unifiedSettings: [CgroupSetting] {
        func bytes(_ value: UInt64?) -> String { value.map(String.init) ?? "max" }
        return switch self {
        case .memoryMaximum(let value): [CgroupSetting(file: "memory.max", value: bytes(value))]
        case .memoryHigh(let value): [CgroupSetting(file: "memory.high", value: bytes(value))]
        case .memoryLow(let value): [CgroupSetting(file: "memory.low", value: String(value))]
        case .swapMaximum(let value): [CgroupSetting(file: "memory.swap.max", value: bytes(value))]
        case .cpuQuota(let quota, let period):
            [CgroupSetting(file: "cpu.max", value: "\(bytes(quota)) \(period)")]
        case .cpuWeight(let weight): [CgroupSetting(file: "cpu.weight", value: String(weight))]
        case .tasksMaximum(let value): [CgroupSetting(file: "pids.max", value: bytes(value))]
        case .processors(let list): [CgroupSetting(file: "cpuset.cpus", value: list)]
        }
    }

    /// The files of v1, in the order of writing; nil for what v1 does not have. `.swapMaximum` depends on the memory limit in
    /// force, in bytes.
    func legacySettings(memoryLimit: UInt64?) -> [CgroupSetting]? {
        func signed(_ value: UInt64?) -> String { value.map(String.init) ?? "-1" }
        switch self {
        case .memoryMaximum(let value): return [CgroupSetting(file: "memory.limit_in_bytes", value: signed(value))]
        case .memoryHigh, .memoryLow: return nil
        case .swapMaximum(let value):
            let sum: UInt64? =
                if let value, let memoryLimit {
                    memoryLimit.addingReportingOverflow(value).overflow ? nil : memoryLimit + value
                } else {
                    nil
                }
            return [CgroupSetting(file: "memory.memsw.limit_in_bytes", value: signed(sum))]
        case .cpuQuota(let quota, let period):
            return [
                CgroupSetting(file: "cpu.cfs_period_us", value: String(period)),
                CgroupSetting(file: "cpu.cfs_quota_us", value: signed(quota)),
            ]
        case .cpuWeight(let weight):
            return [CgroupSetting(file: "cpu.shares", value: String(Self.shares(weight: weight)))]
        case .tasksMaximum(let value):
            return [CgroupSetting(file: "pids.max", value: value.map(String.init) ?? "max")]
        case .processors(let list): return [CgroupSetting(file: "cpuset.cpus", value: list)]
        }
    }

    /// The scale 1 … 10000 laid over 2 … 262144, as Kubernetes and runc do it; rounded up, so that what is read back is what was set.
    static func shares(weight: UInt64) -> UInt64 { 2 + ((weight - 1) * 262_142 + 9_998) / 9_999 }
    static func weight(shares: UInt64) -> UInt64 {
        let shares = min(max(shares, 2), 262_144)
        return 1 + (shares - 2) * 9_999 / 262_142
    }
}
