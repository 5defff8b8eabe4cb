// Children of this process that it has not made.

import CIsolation
import Glibc
import Synchronization

/// Whoever runs as a child of this process may make it more children, by clone(2) with CLONE_PARENT: from inside a playground too. One
/// that nobody waits for keeps its pid namespace from ending, for ever; see pid_namespaces(7).
enum Strays {
    /// Those that this process has made, by their numbers; each has a `Child` or a `Birth` that waits for it.
    private static let own = Mutex<Set<Int32>>([])

    static func know(_ pid: Int32) { own.withLock { _ = $0.insert(pid) } }
    static func forget(_ pid: Int32) { own.withLock { _ = $0.remove(pid) } }

    /// Waits for those that have ended: children in a pid namespace below this one that are nobody's. What this process has started by
    /// other means, as a program of the machine, is in its own pid namespace, and left alone.
    static func reap() {
        let threads = iso_openat(AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY, 0)
        guard threads >= 0, let level = look(at: "self")?.level else { return }
        defer { close(threads) }
        let children = folderNames(in: threads).flatMap { thread in
            (readFile("/proc/self/task/\(thread)/children") ?? "").split(separator: " ").compactMap { Int32($0) }
        }
        for pid in children {
            own.withLock { own in
                guard !own.contains(pid), let child = look(at: "\(pid)"), child.isZombie, child.level > level else {
                    return
                }
                let pidfd = iso_pidfd_open(pid)
                guard pidfd >= 0 else { return }
                var how = iso_exit()
                iso_wait_pidfd(pidfd, 1, &how)
                close(pidfd)
            }
        }
    }

    /// Whether a process has ended, and in how many pid namespaces it has a number, from that of /proc down to its own.
    private static func look(at process: String) -> (isZombie: Bool, level: Int)? {
        guard let status = readFile("/proc/\(process)/status") else { return nil }
        var isZombie = false
        var level = 0
        for line in status.split(separator: "\n") {
            if line.hasPrefix("State:") { isZombie = line.contains("Z") }
            if line.hasPrefix("NSpid:") { level = line.split(whereSeparator: \.isWhitespace).count - 1 }
        }
        return (isZombie, level)
    }
}
