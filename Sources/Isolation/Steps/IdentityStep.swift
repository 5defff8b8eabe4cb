// Who the process is: the namespaces that it is in, the ids that these have, and its own.

import CIsolation
import Glibc
import SystemPackage

package enum IdentityStep: Sendable, Equatable {
    /// setns(2). Joining a pid namespace takes effect with `.enterProcessNamespace`.
    case join(Set<Namespace>, of: NamespaceSource)
    /// unshare(2). At the head of a plan the namespaces are made by clone3(2) itself, and the child is PID 1 of a new
    /// pid namespace at once; later in a plan a pid namespace takes effect with `.enterProcessNamespace`.
    case unshare(Set<Namespace>)
    /// A new cgroup namespace, whose root is that cgroup v2 (a descriptor of its folder) without the process having to be in it: moving
    /// there makes the kernel wait until all processors have seen it. See cgroup_namespaces(7) and CLONE_INTO_CGROUP in clone(2).
    case unshareCgroup(root: Int32)
    /// The id map of the user namespace that the plan has unshared. See user_namespaces(7).
    case mapIDs(IDMap)
    /// setgroups, setresgid, setresuid, in this order.
    case setCredentials(uid: UInt32, gid: UInt32, groups: Groups)
    /// Goes on in a new process, which is in the pid namespace that was joined or unshared. It is a child of the
    /// starting process too. Nothing happens if the plan's own head has made the pid namespace.
    case enterProcessNamespace
    /// Goes on as PID 1 of one more pid namespace, inside the new one that the plan is in. The process that has been PID 1 so
    /// far stays as its guard: nobody inside sees it, and when it ends, the kernel kills all that is inside, whoever has done
    /// what to whom in there. It ends with this process, with the new PID 1, or when the other end of `control`, a socket, is
    /// closed. `Child` stands for the guard, and `Child.guarded` for the new PID 1, which is born in `cgroup`, a cgroup v2, or where the
    /// guard is. See pid_namespaces(7).
    case guarded(control: Int32, cgroup: Int32?)
}

extension Step {
    package static func join(_ namespaces: Set<Namespace>, of source: NamespaceSource) -> Step {
        .identity(.join(namespaces, of: source))
    }
    package static func unshare(_ namespaces: Set<Namespace>) -> Step { .identity(.unshare(namespaces)) }
    package static func mapIDs(_ map: IDMap) -> Step { .identity(.mapIDs(map)) }
    package static func setCredentials(
        uid: UInt32 = 0, gid: UInt32 = 0, groups: Groups = .dropIfAllowed
    ) -> Step {
        .identity(.setCredentials(uid: uid, gid: gid, groups: groups))
    }
    package static var enterProcessNamespace: Step { .identity(.enterProcessNamespace) }
    package static func unshareCgroup(root: Int32) -> Step { .identity(.unshareCgroup(root: root)) }
    package static func guarded(control: Int32, cgroup: Int32? = nil) -> Step {
        .identity(.guarded(control: control, cgroup: cgroup))
    }
}

/// Supplementary groups of `Step.setCredentials`.
package enum Groups: Sendable, Equatable {
    case keep
    /// None; where an id map was written by an ordinary user, setgroups is denied and they stay (unmapped).
    case dropIfAllowed
    case exactly([UInt32])
}

extension IdentityStep: StepFamily {
    var summary: String {
        switch self {
        case .join(let namespaces, let source): "join \(Self.names(namespaces)) of \(source.name)"
        case .unshare(let namespaces): "unshare \(Self.names(namespaces))"
        case .unshareCgroup(let root): "unshare cgroup namespace with the root \(NamespaceSource.descriptor(root).name)"
        case .mapIDs(let map): "map ids (\(map.summary))"
        case .setCredentials(let uid, let gid, _): "become user \(uid), group \(gid)"
        case .enterProcessNamespace: "fork into the pid namespace"
        case .guarded: "leave a guard around the pid namespace"
        }
    }

    private static func names(_ namespaces: Set<Namespace>) -> String {
        namespaces.sorted().map(\.rawValue).joined(separator: ", ") + " namespace" + (namespaces.count > 1 ? "s" : "")
    }

    var places: [Place] { [] }

    var texts: [String] {
        switch self {
        case .join(_, let source): source.texts
        case .unshare, .unshareCgroup, .mapIDs, .setCredentials, .enterProcessNamespace, .guarded: []
        }
    }

