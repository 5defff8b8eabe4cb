// The parser of /proc/PID/status: credentials, numbers in each pid namespace, signals, capabilities, seccomp.

import Glibc

/// Real, effective, saved and file-system id. See credentials(7).
package struct IDSet: Hashable, Sendable {
    package var real: UInt32
    package var effective: UInt32
    package var saved: UInt32
    package var fileSystem: UInt32
}

/// 64 capabilities as bits. See capabilities(7).
package struct CapabilityBits: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
    /// By number in <linux/capability.h>: 10 is CAP_NET_BIND_SERVICE.
    package func contains(number: Int) -> Bool { (0..<64).contains(number) && rawValue >> UInt64(number) & 1 == 1 }
}

/// Five capability sets. See capabilities(7).
package struct CapabilitySets: Hashable, Sendable {
    package var inheritable: CapabilityBits
    package var permitted: CapabilityBits
    package var effective: CapabilityBits
    package var bounding: CapabilityBits
    package var ambient: CapabilityBits
}

/// Signals as bits: bit 0 is signal 1. See signal(7).
package struct SignalBits: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package func contains(signal: Int32) -> Bool {
        (1...64).contains(signal) && rawValue >> UInt64(signal - 1) & 1 == 1
    }
}

/// Signal masks. See proc_pid_status(5).
package struct SignalMasks: Hashable, Sendable {
    package var pending: SignalBits
    package var sharedPending: SignalBits
    package var blocked: SignalBits
    package var ignored: SignalBits
    package var caught: SignalBits
}

/// `Seccomp:` of /proc/PID/status.
package enum SeccompMode: Int, Hashable, Sendable { case disabled, strict, filter }

/// The fields of /proc/PID/status that podlab uses. What a kernel does not print is nil. See proc_pid_status(5).
package struct ProcessStatus: Hashable, Sendable {
    package var userIDs: IDSet
    package var groupIDs: IDSet
    package var supplementaryGroups: [UInt32]
    /// The pid in each pid namespace, from the one of the /proc that was read inwards. Empty on a kernel without it.
    package var numbers: [ProcessID]
    /// The process group's numbers, in the same order.
    package var groupNumbers: [ProcessID]
    /// The session's numbers, in the same order.
    package var sessionNumbers: [ProcessID]
    package var tracer: ProcessID?
    package var threads: Int?
    package var signals: SignalMasks?
    package var capabilities: CapabilitySets?
    package var noNewPrivileges: Bool?
    package var seccomp: SeccompMode?

    /// Nil when there is no readable `Uid:` and `Gid:`. Only the first line of a name counts; the kernel escapes
    /// newlines in `Name:`, so that a process cannot add lines.
    package init?(parsing bytes: [UInt8]) {
        var fields: [String: Bytes] = [:]
        for line in bytes[...].lines {
            guard let (name, value) = line.cut(at: UInt8(ascii: ":")), name.count <= 32 else { continue }
            let key = name.text
            if fields[key] == nil { fields[key] = value }
        }
        func numbers<N: FixedWidthInteger>(_ name: String, as: N.Type = N.self) -> [N] {
            (fields[name]?.words ?? []).prefix(65_536).compactMap { $0.number() }
        }
        func number<N: FixedWidthInteger>(_ name: String, as: N.Type = N.self) -> N? { numbers(name, as: N.self).first }
        func bits(_ name: String) -> UInt64? { fields[name]?.words.first?.number(radix: 16) }
        func ids(_ name: String) -> IDSet? {
            let four = numbers(name, as: UInt32.self)
            guard four.count == 4 else { return nil }
            return IDSet(real: four[0], effective: four[1], saved: four[2], fileSystem: four[3])
        }

        guard let users = ids("Uid"), let groups = ids("Gid") else { return nil }
        userIDs = users
        groupIDs = groups
        supplementaryGroups = numbers("Groups")
        self.numbers = numbers("NSpid", as: pid_t.self).map { ProcessID($0) }
        groupNumbers = numbers("NSpgid", as: pid_t.self).map { ProcessID($0) }
        sessionNumbers = numbers("NSsid", as: pid_t.self).map { ProcessID($0) }
        tracer = number("TracerPid", as: pid_t.self).flatMap { $0 == 0 ? nil : ProcessID($0) }
        threads = number("Threads")
        if let pending = bits("SigPnd"), let shared = bits("ShdPnd"), let blocked = bits("SigBlk"),
            let ignored = bits("SigIgn"), let caught = bits("SigCgt")
        {
            signals = SignalMasks(
                pending: .init(rawValue: pending), sharedPending: .init(rawValue: shared),
                blocked: .init(rawValue: blocked), ignored: .init(rawValue: ignored), caught: .init(rawValue: caught))
        }
        if let inheritable = bits("CapInh"), let permitted = bits("CapPrm"), let effective = bits("CapEff"),
            let bounding = bits("CapBnd")
        {
            capabilities = CapabilitySets(
                inheritable: .init(rawValue: inheritable), permitted: .init(rawValue: permitted),
                effective: .init(rawValue: effective), bounding: .init(rawValue: bounding),
                ambient: .init(rawValue: bits("CapAmb") ?? 0))
        }
        noNewPrivileges = number("NoNewPrivs", as: Int.self).map { $0 != 0 }
        seccomp = number("Seccomp", as: Int.self).flatMap(SeccompMode.init(rawValue:))
    }
}
