// cgroup: who is in it, what limits it has, and what the kernel has counted there.

import Glibc
import KernelState
import Linux
import Playgrounds
import StrictYAML
import SystemPackage
import Text

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
        "cgroupProbe",
        "Who is in a cgroup, its limits, and what the kernel has counted there. All that is given must hold.",
        [
            .required("controller", .word("controller")),
            .required("path", .absolutePath, "From the playground's root cgroup."),
            .optional("limits", .mapping("cgroupLimits")),
            .optional("counters", .mapping("cgroupCounters")),
            .optional("member", .mapping("selector"), "This process is in it, and not in one below."),
            .optional("foreground", .truth, "Whoever has a terminal is in it as well, or in one below."),
            .optional("empty", .truth, "No process is in it."),
        ])

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
    package static let shape = Shape(
        "cgroupLimits", "Limits, compared in the unit of the file at hand, exactly.",
        [
            .optional(
                "memory", .text,
                "memory.max: bytes with K, M or G, or max; compared after the kernel's rounding to pages."),
            .optional("swap", .text, "memory.swap.max; 0: nothing is swapped out."),
            .optional("tasks", .text, "pids.max."),
            .optional("cpu", .text, "cpu.max as a share of one processor, such as 20%, or max."),
            .optional(
                "request", .text,
                "The weight of a CPU request in thousandths of a processor, such as 250m: cpu.shares of v1, or what runtimes make of them for cpu.weight."
            ),
        ], rules: [.notEmpty])

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
        "cgroupCounters", "What the kernel has counted at least, while the limits that stand beside it were in force.",
        [
            .optional("memoryKills", .integer(1...1_000_000), "Processes killed at the memory limit: oom_kill."),
            .optional("refusedForks", .integer(1...1_000_000), "Forks refused: max of pids.events."),
            .optional(
                "throttledPeriods", .integer(1...1_000_000), "Periods that ended with tasks held back: nr_throttled."),
        ], rules: [.notEmpty])

    package init(fields: Fields) {
        memoryKills = fields.optionalNumber("memoryKills")
        refusedForks = fields.optionalNumber("refusedForks")
        throttledPeriods = fields.optionalNumber("throttledPeriods")
        fields.needsOne(of: Self.shape.keys)
    }
}

extension CgroupProbe: Probe {
    package static let key = "cgroup"
    package static let asks = "who is in it, what are its limits, what has the kernel counted there?"
    package static let reads = "the files of the cgroup, `/proc/PID/cgroup`"
    package static let onlyReads = true
    package static let innerShapes = [Limits.shape, Counters.shape]
    package static let wordLists = [WordList("controller", Controller.self, "A controller by its name on cgroup v2.")]

    package var refers: References { References(controllers: [controller.rawValue]) }