    func problem(in check: inout PlanCheck) -> String? {
        switch self {
        case .join(let namespaces, let source):
            if namespaces.isEmpty { return "no namespace is named" }
            if namespaces.count > 1, !source.isProcess { return "one namespace file is one namespace" }
            check.join(namespaces)
        case .unshare(let namespaces):
            if namespaces.isEmpty { return "no namespace is named" }
            check.unshare(namespaces)
        case .unshareCgroup: check.unshare([.cgroup])
        case .mapIDs(let map): return check.map(map)
        case .enterProcessNamespace: return check.enterProcessNamespace()
        case .setCredentials: check.isStranger = false
        case .guarded: return check.guardItself()
        }
        return nil
    }

    func lower(into lowering: Lowering) {
        switch self {
        case .join(let joined, let source):
            lowering.enter(joined)
            // Not only closed by exec: somebody there may look before that.
            lowering.add(ISO_SHUT)
            lowering.add(ISO_JOIN) {
                $0.join = .init(source: lowering.place(source.place), namespaces: joined.cloneFlags)
            }
        case .unshare(let made):
            lowering.enter(made)
            lowering.add(ISO_UNSHARE) { $0.unshare = .init(namespaces: made.cloneFlags) }
        case .unshareCgroup(let root):
            lowering.enter([.cgroup])
            lowering.add(ISO_UNSHARE_CGROUP) { $0.unshare_cgroup = .init(root: root) }
        case .mapIDs(let map):
            switch map.resolved {
            case .invokingUser(let uid, let gid): lowering.add(ISO_MAP_SELF) { $0.map_self = .init(uid: uid, gid: gid) }
            case .automatic, .ranges:
                lowering.parentMaps[lowering.step] = map.resolved
                lowering.add(ISO_MAP_BY_PARENT)
            }
        case .setCredentials(let uid, let gid, let groups):
            lowering.add(ISO_CREDENTIALS) {
                $0.credentials = .init(
                    uid: uid, gid: gid, rule: groups.rule.rawValue, groups: lowering.numbers(groups.list))
            }
        case .enterProcessNamespace:
            if !lowering.inNewPidNamespace { lowering.fork() }
            lowering.pidNamespaceWaits = false
        case .guarded(let control, let cgroup):
            // Its death signal means the thread that made it.
            lowering.needsLastingThread = true
            lowering.add(ISO_GUARD) { $0.guard = .init(control: control, cgroup: cgroup ?? Lowering.none) }
        }
    }

    func typed(in reading: inout ShellReading) -> TypedStep {
        switch self {
        case .join(let namespaces, let source): return .prefix(reading.nsenter(namespaces, source))
        case .unshare(let namespaces): return .prefix(reading.unshare(namespaces))
        case .unshareCgroup(let root):
            return .commands(["echo $$ > /proc/self/fd/\(root)/cgroup.procs", "exec unshare --cgroup $SHELL"])
        case .mapIDs: return .commands(["# the id map is written from outside: newuidmap, newgidmap"])
        case .setCredentials(let uid, let gid, let groups):
            return .prefix(["setpriv", "--reuid=\(uid)", "--regid=\(gid)", groups.setprivOption])
        case .enterProcessNamespace: return .commands(["# what follows runs in a new process"])
        case .guarded: return .prefix(["unshare", "--pid", "--fork", "--kill-child"])
        }
    }

    func calls(in reading: inout SystemCallReading) -> [String] {
        switch self {
        case .join(let joined, let source):
            let before = reading.join(joined)
            return before + ["setns(\(source.openedCall), \(joined.flagNames))"]
        case .unshare(let made):
            let before = reading.unshare(made)
            let after = reading.forksAfterHead ? [Self.forkCall] : []
            return before + ["unshare(\(made.flagNames))"] + after
        case .unshareCgroup(let root):
            let before = reading.unshare([.cgroup])
            return before + [
                "clone3({flags=CLONE_FILES|CLONE_VFORK|CLONE_INTO_CGROUP, cgroup=\(root)})", "unshare(CLONE_NEWCGROUP)",
                "openat(AT_FDCWD, \"/proc/self/ns/cgroup\", O_RDONLY)", "exit_group(0)", "setns(…, CLONE_NEWCGROUP)",
            ]
        case .mapIDs(let map): return map.systemCalls
        case .setCredentials(let uid, let gid, let groups):
            return groups.systemCalls + ["setresgid(\(gid), \(gid), \(gid))", "setresuid(\(uid), \(uid), \(uid))"]
        case .enterProcessNamespace: return reading.pidNamespaceIsOwn ? [] : [Self.forkCall]
        case .guarded(_, let cgroup):
            guard let cgroup else { return ["clone3({flags=CLONE_NEWPID|CLONE_PIDFD, exit_signal=SIGCHLD})"] }
            return ["clone3({flags=CLONE_NEWPID|CLONE_PIDFD|CLONE_INTO_CGROUP, exit_signal=SIGCHLD, cgroup=\(cgroup)})"]
        }
    }

