// cgroup: reads a cgroup of the playground through this machine's own mounts, and names it as the learner sees it.

import Glibc
import KernelState
import SystemPackage

extension Judge {
    func judge(_ probe: CgroupProbe) throws -> ProbeOutcome {
        let expected = probe.words
        guard let side = cgroups.roots[probe.controller.rawValue] else {
            let none = "this machine has no \(probe.controller.rawValue) controller for the playground"
            return ProbeOutcome(status: .skip, expected: expected, reason: cgroups.problem ?? none)
        }
        let hierarchies = try CgroupHierarchies.read()
        guard let hierarchy = hierarchies.hierarchy(of: probe.controller.rawValue) else {
            return ProbeOutcome(
                status: .error, expected: expected, reason: "no hierarchy with \(probe.controller.rawValue) is mounted")
        }
        let path = FilePath(side.host).pushing(FilePath(root: nil, FilePath(probe.path).components))
        let inside = side.inside + (probe.path == "/" ? "" : probe.path)
        guard let folder = try CgroupFolder(at: path, in: hierarchy) else {
            return outcome(
                false, expected, "there is no cgroup \(probe.path)",
                [Evidence(source: "stat \(terminalSafe(inside))", value: "no such file or directory")],
                ["absent": probe.path])
        }
        var reading = CgroupVerdict(inside: inside)
        do {
            try reading.hold(probe.limits, against: folder)
            try reading.hold(probe.counters, against: folder)
        } catch let error as KernelStateError where error.errno == .noSuchFileOrDirectory {
            return outcome(
                false, expected, "\(probe.controller.rawValue) is not enabled for \(probe.path)",
                [Evidence(source: inside, value: "\(error)")], ["disabled": probe.controller.rawValue])
        }
        if let selector = probe.member {
            let found = try select(selector)
            if found.isEmpty {
                return try nobody(fitting: selector, expected)
            }
            let places = found.map { process in
                (
                    process,
                    hierarchies.membership(of: process.pid, in: hierarchy).flatMap {
                        hierarchies.folder(of: $0, in: hierarchy)
                    }
                )
            }
            let members = places.filter { $0.1?.starts(with: path) == true }
            for (process, place) in (members.isEmpty ? places : members).prefix(3) {
                let shown = place.map { Self.shown($0, below: side) } ?? "unknown"
                reading.evidence.append(
                    Evidence(source: "/proc/\(process.pid)/cgroup", value: "\(name(process)): \(shown)"))
            }
            if members.isEmpty {
                reading.wrong.append(
                    "\(name(found[0])) is in \(places[0].1.map { Self.shown($0, below: side) } ?? "another cgroup")")
                reading.observed["outside"] = "\(found[0].pid)"
            }
        }
        if probe.empty == true {
            let members = try folder.members()
            reading.note("cgroup.procs", members.isEmpty ? "empty" : members.map { "\($0)" }.joined(separator: " "))
            if !members.isEmpty { reading.wrong.append("\(members.count) processes are in it") }
        }
        let actual =
            reading.wrong.isEmpty
            ? "\(probe.path): as expected" : "\(probe.path): " + reading.wrong.joined(separator: ", ")
        return outcome(reading.wrong.isEmpty, expected, actual, reading.evidence, reading.observed)
    }

    /// A folder of this machine as the playground names the cgroup.
    private static func shown(_ place: FilePath, below side: CgroupRecord.Side) -> String {
        var rest = place
        guard rest.removePrefix(FilePath(side.host)) else { return terminalSafe("\(place) of the host") }
        return terminalSafe("/" + rest.string)
    }
}

/// What was read of a cgroup, and what of it is not as it should be.
private struct CgroupVerdict {
    /// The folder as the playground names it.
    let inside: String
    var wrong: [String] = []
    var evidence: [Evidence] = []
    var observed: [String: String] = [:]

    init(inside: String) { self.inside = inside }

    mutating func note(_ file: String, _ value: String) {
        evidence.append(Evidence(source: terminalSafe("\(inside)/\(file)"), value: terminalSafe(value)))
    }

