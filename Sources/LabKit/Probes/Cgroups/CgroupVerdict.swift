// The numbers of a cgroup, held against those that a lab asks for.

import Glibc
import KernelState
import Text

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