    private static let forkCall = "clone3({flags=CLONE_PARENT|CLONE_PIDFD})"

    func hint(after errno: Errno) -> String? {
        switch self {
        case .unshare(let made):
            if errno == .resourceTemporarilyUnavailable { return Hint.noMoreProcesses }
            if made.contains(.user), let hint = Hint.userNamespaces(errno) { return hint }
            if errno == .noSpace { return "a limit in /proc/sys/user/max_*_namespaces is reached" }
            return errno == .notPermitted ? "only root may make these without a user namespace: add .user" : nil
        case .unshareCgroup:
            if errno == .resourceTemporarilyUnavailable { return Hint.noMoreProcesses }
            return errno == .noSpace ? "a limit in /proc/sys/user/max_*_namespaces is reached" : nil
        case .mapIDs:
            guard errno == .notPermitted || errno == .permissionDenied else { return nil }
            return Hint.appArmor
                ?? "newer maps need CAP_SETUID outside, or ranges granted in /etc/subuid and /etc/subgid"
        case .setCredentials:
            if errno == .resourceTemporarilyUnavailable { return Hint.noMoreProcesses }
            return errno == .invalidArgument ? "the id is not mapped in this user namespace" : nil
        case .enterProcessNamespace, .guarded:
            return errno == .resourceTemporarilyUnavailable ? Hint.noMoreProcesses : nil
        case .join: return nil
        }
    }

    func note(in slots: inout NetworkSlots) {
        switch self {
        case .join(let namespaces, _), .unshare(let namespaces):
            if namespaces.contains(.network) { slots.forgetOwn() }
            if namespaces.contains(.mount) { slots.forgetPaths() }
        case .unshareCgroup, .mapIDs, .setCredentials, .enterProcessNamespace, .guarded: break
        }
    }
}

extension NamespaceSource {
    /// As an error shows it.
    var name: String {
        switch self {
        case .process(let pidfd): processNumber(ofPidfd: pidfd).map { "process \($0)" } ?? "a process that has ended"
        case .path(let path): path
        case .descriptor(let fd): readLink("/proc/self/fd/\(fd)") ?? "descriptor \(fd)"
        }
    }

    fileprivate var place: Place {
        switch self {
        case .process(let fd), .descriptor(let fd): .descriptor(fd)
        case .path(let path): .path(path)
        }
    }

    fileprivate var isProcess: Bool { if case .process = self { true } else { false } }

    fileprivate var texts: [String] { if case .path(let path) = self { [path] } else { [] } }

    /// The descriptor that setns(2) takes.
    fileprivate var openedCall: String {
        switch self {
        case .process(let fd), .descriptor(let fd): "\(fd)"
        case .path(let path): "openat(AT_FDCWD, \(quoted(path)), O_RDONLY)"
        }
    }
}

extension Groups {
    fileprivate var rule: iso_groups {
        switch self {
        case .keep: ISO_GROUPS_KEEP
        case .dropIfAllowed: ISO_GROUPS_DROP_IF_ALLOWED
        case .exactly: ISO_GROUPS_EXACT
        }
    }

    fileprivate var list: [UInt32] {
        switch self {
        case .keep, .dropIfAllowed: []
        case .exactly(let list): list
        }
    }

    /// As setpriv(1) takes it.
    fileprivate var setprivOption: String {
        switch self {
        case .keep: "--keep-groups"
        case .dropIfAllowed, .exactly([]): "--clear-groups"
        case .exactly(let list): "--groups=" + list.map(String.init).joined(separator: ",")
        }
    }

    fileprivate var systemCalls: [String] {
        switch self {
        case .keep: []
        case .dropIfAllowed: ["setgroups(0, NULL)"]
        case .exactly(let list): ["setgroups(\(list.count), [\(list.map(String.init).joined(separator: ", "))])"]
        }
    }
}
