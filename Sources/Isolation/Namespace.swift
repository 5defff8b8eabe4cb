// The eight kinds of namespace, by the names that clone(2), /proc and unshare(1) give them.

import Glibc

/// A kind of namespace. See namespaces(7).
package enum Namespace: String, CaseIterable, Sendable, Codable, Comparable {
    case user, mount, pid, network, ipc, uts, cgroup, time

    /// `CLONE_NEW…`, as the kernel numbers it (linux/sched.h).
    package var cloneFlag: UInt64 {
        switch self {
        case .user: 0x1000_0000
        case .mount: 0x0002_0000
        case .pid: 0x2000_0000
        case .network: 0x4000_0000
        case .ipc: 0x0800_0000
        case .uts: 0x0400_0000
        case .cgroup: 0x0200_0000
        case .time: 0x0000_0080
        }
    }

    /// The name of the flag, as strace(1) prints it.
    package var cloneFlagName: String {
        switch self {
        case .user: "CLONE_NEWUSER"
        case .mount: "CLONE_NEWNS"
        case .pid: "CLONE_NEWPID"
        case .network: "CLONE_NEWNET"
        case .ipc: "CLONE_NEWIPC"
        case .uts: "CLONE_NEWUTS"
        case .cgroup: "CLONE_NEWCGROUP"
        case .time: "CLONE_NEWTIME"
        }
    }

    /// The name of the link in `/proc/PID/ns`.
    package var procName: String {
        switch self {
        case .mount: "mnt"
        case .network: "net"
        default: rawValue
        }
    }

    /// The long option of unshare(1) and nsenter(1).
    package var option: String {
        switch self {
        case .network: "--net"
        default: "--\(rawValue)"
        }
    }

    /// The order of `allCases`: user first, because it decides what the others may do.
    package static func < (left: Namespace, right: Namespace) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}

extension Set<Namespace> {
    /// All flags in one word, for clone3(2), unshare(2) and setns(2).
    package var cloneFlags: UInt64 { reduce(0) { $0 | $1.cloneFlag } }

    /// What a playground has of its own: all that this kernel has. `time` among them, not for its clocks, but because whoever is root in
    /// there may join only what belongs to its own user namespace, and `nsenter --all` joins each kind.
    package static var sandbox: Set<Namespace> { ofThisKernel }

    var flagNames: String { isEmpty ? "0" : sorted().map(\.cloneFlagName).joined(separator: "|") }
}

/// A kernel may be built without time namespaces (CONFIG_TIME_NS); the others are in every kernel that podlab runs on.
private let ofThisKernel: Set<Namespace> = {
    let all = Set(Namespace.allCases)
    return access("/proc/self/ns/time", F_OK) == 0 ? all : all.subtracting([.time])
}()
