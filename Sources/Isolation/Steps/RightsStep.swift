// What the process and its descendants may do: capabilities, no_new_privs, filters of system calls.

import CIsolation
import SystemPackage

package enum RightsStep: Sendable, Equatable {
    /// Leaves these capabilities in the bounding, permitted, effective and inheritable sets, as far as they were
    /// there; `ambient`: raises them, so that they outlive exec by a user other than root.
    case keepCapabilities(Set<Capability>, ambient: Bool)
    /// Leaves these in the bounding set: what no program that is executed can go beyond. Goes before a change to a user other than
    /// root, who loses the right to it.
    case limitCapabilities(Set<Capability>)
    case noNewPrivileges
    /// A seccomp filter that tells of every call which sends a signal; `Child.takeListener()` is where. Needs
    /// `CAP_SYS_ADMIN` in the user namespace, or `.noNewPrivileges` before. See seccomp_unotify(2).
    case witnessSignals
    /// A seccomp filter for whoever is root in there: calls that no lab needs fail with ENOSYS, as on a kernel that lacks
    /// them, and so do sockets of rare families (EAFNOSUPPORT). Needs what `.witnessSignals` needs. See seccomp(2).
    case refuseSystemCalls(except: Set<SystemCallGroup>)
}

extension Step {
    package static func keepCapabilities(_ kept: Set<Capability>, ambient: Bool = false) -> Step {
        .rights(.keepCapabilities(kept, ambient: ambient))
    }
    package static func limitCapabilities(_ kept: Set<Capability>) -> Step { .rights(.limitCapabilities(kept)) }
    package static var noNewPrivileges: Step { .rights(.noNewPrivileges) }
    package static var witnessSignals: Step { .rights(.witnessSignals) }
    package static func refuseSystemCalls(except allowed: Set<SystemCallGroup> = []) -> Step {
        .rights(.refuseSystemCalls(except: allowed))
    }
}

/// Calls that `Step.refuseSystemCalls` refuses, by the word that a lab's file has for them.
package enum SystemCallGroup: String, Sendable, CaseIterable {
    /// add_key(2), request_key(2), keyctl(2).
    case keys
    /// bpf(2).
    case bpf
    /// perf_event_open(2).
    case perf
    /// io_uring_setup(2) and its like.
    case rings
    /// userfaultfd(2).
    case faults
    /// open_by_handle_at(2).
    case handles
    /// Modules, kexec, reboot(2).
    case machine
    /// Sockets of other families than unix, inet, inet6, netlink and packet.
    case families

    fileprivate var code: iso_call_group {
        switch self {
        case .keys: ISO_CALLS_KEYS
        case .bpf: ISO_CALLS_BPF
        case .perf: ISO_CALLS_PERF
        case .rings: ISO_CALLS_RINGS
        case .faults: ISO_CALLS_FAULTS
        case .handles: ISO_CALLS_HANDLES
        case .machine: ISO_CALLS_MACHINE
        case .families: ISO_CALLS_FAMILIES
        }
    }
}

extension RightsStep: StepFamily {
    var summary: String {
        switch self {
        case .keepCapabilities([], _): "drop all capabilities"
        case .keepCapabilities(let kept, _): "drop all capabilities but \(kept.count)"
        case .limitCapabilities(let kept): "limit the capabilities of programs to \(kept.count)"
        case .noNewPrivileges: "set no_new_privs"
        case .witnessSignals: "install the signal witness"
        case .refuseSystemCalls: "refuse system calls that are not needed"
        }
    }

    var places: [Place] {
        switch self {
        case .keepCapabilities, .limitCapabilities, .noNewPrivileges, .witnessSignals, .refuseSystemCalls: []
        }
    }

    var texts: [String] {
        switch self {
        case .keepCapabilities, .limitCapabilities, .noNewPrivileges, .witnessSignals, .refuseSystemCalls: []
        }
    }

