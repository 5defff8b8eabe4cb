// What to do next after a failure whose cause is known, as far as several kinds of steps share it.

import Glibc
import SystemPackage

enum Hint {
    /// fork(2), a change of user, and exec(2) after one fail with EAGAIN when there are as many tasks as may be.
    static let noMoreProcesses =
        "no more processes can be started: a limit of the user (ulimit -u), of the user namespace or of the"
        + " cgroup (pids.max) is reached; end some first"

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

    static var appArmor: String? {
        trimmed("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1"
            ? "AppArmor keeps user namespaces powerless here:"
                + " sysctl kernel.apparmor_restrict_unprivileged_userns=0 (as root), or a profile for this program"
            : nil
    }

    private static func trimmed(_ path: String) -> String? {
        readFile(path).map { String($0.prefix { $0 != "\n" }) }
    }
}
