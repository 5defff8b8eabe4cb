// cgroup: reads a cgroup of the playground through this machine's own mounts, and names it as the learner sees it.

import Glibc
import KernelState
import SystemPackage
import Text

extension Judge {
    func judge(_ probe: CgroupProbe) throws -> ProbeOutcome {
        guard let side = cgroups.roots[probe.controller.rawValue] else {
            let none = "this machine has no \(probe.controller.rawValue) controller for the playground"
            return ProbeOutcome(status: .skip, expected: probe.words(), reason: cgroups.problem ?? none)
        }
        let hierarchies = try CgroupHierarchies.read()
        guard let hierarchy = hierarchies.hierarchy(of: probe.controller.rawValue) else {
            return ProbeOutcome(
                status: .error, expected: probe.words(),
                reason: "no hierarchy with \(probe.controller.rawValue) is mounted")
        }
        let expected = probe.words(isUnified: hierarchy.isUnified)
        let path = side.folder(probe.path)
        let inside = side.shown(probe.path)
        guard let folder = try CgroupFolder(at: path, in: hierarchy) else {
            return outcome(
                false, expected, "there is no cgroup \(probe.path)",
                [Evidence(source: "stat \(terminalSafe(inside))", value: "no such file or directory")],
                ["absent": probe.path])
        }
        var reading = CgroupVerdict(inside: inside)
        do {
            try reading.hold(probe.limits, against: folder)
            let sighting = limits.first { $0.key == probe.key && $0.folder == "\(folder.identity)" }
            try reading.hold(probe.counters, against: folder, since: sighting)
        } catch let error as KernelStateError where error.errno == .noSuchFileOrDirectory {
            return outcome(
                false, expected, "\(probe.controller.rawValue) is not enabled for \(probe.path)",
                [Evidence(source: inside, value: "\(error)")], ["disabled": probe.controller.rawValue])
        }
        if let selector = probe.member {
            let found = try select(selector)
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
                    Evidence(source: "/proc/\(process.pid)/cgroup", value: "\(name(process)): \(shown(place))"))
            }
            if found.isEmpty {
                let missing = try shortfall(of: selector)
                reading.wrong.append("nobody is in it: \(terminalSafe(missing.words))")
                reading.evidence += missing.evidence
                reading.observed["outside"] = missing.key
            } else if members.isEmpty, let (process, place) = near.first {
                reading.wrong.append("\(name(process)) is in \(shown(place))")
                reading.observed["outside"] = "\(process.pid)"
                if place?.starts(with: path) == true { reading.observed["below"] = "\(process.pid)" }
            } else if probe.foreground == true {
                let foreground = try processes().all.filter {
                    $0.pid != node.initProcess.pid && $0.stat.foregroundGroup == $0.stat.processGroup
                }
                if let one = foreground.first(where: { place(of: $0)?.starts(with: path) == true }) {
                    reading.evidence.append(
                        Evidence(source: "/proc/\(one.pid)/stat", value: "\(name(one)): has the terminal"))
                } else {
                    let other = foreground.last
                    let who = other.map { "\(name($0)), which has the terminal, is in \(shown(place(of: $0)))" }
                    reading.wrong.append(who ?? "nobody has a terminal")
                    reading.observed["background"] = other.map { "\($0.pid)" } ?? ""
                }
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

extension CgroupRecord.Side {
    /// The folder of a cgroup of the playground on this machine.
    func folder(_ path: String) -> FilePath {
        FilePath(host).pushing(FilePath(root: nil, FilePath(path).components))
    }

    /// The same as the playground names it.
    func shown(_ path: String) -> String { inside + (path == "/" ? "" : path) }
}

/// What was read of a cgroup, and what of it is not as it should be. Each number is compared in the unit of the file that it stands in, and
/// exactly; what the kernel rounds itself is rounded in the same way first.
struct CgroupVerdict {
    /// The folder as the playground names it.
    let inside: String
    var wrong: [String] = []
    var evidence: [Evidence] = []
    var observed: [String: String] = [:]
    /// Some limit is in force that is not the one that is asked for.
    var hasOtherLimit = false

    init(inside: String) { self.inside = inside }

    mutating func note(_ file: String, _ value: String) {
        evidence.append(Evidence(source: terminalSafe("\(inside)/\(file)"), value: terminalSafe(value)))
    }

    mutating func hold(_ limits: CgroupProbe.Limits?, against folder: CgroupFolder) throws {
        guard let limits else { return }
        if let text = limits.memory {
            try compare(folder.memoryMaximum(), with: [Quantity(text, roundedTo: Quantity.page)], key: "memory")
        }
        if let text = limits.swap { try holdSwap(text, folder) }
        if let text = limits.tasks { try compare(folder.tasksMaximum(), with: [Quantity(text)], key: "tasks") }
        if let text = limits.request {
            let request = try CPURequest(text)
            try compare(
                folder.cpuWeight(), with: folder.isUnified ? request.weights : [request.shares], key: "weight")
        }
        if let text = limits.cpu { try holdQuota(text, folder) }
    }

    private mutating func holdQuota(_ text: String, _ folder: CgroupFolder) throws {
        let (quota, period) = try folder.cpuQuota()
        note(quota.file, folder.isUnified ? "\(quota.text) \(period)" : quota.text)
        if !folder.isUnified { note("cpu.cfs_period_us", "\(period)") }
        let wanted = try Quantity(text).bound
        let isRight =
            switch (quota.bound, wanted) {
            case (.unlimited, .unlimited): true
            case (.value(let time), .value(let percent)):
                time.multipliedReportingOverflow(by: 100) == period.multipliedReportingOverflow(by: percent)
            default: false
            }
        guard !isRight else { return }
        wrong.append("\(quota.file) is \(quota.text) of \(period) microseconds, not \(text)")
        observed["cpu"] =
            if case .value(let time) = quota.bound { "\(time / max(1, period / 100))" } else { "max" }
        if quota.bound != .unlimited { hasOtherLimit = true }
    }

    /// v1 limits the sum of memory and swap, and only where the kernel counts it; a swappiness of 0 keeps a v1 cgroup from swapping too.
    private mutating func holdSwap(_ text: String, _ folder: CgroupFolder) throws {
        let wanted = try Quantity(text, roundedTo: Quantity.page)
        let swappiness = try wanted.bound == .value(0) ? folder.swappiness() : nil
        if let swappiness {
            note("memory.swappiness", "\(swappiness)")
            if swappiness == 0 { return }
        }
        if let reading = try folder.swapMaximum(), swappiness == nil || reading.bound == wanted.bound {
            return compare(reading, with: [wanted], key: "swap")
        }
        wrong.append(swappiness.map { "memory.swappiness is \($0), not 0" } ?? "nothing keeps it from swapping")
        observed["swap"] = "open"
    }

    private mutating func compare(_ reading: CgroupReading, with wanted: [Quantity], key: String) {
        note(reading.file, reading.text)
        guard !wanted.contains(where: { $0.bound == reading.bound }) else { return }
        let words = wanted.map(\.words).joined(separator: " or ")
        wrong.append("\(reading.file) is \(reading.text), not \(words)")
        observed[key] = "\(reading.bound)"
        if reading.bound != .unlimited { hasOtherLimit = true }
    }

    /// - Parameter sighting: since when the limits are in force, as far as podlab was there.
    mutating func hold(
        _ counters: CgroupProbe.Counters?, against folder: CgroupFolder, since sighting: LimitSighting?
    ) throws {
        for (kind, least) in counters?.asked ?? [] {
            let reading = try folder.reading(of: kind)
            note(reading.file, "\(kind.word) \(reading.text)")
            let total = reading.number
            let counted = sighting?.counted(kind, total) ?? total
            guard counted < UInt64(least) else { continue }
            wrong.append("\(kind.word) is \(reading.text)")
            observed[kind.key] = "\(counted)"
            if counted < total {
                wrong.append("\(total - counted) of them under another limit")
                observed["earlier"] = "\(total - counted)"
            }
        }
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

extension ExperimentProbe.Counter {
    /// As the kernel calls it.
    var word: String {
        switch self {
        case .memoryKills: "oom_kill"
        case .refusedForks: "max"
        case .throttledPeriods: "nr_throttled"
        }
    }

    /// What a check notes of it.
    fileprivate var key: String {
        switch self {
        case .memoryKills: "kills"
        case .refusedForks: "forks"
        case .throttledPeriods: "throttled"
        }
    }
}

extension CgroupFolder {
    func reading(of counter: ExperimentProbe.Counter) throws(KernelStateError) -> CgroupReading {
        switch counter {
        case .memoryKills: try memoryKills()
        case .refusedForks: try refusedForks()
        case .throttledPeriods: try throttledPeriods()
        }
    }
}

extension CgroupReading {
    var number: UInt64 { if case .value(let value) = bound { value } else { 0 } }
}

/// The CPU request of a container, as a runtime writes it into a cgroup.
struct CPURequest {
    /// v1's `cpu.shares`, of which a processor has 1024.
    let shares: Quantity
    /// `cpu.weight` of v2. Two ways to lay the one scale over the other are in use: a line, and of late a curve on which 1024 shares are 100.
    let weights: [Quantity]

    init(_ text: String) throws {
        guard text.hasSuffix("m"), let thousandths = UInt64(text.dropLast()), thousandths <= 1_000_000 else {
            throw Quantity.Malformed(
                description: "'\(terminalSafe(text))' is no CPU request in thousandths of a processor, such as 250m")
        }
        let number = min(max(thousandths * 1024 / 1000, 2), 262_144)
        shares = Quantity(number)
        let exponent = log2(Double(number))
        let curve = pow(10, (exponent * exponent + 125 * exponent) / 612 - 7.0 / 34)
        weights = [
            Quantity(1 + (number - 2) * 9_999 / 262_142), Quantity(UInt64(min(max(curve.rounded(.up), 1), 10_000))),
        ]
    }
}

/// A number as a lab writes it: `50M`, `20%`, `max`.
struct Quantity: Equatable {
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    static let page = UInt64(max(1, sysconf(Int32(_SC_PAGESIZE))))

    let bound: CgroupBound
    /// What stands in the file then, and what it was rounded from.
    let words: String

    init(_ number: UInt64) {
        bound = .value(number)
        words = "\(number)"
    }

    /// - Parameter unit: the kernel rounds down to multiples of it.
    init(_ text: String, roundedTo unit: UInt64 = 1) throws {
        if text == "max" {
            bound = .unlimited
            words = text
            return
        }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let shifts: [Substring: UInt64] = ["": 0, "%": 0, "K": 10, "M": 20, "G": 30, "Ki": 10, "Mi": 20, "Gi": 30]
        guard let number = UInt64(digits), let shift = shifts[text.dropFirst(digits.count)], number <= .max >> shift
        else {
            throw Malformed(description: "'\(terminalSafe(text))' is no quantity: a number with K, M or G, or 'max'")
        }
        let (asked, rounded) = (number << shift, (number << shift) / unit * unit)
        bound = .value(rounded)
        words = asked == rounded ? "\(rounded)" : "\(rounded) (\(asked) in whole pages)"
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
