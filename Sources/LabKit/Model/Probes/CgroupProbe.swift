// cgroup: who is in it, what limits it has, and what the kernel has counted there.

import StrictYAML

/// A cgroup of the playground, see cgroups(7). Everything that is given must hold. The words are those of cgroup v2; on v1 the files that
/// come to the same are read.
package struct CgroupProbe: Sendable, Equatable {
    package enum Controller: String, Sendable, CaseIterable {
        case cpu, io, memory, pids
    }

    /// Limits as texts, because they may hold variables.
    package struct Limits: Sendable, Equatable {
        /// `memory.max`: bytes with K, M or G (of 1024), or `max`. Compared after the kernel's rounding to pages.
        package var memory: String?
        /// `memory.swap.max`, likewise; `0`: nothing is swapped out.
        package var swap: String?
        /// `pids.max`.
        package var tasks: String?
        /// `cpu.max` as a share of one processor: `20%`; `max`.
        package var cpu: String?
        /// The weight of a CPU request in thousandths of a processor, `250m`: v1's `cpu.shares`, or what runtimes make of them for `cpu.weight`.
        package var request: String?
    }

    /// How often at least, while the limits that are asked for were in force.
    package struct Counters: Sendable, Equatable {
        /// Processes killed because the memory limit was reached: `oom_kill`.
        package var memoryKills: Int?
        /// Forks refused: `max` of `pids.events`.
        package var refusedForks: Int?
        /// Periods in which tasks had to wait for the next: `nr_throttled`.
        package var throttledPeriods: Int?
    }

    package var controller: Controller
    /// From the playground's root cgroup: `/box`.
    package var path: String
    package var limits: Limits?
    package var counters: Counters?
    /// This process is in it. One that is in a cgroup below meets its limits, too, and is counted there.
    package var member: Selector?
    /// Whoever has a terminal, in whose foreground process group it is, is in it as well or in one below.
    package var foreground: Bool?
    /// No process is in it.
    package var empty: Bool?
}

extension CgroupProbe {
    /// The limits that its counters are about, in words: probes that count the same have the same.
    var key: String {
        let parts = [limits?.memory, limits?.swap, limits?.tasks, limits?.cpu, limits?.request].map { $0 ?? "-" }
        return "\(controller.rawValue) \(path) \(parts.joined(separator: " "))"
    }
}

extension CgroupProbe.Controller: Keyword {
    package static var placeholder: CgroupProbe.Controller { .memory }
}

extension CgroupProbe: MappingDecodable {
    package static let shape = Shape(
        name: "cgroupProbe", required: ["controller", "path"],
        optional: ["limits", "counters", "member", "foreground", "empty"])

    package init(fields: Fields) {
        controller = fields.required("controller")
        path = fields.required("path")
        limits = fields.optional("limits")
        counters = fields.optional("counters")
        member = fields.optional("member")
        foreground = fields.optional("foreground")
        if foreground != nil, member == nil {
            fields.reader.error("'foreground' goes with 'member'", at: fields.place("foreground"))
        }
        empty = fields.optional("empty")
        Self.checkPath(path, of: fields)
    }

    static func checkPath(_ path: String, of fields: Fields) {
        guard fields.has("path"), !path.hasPrefix("/") else { return }
        fields.reader.error("a cgroup's path begins with '/', the playground's root cgroup", at: fields.place("path"))
    }
}

extension CgroupProbe.Limits: MappingDecodable {
    package static let shape = Shape(name: "cgroupLimits", optional: ["memory", "swap", "tasks", "cpu", "request"])

    package init(fields: Fields) {
        memory = fields.optional("memory")
        swap = fields.optional("swap")
        tasks = fields.optional("tasks")
        cpu = fields.optional("cpu")
        request = fields.optional("request")
        fields.needsOne(of: Self.shape.keys)
    }
}

extension CgroupProbe.Counters: MappingDecodable {
    package static let shape = Shape(
        name: "cgroupCounters", optional: ["memoryKills", "refusedForks", "throttledPeriods"])

    package init(fields: Fields) {
        func count(_ key: String) -> Int? { fields.has(key) ? fields.number(key, in: 1...1_000_000) : nil }
        memoryKills = count("memoryKills")
        refusedForks = count("refusedForks")
        throttledPeriods = count("throttledPeriods")
        fields.needsOne(of: Self.shape.keys)
    }
}