    /// A counter says how often, and not under which limits.
    package var memory: Memory { counters != nil && limits != nil ? Memory(limits: [self]) : Memory() }

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        guard let side = look.cgroups.roots[controller.rawValue] else {
            let none = "this machine has no \(controller.rawValue) controller for the playground"
            return ProbeOutcome(status: .skip, expected: words(), reason: look.cgroups.problem ?? none)
        }
        let hierarchies = try CgroupHierarchies.read()
        guard let hierarchy = hierarchies.hierarchy(of: controller.rawValue) else {
            return ProbeOutcome(
                status: .error, expected: words(),
                reason: "no hierarchy with \(controller.rawValue) is mounted")
        }
        let expected = words(isUnified: hierarchy.isUnified)
        let path = side.folder(self.path)
        let inside = side.shown(self.path)
        guard let folder = try CgroupFolder(at: path, in: hierarchy) else {
            return outcome(
                false, expected, "there is no cgroup \(self.path)",
                [Evidence(source: "stat \(terminalSafe(inside))", value: "no such file or directory")],
                ["absent": self.path])
        }
        var reading = CgroupVerdict(inside: inside)
        do {
            try reading.hold(limits, against: folder)
            let sighting = look.limits.first { $0.key == key && $0.folder == "\(folder.identity)" }
            try reading.hold(counters, against: folder, since: sighting)
        } catch let error as KernelStateError where error.errno == .noSuchFileOrDirectory {
            return outcome(
                false, expected, "\(controller.rawValue) is not enabled for \(self.path)",
                [Evidence(source: inside, value: "\(error)")], ["disabled": controller.rawValue])
        }
        if let selector = member {
            let found = try look.select(selector)
            func place(of process: ProcessState) -> FilePath? {
                hierarchies.membership(of: process.pid, in: hierarchy).flatMap {
                    hierarchies.folder(of: $0, in: hierarchy)
                }
            }
            func shown(_ place: FilePath?) -> String { place.map { Self.shown($0, below: side) } ?? "unknown" }
            let places = found.map { ($0, place(of: $0)) }
            let members = places.filter { $0.1 == path }
            // Who has gone too far in comes nearest.
            let near = places.filter { $0.1?.starts(with: path) == true } + places
            for (process, place) in (members.isEmpty ? near : members).prefix(3) {
                reading.evidence.append(
                    Evidence(source: "/proc/\(process.pid)/cgroup", value: "\(look.name(process)): \(shown(place))"))
            }
            if found.isEmpty {
                let missing = try look.shortfall(of: selector)
                reading.wrong.append("nobody is in it: \(terminalSafe(missing.words))")
                reading.evidence += missing.evidence
                reading.observed["outside"] = missing.key
            } else if members.isEmpty, let (process, place) = near.first {
                reading.wrong.append("\(look.name(process)) is in \(shown(place))")
                reading.observed["outside"] = "\(process.pid)"
                if place?.starts(with: path) == true { reading.observed["below"] = "\(process.pid)" }
            } else if self.foreground == true {
                let foreground = try look.processes().all.filter {
                    $0.pid != look.node.initProcess.pid && $0.stat.foregroundGroup == $0.stat.processGroup
                }
                if let one = foreground.first(where: { place(of: $0)?.starts(with: path) == true }) {
                    reading.evidence.append(
                        Evidence(source: "/proc/\(one.pid)/stat", value: "\(look.name(one)): has the terminal"))
                } else {
                    let other = foreground.last
                    let who = other.map { "\(look.name($0)), which has the terminal, is in \(shown(place(of: $0)))" }
                    reading.wrong.append(who ?? "nobody has a terminal")
                    reading.observed["background"] = other.map { "\($0.pid)" } ?? ""
                }
            }
        }
        if empty == true {
            let members = try folder.members()
            reading.note("cgroup.procs", members.isEmpty ? "empty" : members.map { "\($0)" }.joined(separator: " "))
            if !members.isEmpty { reading.wrong.append("\(members.count) processes are in it") }
        }
        let actual =
            reading.wrong.isEmpty
            ? "\(self.path): as expected" : "\(self.path): " + reading.wrong.joined(separator: ", ")
        return outcome(reading.wrong.isEmpty, expected, actual, reading.evidence, reading.observed)
    }

    /// A folder of this machine as the playground names the cgroup.
    private static func shown(_ place: FilePath, below side: CgroupRecord.Side) -> String {
        var rest = place
        guard rest.removePrefix(FilePath(side.host)) else { return terminalSafe("\(place) of the host") }
        return terminalSafe("/" + rest.string)
    }
}

extension CgroupProbe.Counters {
    /// What is counted, and how often at least.
    var asked: [(kind: ExperimentProbe.Counter, least: Int)] {
        [
            (ExperimentProbe.Counter.memoryKills, memoryKills), (.refusedForks, refusedForks),
            (.throttledPeriods, throttledPeriods),
        ].compactMap { kind, least in least.map { (kind, $0) } }
    }
}

extension CgroupProbe {
    /// For "expected", in the names of the files at hand.
    func words(isUnified: Bool = true) -> String {
        var parts: [String] = []
        if let limits {
            let named = [
                (isUnified ? "memory.max" : "memory.limit_in_bytes", limits.memory),
                (isUnified ? "memory.swap.max" : "memory.swappiness", limits.swap), ("pids.max", limits.tasks),
                (isUnified ? "cpu.max" : "cpu.cfs_quota_us", limits.cpu.map { "\($0) of the period" }),
                (isUnified ? "cpu.weight" : "cpu.shares", limits.request.map { "of \($0)" }),
            ]
            parts += named.compactMap { name, value in value.map { "\(name) \($0)" } }
        }
        parts += (counters?.asked ?? []).map { kind, least in
            "\(kind.word) at least \(least)" + (limits == nil ? "" : " since then")
        }
        if let member { parts.append("\(member) in it") }
        if foreground == true { parts.append("and whoever has the terminal") }
        if empty == true { parts.append("nobody in it") }
        return "a cgroup \(path)" + (parts.isEmpty ? "" : " with " + parts.joined(separator: ", "))
    }
}

extension CgroupRecord.Side {
    /// The folder of a cgroup of the playground on this machine.
    func folder(_ path: String) -> FilePath {
        FilePath(host).pushing(FilePath(root: nil, FilePath(path).components))
    }

    /// The same as the playground names it.
    func shown(_ path: String) -> String { inside + (path == "/" ? "" : path) }
}