    mutating func hold(_ limits: CgroupProbe.Limits?, against folder: CgroupFolder) throws {
        guard let limits else { return }
        if let text = limits.memory {
            try compare(
                folder.memoryMaximum(), with: Quantity(text, roundedTo: Quantity.page), "memory.max", key: "memory")
        }
        if let text = limits.swap { try holdSwap(text, folder) }
        if let text = limits.tasks {
            try compare(folder.tasksMaximum(), with: Quantity(text), "pids.max", key: "tasks")
        }
        if let text = limits.weight {
            try compare(folder.cpuWeight(), with: Quantity(text), "cpu.weight", key: "weight")
        }
        if let text = limits.cpu {
            let (quota, period) = try folder.cpuQuota()
            note(quota.file, "\(quota.bound) of \(period) microseconds")
            let share: CgroupBound =
                if case .value(let value) = quota.bound { .value(value * 100 / max(1, period)) } else { .unlimited }
            if share != (try Quantity(text).bound) {
                wrong.append("cpu.max is \(quota.bound) of \(period) µs, not \(text)")
                observed["cpu"] = "\(share)"
            }
        }
    }

    /// v1 limits the sum of memory and swap, and only where the kernel counts it; a swappiness of 0 keeps a v1 cgroup from swapping too.
    private mutating func holdSwap(_ text: String, _ folder: CgroupFolder) throws {
        let wanted = try Quantity(text, roundedTo: Quantity.page)
        if wanted.bound == .value(0), let swappiness = try folder.swappiness() {
            note("memory.swappiness", "\(swappiness)")
            if swappiness == 0 { return }
        }
        guard let reading = try folder.swapMaximum() else {
            wrong.append("nothing keeps it from swapping")
            observed["swap"] = "open"
            return
        }
        compare(reading, with: wanted, "memory.swap.max", key: "swap")
    }

    private mutating func compare(_ reading: CgroupReading, with wanted: Quantity, _ name: String, key: String) {
        note(reading.file, "\(reading.bound)")
        guard reading.bound != wanted.bound else { return }
        wrong.append("\(name) is \(reading.bound), not \(wanted.bound)")
        observed[key] = "\(reading.bound)"
    }

    mutating func hold(_ counters: CgroupProbe.Counters?, against folder: CgroupFolder) throws {
        guard let counters else { return }
        if let least = counters.memoryKills { try count(folder.memoryKills(), least, "oom_kill", key: "kills") }
        if let least = counters.refusedForks { try count(folder.refusedForks(), least, "refused forks", key: "forks") }
        if let least = counters.throttledPeriods {
            try count(folder.throttledPeriods(), least, "nr_throttled", key: "throttled")
        }
    }

    private mutating func count(_ reading: CgroupReading, _ least: Int, _ name: String, key: String) {
        note(reading.file, "\(name) \(reading.bound)")
        guard case .value(let value) = reading.bound, value >= UInt64(least) else {
            wrong.append("\(name) is \(reading.bound)")
            observed[key] = "\(reading.bound)"
            return
        }
    }
}

/// A number as a lab writes it: `50M`, `20%`, `max`.
struct Quantity: Equatable {
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    static let page = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))

    let bound: CgroupBound

    /// - Parameter unit: the kernel rounds down to multiples of it.
    init(_ text: String, roundedTo unit: UInt64 = 1) throws {
        if text == "max" {
            bound = .unlimited
            return
        }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let shifts: [Substring: UInt64] = ["": 0, "%": 0, "K": 10, "M": 20, "G": 30, "Ki": 10, "Mi": 20, "Gi": 30]
        guard let number = UInt64(digits), let shift = shifts[text.dropFirst(digits.count)], number <= .max >> shift
        else {
            throw Malformed(description: "'\(terminalSafe(text))' is no quantity: a number with K, M or G, or 'max'")
        }
        bound = .value((number << shift) / unit * unit)
    }
}

extension CgroupProbe {
    /// For "expected".
    var words: String {
        var parts: [String] = []
        if let limits {
            let named = [
                ("memory.max", limits.memory), ("memory.swap.max", limits.swap), ("pids.max", limits.tasks),
                ("cpu.max", limits.cpu),
                ("cpu.weight", limits.weight),
            ]
            parts += named.compactMap { name, value in value.map { "\(name) \($0)" } }
        }
        if let counters {
            let named = [
                ("oom_kill", counters.memoryKills), ("refused forks", counters.refusedForks),
                ("nr_throttled", counters.throttledPeriods),
            ]
            parts += named.compactMap { name, value in value.map { "\(name) at least \($0)" } }
        }
        if let member { parts.append("\(member) in it") }
        if empty == true { parts.append("nobody in it") }
        return "a cgroup \(path)" + (parts.isEmpty ? "" : " with " + parts.joined(separator: ", "))
    }
}
