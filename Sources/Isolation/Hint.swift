// What to do next after a failure whose cause is known.

import Glibc
import SystemPackage

enum Hint {
    static func what(after step: Step?, _ errno: Errno, in plan: Plan) -> String? {
        if errno == .resourceTemporarilyUnavailable, step.map(Self.mayLackProcesses) ?? false {
            return "no more processes can be started: a limit of the user (ulimit -u), of the user namespace or of the"
                + " cgroup (pids.max) is reached; end some first"
        }
        if case .unshare(let made) = step {
            if made.contains(.user), let hint = userNamespaces(errno) { return hint }
            if errno == .init(rawValue: ENOSPC) { return "a limit in /proc/sys/user/max_*_namespaces is reached" }
        }
        switch step {
        case .unshare where errno == .notPermitted:
            return "only root may make these without a user namespace: add .user"
        case .mapIDs where errno == .notPermitted || errno == .permissionDenied:
            return appArmor ?? "newer maps need CAP_SETUID outside, or ranges granted in /etc/subuid and /etc/subgid"
        case .mount(.proc, _, _) where errno == .notPermitted, .mount(.sysfs, _, _) where errno == .notPermitted:
            return "in a user namespace the kernel mounts a new one only where an unobstructed one is visible already,"
                + " and only by a member of its own pid (proc) or network (sysfs) namespace"
        case .mount(let fileSystem, _, _) where errno == .init(rawValue: ENODEV):
            return "this kernel has no \(fileSystem.type): modprobe \(fileSystem.type)"
        case .mount where errno == .notPermitted, .bind where errno == .notPermitted:
            return appArmor ?? "mounting needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace"
        case .bind where errno == .invalidArgument:
            return "the source is on a mount of another mount namespace, or has locked mounts below"
                + " (bind recursively), or a folder meets a file"
        case .pivotRoot where errno == .invalidArgument:
            return "the new root must be a mount point, and neither it nor its parent may be shared"
        case .pivotRoot where errno == .resourceBusy: return "the new root is the old root"
        case .addNetworkNamespace, .removeNetworkNamespace, .network: return NetworkHint.what(after: step, errno)
        case .setCredentials where errno == .invalidArgument: return "the id is not mapped in this user namespace"
        case .witnessSignals where errno == .resourceBusy: return "one witness already watches this process"
        case .witnessSignals where errno == .permissionDenied:
            return "needs CAP_SYS_ADMIN in the user namespace, or .noNewPrivileges before"
        default: return nil
        }
    }

    /// fork(2), a change of user, and exec(2) after one fail with EAGAIN when there are as many tasks as may be.
    private static func mayLackProcesses(_ step: Step) -> Bool {
        switch step {
        case .unshare, .enterProcessNamespace, .guarded, .setCredentials, .execute: true
        default: false
        }
    }

    /// Why the kernel refuses a user namespace, by the switches that distributions have for it.
    static func userNamespaces(_ errno: Errno) -> String? {
        func off(_ path: String) -> Bool { trimmed(path) == "0" }
        if errno == .init(rawValue: ENOSPC) {
            return off("/proc/sys/user/max_user_namespaces")
                ? "user namespaces are forbidden here: sysctl user.max_user_namespaces=15000 (as root)"
                : "the limit user.max_user_namespaces is reached, or they are forbidden in an outer namespace"
        }
        if errno == .init(rawValue: EUSERS) { return "user namespaces are nested 32 deep already" }
        guard errno == .notPermitted || errno == .permissionDenied else { return nil }
        if off("/proc/sys/kernel/unprivileged_userns_clone") {
            return "user namespaces are for root only here: sysctl kernel.unprivileged_userns_clone=1 (as root)"
        }
        return appArmor
            ?? "user namespaces are refused: a seccomp filter (a container's?), a security module, or a chroot does that"
    }

    private static var appArmor: String? {
        trimmed("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1"
            ? "AppArmor keeps user namespaces powerless here:"
                + " sysctl kernel.apparmor_restrict_unprivileged_userns=0 (as root), or a profile for this program"
            : nil
    }

    private static func trimmed(_ path: String) -> String? {
        readFile(path).map { String($0.prefix { $0 != "\n" }) }
    }
}