    func problem(in check: inout PlanCheck) -> String? {
        switch self {
        case .keepCapabilities, .limitCapabilities, .noNewPrivileges, .witnessSignals, .refuseSystemCalls: nil
        }
    }

    func lower(into lowering: Lowering) {
        switch self {
        case .keepCapabilities(let kept, let ambient):
            lowering.add(ISO_CAPABILITIES) { $0.capabilities = .init(kept: kept.bits, ambient: ambient ? 1 : 0) }
        case .limitCapabilities(let kept): lowering.add(ISO_BOUNDING_SET) { $0.bounding_set = .init(kept: kept.bits) }
        case .noNewPrivileges: lowering.add(ISO_NO_NEW_PRIVILEGES)
        case .witnessSignals: if !lowering.witnessed { lowering.add(ISO_WITNESS_SIGNALS) }
        case .refuseSystemCalls(let allowed):
            let bits = allowed.reduce(UInt64(0)) { $0 | 1 << UInt64($1.code.rawValue) }
            lowering.add(ISO_REFUSE_CALLS) { $0.refuse_calls = .init(allowed: bits) }
        }
    }

    func typed(in reading: inout ShellReading) -> TypedStep {
        switch self {
        case .keepCapabilities(let kept, let ambient):
            let list = kept.setprivList
            return .prefix(
                ["setpriv", "--bounding-set=\(list)", "--inh-caps=\(ambient ? list : "-all")"]
                    + (ambient ? ["--ambient-caps=\(list)"] : []))
        case .limitCapabilities(let kept): return .prefix(["setpriv", "--bounding-set=\(kept.setprivList)"])
        case .noNewPrivileges: return .prefix(["setpriv", "--no-new-privs"])
        case .witnessSignals:
            return .commands(["# seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER): no command does this"])
        case .refuseSystemCalls: return .commands(["# seccomp(SECCOMP_SET_MODE_FILTER): no command does this"])
        }
    }

    func calls(in reading: inout SystemCallReading) -> [String] {
        switch self {
        case .keepCapabilities(let kept, let ambient):
            let set = "0x" + String(kept.bits, radix: 16)
            let raised = kept.sorted { $0.rawValue < $1.rawValue }.map {
                "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_\($0.name.uppercased()))"
            }
            return kept.boundingCalls + ["prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)"]
                + ["capset({effective&=\(set), permitted&=\(set), inheritable\(ambient ? "=permitted" : "&=\(set)")})"]
                + (ambient ? raised : [])
        case .limitCapabilities(let kept): return kept.boundingCalls
        case .noNewPrivileges: return ["prctl(PR_SET_NO_NEW_PRIVS, 1)"]
        case .witnessSignals: return ["seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, {…})"]
        case .refuseSystemCalls: return ["seccomp(SECCOMP_SET_MODE_FILTER, 0, {…})"]
        }
    }

    func hint(after errno: Errno) -> String? {
        switch self {
        case .witnessSignals:
            if errno == .resourceBusy { return "one witness already watches this process" }
            return errno == .permissionDenied
                ? "needs CAP_SYS_ADMIN in the user namespace, or .noNewPrivileges before" : nil
        case .keepCapabilities, .limitCapabilities, .noNewPrivileges, .refuseSystemCalls: return nil
        }
    }

    func note(in slots: inout NetworkSlots) {
        switch self {
        case .keepCapabilities, .limitCapabilities, .noNewPrivileges, .witnessSignals, .refuseSystemCalls: break
        }
    }
}

extension Set<Capability> {
    /// As setpriv(1) takes it: `-all,+chown`.
    fileprivate var setprivList: String {
        (["-all"] + sorted { $0.rawValue < $1.rawValue }.map { "+\($0.name)" }).joined(separator: ",")
    }

    fileprivate var boundingCalls: [String] {
        Capability.allCases.filter { !contains($0) }.map { "prctl(PR_CAPBSET_DROP, CAP_\($0.name.uppercased()))" }
    }
}
