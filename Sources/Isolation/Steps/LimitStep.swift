// How much of everything the process and its descendants may have.

import CIsolation
import SystemPackage

package enum LimitStep: Sendable, Equatable {
    /// Writes itself into `cgroup.procs` of a cgroup's directory, v1 or v2.
    case joinCgroup(Place)
    /// setrlimit(2); nil is unlimited.
    case setResourceLimit(ResourceLimit, soft: UInt64?, hard: UInt64?)
    /// -1000 … 1000. See proc(5), oom_score_adj.
    case setOOMScoreAdjustment(Int)
    case setFileModeMask(UInt32)
}

extension Step {
    package static func joinCgroup(_ place: Place) -> Step { .limits(.joinCgroup(place)) }
    package static func setResourceLimit(_ limit: ResourceLimit, soft: UInt64?, hard: UInt64?) -> Step {
        .limits(.setResourceLimit(limit, soft: soft, hard: hard))
    }
    package static func setOOMScoreAdjustment(_ value: Int) -> Step { .limits(.setOOMScoreAdjustment(value)) }
    package static func setFileModeMask(_ mask: UInt32) -> Step { .limits(.setFileModeMask(mask)) }
}

/// A resource of setrlimit(2); the raw value is `RLIMIT_…`.
package enum ResourceLimit: UInt32, Sendable, CaseIterable {
    case cpuSeconds = 0
    case fileSize = 1
    case dataSize = 2
    case stackSize = 3
    case coreSize = 4
    case residentSet = 5
    case processes = 6
    case openFiles = 7
    case lockedMemory = 8
    case addressSpace = 9
    case queuedSignals = 11

    /// As prlimit(1) writes it.
    var option: String {
        switch self {
        case .cpuSeconds: "cpu"
        case .fileSize: "fsize"
        case .dataSize: "data"
        case .stackSize: "stack"
        case .coreSize: "core"
        case .residentSet: "rss"
        case .processes: "nproc"
        case .openFiles: "nofile"
        case .lockedMemory: "memlock"
        case .addressSpace: "as"
        case .queuedSignals: "sigpending"
        }
    }
}

extension LimitStep: StepFamily {
    var summary: String {
        switch self {
        case .joinCgroup(let place): "join cgroup \(place)"
        case .setResourceLimit(let limit, _, _): "set the limit of \(limit.option)"
        case .setOOMScoreAdjustment(let value): "set oom_score_adj to \(value)"
        case .setFileModeMask(let mask): "set the umask to \(String(mask, radix: 8))"
        }
    }

    var places: [Place] {
        switch self {
        case .joinCgroup(let place): [place]
        case .setResourceLimit, .setOOMScoreAdjustment, .setFileModeMask: []
        }
    }

    var texts: [String] {
        switch self {
        case .joinCgroup, .setResourceLimit, .setOOMScoreAdjustment, .setFileModeMask: []
        }
    }

    func problem(in check: inout PlanCheck) -> String? {
        switch self {
        case .setOOMScoreAdjustment(let value):
            if check.hasJoined {
                return "it goes before any namespace is joined: afterwards the file is not the process's own"
            }
            return (-1000...1000).contains(value) ? nil : "the adjustment goes from -1000 to 1000"
        case .joinCgroup, .setResourceLimit, .setFileModeMask: return nil
        }
    }

    func lower(into lowering: Lowering) {
        switch self {
        case .joinCgroup(let place):
            lowering.add(ISO_JOIN_CGROUP) { $0.join_cgroup = .init(directory: lowering.place(place)) }
        case .setResourceLimit(let limit, let soft, let hard):
            lowering.add(ISO_RESOURCE_LIMIT) {
                $0.resource_limit = .init(resource: limit.rawValue, soft: soft ?? .max, hard: hard ?? .max)
            }
        case .setOOMScoreAdjustment(let value):
            lowering.add(ISO_OOM_SCORE) { $0.oom_score = .init(adjustment: lowering.text(String(value))) }
        case .setFileModeMask(let mask): lowering.add(ISO_FILE_MODE_MASK) { $0.file_mode_mask = .init(mask: mask) }
        }
    }

    func typed(in reading: inout ShellReading) -> TypedStep {
        switch self {
        case .joinCgroup(let place):
            return .commands(["echo 0 >" + shellWord(reading.path(place) + "/cgroup.procs")])
        case .setResourceLimit(let limit, let soft, let hard):
            let text = [soft, hard].map { $0.map(String.init) ?? "unlimited" }.joined(separator: ":")
            return .commands(["prlimit --pid=$$ --\(limit.option)=\(text)"])
        case .setOOMScoreAdjustment(let value): return .commands(["echo \(value) >/proc/self/oom_score_adj"])
        case .setFileModeMask(let mask): return .commands(["umask \(octalWord(mask))"])
        }
    }

    func calls(in reading: inout SystemCallReading) -> [String] {
        switch self {
        case .joinCgroup(let place): return ["write(openat(\(place.fd), \"cgroup.procs\", O_WRONLY), \"0\", 1)"]
        case .setResourceLimit(let limit, let soft, let hard):
            let values = [soft, hard].map { $0.map(String.init) ?? "RLIM_INFINITY" }.joined(separator: ", ")
            return ["prlimit64(0, RLIMIT_\(limit.option.uppercased()), {\(values)}, NULL)"]
        case .setOOMScoreAdjustment(let value):
            let file = "openat(AT_FDCWD, \"/proc/self/oom_score_adj\", O_WRONLY)"
            return ["write(\(file), \"\(value)\", \("\(value)".utf8.count))"]
        case .setFileModeMask(let mask): return ["umask(\(octal(mask)))"]
        }
    }

    func hint(after errno: Errno) -> String? {
        switch self {
        case .joinCgroup, .setResourceLimit, .setOOMScoreAdjustment, .setFileModeMask: nil
        }
    }

    func note(in slots: inout NetworkSlots) {
        switch self {
        case .joinCgroup, .setResourceLimit, .setOOMScoreAdjustment, .setFileModeMask: break
        }
    }
}
