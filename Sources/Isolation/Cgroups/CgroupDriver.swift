// Setting a limit and reading it back, in the files of v1 and of v2.

import SystemPackage

/// What the two versions of the interface have in common.
protocol CgroupDriver {
    /// Writes a limit.
    func set(_ limit: CgroupLimit, in cgroup: CgroupDirectory) throws(IsolationError)
    /// The limit of that kind as the kernel has it now, after its rounding.
    func value(of limit: CgroupLimit, in cgroup: CgroupDirectory) throws(IsolationError) -> CgroupLimit
}

extension CgroupDirectory {
    var driver: any CgroupDriver {
        switch version {
        case .v1: LegacyCgroupDriver()
        case .v2: UnifiedCgroupDriver()
        }
    }

    /// Sets a limit.
    /// - Returns: what the kernel made of it: memory in whole pages, say.
    @discardableResult
    package func set(_ limit: CgroupLimit) throws(IsolationError) -> CgroupLimit {
        if let problem = limit.problem {
            throw IsolationError("set \(limit.name) of \(path)", errno: .invalidArgument, meaning: problem)
        }
        guard hierarchy.controllers.contains(limit.controller) else {
            throw IsolationError(
                "set \(limit.name) of \(path)", errno: .notSupported,
                meaning: "the controller \(limit.controller.rawValue) is not on this hierarchy")
        }
        try driver.set(limit, in: self)
        return try driver.value(of: limit, in: self)
    }

    /// What is in force for a limit of this kind; its own value does not matter.
    package func value(of limit: CgroupLimit) throws(IsolationError) -> CgroupLimit {
        try driver.value(of: limit, in: self)
    }

    /// A number of a file; nil for `max`, `-1` and what v1 shows for no limit.
    func number(_ file: String) throws(IsolationError) -> UInt64? {
        try number(in: try read(file)[...], of: file)
    }

    func number(in text: Substring, of file: String) throws(IsolationError) -> UInt64? {
        if text == "max" || text == "-1" { return nil }
        guard let value = UInt64(text) else {
            throw IsolationError("read \(path)/\(file)", meaning: "not a number: \(text)")
        }
        // v1 has no word for it: the highest multiple of a page below 2^63.
        return value >= 1 << 62 ? nil : value
    }
}

struct UnifiedCgroupDriver: CgroupDriver {
    func set(_ limit: CgroupLimit, in cgroup: CgroupDirectory) throws(IsolationError) {
        for setting in limit.unifiedSettings { try cgroup.write(setting.file, setting.value) }
    }

    func value(of limit: CgroupLimit, in cgroup: CgroupDirectory) throws(IsolationError) -> CgroupLimit {
        switch limit {
        case .memoryMaximum: return .memoryMaximum(try cgroup.number("memory.max"))
        case .memoryHigh: return .memoryHigh(try cgroup.number("memory.high"))
        case .memoryLow: return .memoryLow(try cgroup.number("memory.low") ?? .max)
        case .swapMaximum: return .swapMaximum(try cgroup.number("memory.swap.max"))
        case .cpuQuota:
            let fields = try cgroup.read("cpu.max").split(separator: " ")
            guard fields.count == 2, let period = UInt64(fields[1]) else {
                throw IsolationError("read \(cgroup.path)/cpu.max", meaning: "not two numbers")
            }
            return .cpuQuota(try cgroup.number(in: fields[0], of: "cpu.max"), period: period)
        case .cpuWeight: return .cpuWeight(try cgroup.number("cpu.weight") ?? 100)
        case .tasksMaximum: return .tasksMaximum(try cgroup.number("pids.max"))
        case .processors: return .processors(try cgroup.read("cpuset.cpus"))
        }
    }
}

struct LegacyCgroupDriver: CgroupDriver {
    func set(_ limit: CgroupLimit, in cgroup: CgroupDirectory) throws(IsolationError) {
        var memory: UInt64?
        if case .swapMaximum = limit { memory = try cgroup.number("memory.limit_in_bytes") }
        guard let settings = limit.legacySettings(memoryLimit: memory) else {
            throw IsolationError(
                "set \(limit.name) of \(cgroup.path)", errno: .notSupported, meaning: "cgroup v1 has no such limit")
        }
        for setting in settings { try write(setting, in: cgroup) }
    }

    private func write(_ setting: CgroupSetting, in cgroup: CgroupDirectory) throws(IsolationError) {
        do {
            try cgroup.write(setting.file, setting.value)
        } catch {
            switch (setting.file, error.errno) {
            case ("memory.limit_in_bytes", .invalidArgument) where cgroup.has("memory.memsw.limit_in_bytes"):
                // Memory and swap together are never limited to less than memory alone: lift that limit first.
                try cgroup.write("memory.memsw.limit_in_bytes", "-1")
                try cgroup.write(setting.file, setting.value)
            case ("memory.memsw.limit_in_bytes", .noSuchFileOrDirectory):
                // A kernel that does not account swap for each cgroup.
                throw IsolationError(
                    error.operation, errno: error.errno, meaning: error.meaning,
                    hint:
                        "this kernel does not count swap by cgroup (swapaccount=0); memory.swappiness of 0 comes nearest"
                )
            default: throw error
            }
        }
    }

    func value(of limit: CgroupLimit, in cgroup: CgroupDirectory) throws(IsolationError) -> CgroupLimit {
        switch limit {
        case .memoryMaximum: return .memoryMaximum(try cgroup.number("memory.limit_in_bytes"))
        case .swapMaximum:
            guard let sum = try cgroup.number("memory.memsw.limit_in_bytes"),
                let memory = try cgroup.number("memory.limit_in_bytes")
            else { return .swapMaximum(nil) }
            return .swapMaximum(sum >= memory ? sum - memory : 0)
        case .cpuQuota:
            return .cpuQuota(
                try cgroup.number("cpu.cfs_quota_us"), period: try cgroup.number("cpu.cfs_period_us") ?? 100_000)
        case .cpuWeight: return .cpuWeight(CgroupLimit.weight(shares: try cgroup.number("cpu.shares") ?? 1024))
        case .tasksMaximum: return .tasksMaximum(try cgroup.number("pids.max"))
        case .processors: return .processors(try cgroup.read("cpuset.cpus"))
        case .memoryHigh, .memoryLow:
            throw IsolationError(
                "read \(limit.name) of \(cgroup.path)", errno: .notSupported, meaning: "cgroup v1 has no such limit")
        }
    }
}
