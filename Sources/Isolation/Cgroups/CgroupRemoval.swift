// Ending what is in a cgroup, and removing it with all its descendants.

import CIsolation
import Glibc
import Linux
import SystemPackage

extension CgroupDirectory {
    /// Removes the cgroup and its descendants, deepest first, and waits until those who are still ending have ended.
    /// - Throws: EBUSY with the numbers of the members, when they are still there after `patience`.
    package func remove(patience: Duration = .seconds(5)) throws(IsolationError) {
        let deadline = ContinuousClock.now + patience
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let name = String(parts.removeLast())
        let parent = iso_openat(descriptor, "..", O_RDONLY | O_DIRECTORY, 0)
        guard parent >= 0 else {
            // Somebody else has removed it.
            if parent == -ENOENT { return }
            throw IsolationError("remove the cgroup \(path)", errno: Errno(negated: parent))
        }
        defer { close(parent) }
        guard isStill(name, in: parent) else { return }
        while true {
            if removeDescendants(until: deadline), unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT {
                return
            }
            let errno = Errno(rawValue: errno)
            guard errno == .resourceBusy || errno == .directoryNotEmpty else {
                throw IsolationError("remove the cgroup \(path)", errno: errno)
            }
            let members = membersOfTree()
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else {
                let who = members.isEmpty ? "" : "; its members: \(members.map(String.init).joined(separator: ", "))"
                throw IsolationError(
                    "remove the cgroup \(path)", errno: errno, meaning: errno.words + who,
                    hint: "end the processes, or move them to another cgroup")
            }
            waitForChange(members, milliseconds: min(left.milliseconds, 100))
        }
    }

    /// Removes the cgroup if it has neither processes nor children.
    /// - Returns: whether it is gone.
    @discardableResult
    package func removeIfEmpty() -> Bool {
        guard let name = path.split(separator: "/").last.map(String.init) else { return false }
        let parent = iso_openat(descriptor, "..", O_RDONLY | O_DIRECTORY, 0)
        guard parent >= 0 else { return parent == -ENOENT }
        defer { close(parent) }
        return isStill(name, in: parent) && unlinkat(parent, name, AT_REMOVEDIR) == 0
    }

    /// Whether the name in the parent still means this very cgroup.
    private func isStill(_ name: String, in parent: Int32) -> Bool {
        var own = stat()
        var named = stat()
        return fstat(descriptor, &own) == 0 && fstatat(parent, name, &named, AT_SYMLINK_NOFOLLOW) == 0
            && own.st_ino == named.st_ino && own.st_dev == named.st_dev
    }

    /// Removes every descendant that can be removed, with three descriptors however deep they are.
    /// - Returns: whether none is left. If not, errno says why the last one could not be removed.
    private func removeDescendants(until deadline: ContinuousClock.Instant) -> Bool {
        var isClear = true
        var failed: Int32 = EBUSY
        // At least one look at all of them, unless there are tens of thousands.
        let isWhole = walkDescendants(until: max(deadline, .now + .seconds(1))) { parent, name in
            guard unlinkat(parent, name, AT_REMOVEDIR) != 0, errno != ENOENT else { return }
            isClear = false
            failed = errno
        }
        if !isClear || !isWhole { errno = failed }
        return isClear && isWhole
    }

    /// Every process in this cgroup and below.
    package func membersOfTree() -> [Int32] {
        var found = (try? processes()) ?? []
        walkDescendants { parent, name in
            let folder = iso_openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
            guard folder >= 0 else { return }
            let child = CgroupDirectory(descriptor: folder, path: "\(path)/…/\(name)", hierarchy: hierarchy)
            found += (try? child.processes()) ?? []
        }
        return found.filter { $0 > 0 }
    }

    /// Visits the descendants, children before parents.
    /// - Returns: false: the time is over, and some were not visited.
    @discardableResult
    func walkDescendants(
        until deadline: ContinuousClock.Instant = .now + .seconds(5), _ visit: (_ parent: Int32, _ name: String) -> Void
    ) -> Bool {
        var current = iso_openat(descriptor, ".", O_RDONLY | O_DIRECTORY, 0)
        guard current >= 0 else { return true }
        defer { close(current) }
        // For each level: what is yet to be visited there, the one that was entered last.
        var levels = [folderNames(in: current)]
        while !levels.isEmpty {
            guard ContinuousClock.now < deadline else { return false }
            let level = levels.count - 1
            if let name = levels[level].last {
                let child = iso_openat(current, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
                if child >= 0 {
                    close(current)
                    current = child
                    levels.append(folderNames(in: child))
                } else {
                    levels[level].removeLast()
                }
                continue
            }
            levels.removeLast()
            guard !levels.isEmpty else { return true }
            let parent = iso_openat(current, "..", O_RDONLY | O_DIRECTORY, 0)
            guard parent >= 0 else { return true }
            close(current)
            current = parent
            let name = levels[levels.count - 1].removeLast()
            visit(current, name)
        }
        return true
    }

    /// Waits until a member has ended, or v2 tells that the population changed.
    func waitForChange(_ members: [Int32], milliseconds: Int64) {
        var polled: [pollfd] = []
        defer { for entry in polled { close(entry.fd) } }
        // cgroup.events wakes with POLLPRI when `populated` changes. The file must have been read since it was opened.
        let events = version == .v2 ? iso_openat(descriptor, "cgroup.events", O_RDONLY, 0) : -1
        if events >= 0 {
            var chunk = [UInt8](repeating: 0, count: 256)
            _ = Glibc.read(events, &chunk, chunk.count)
            polled.append(pollfd(fd: events, events: Int16(POLLPRI), revents: 0))
        }
        for member in members.prefix(64) {
            let pidfd = iso_pidfd_open(member)
            if pidfd >= 0 { polled.append(pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)) }
        }
        // A process that has ended and is not reaped holds a v1 cgroup for a moment and has no event: look again soon.
        let patience = polled.isEmpty ? min(milliseconds, 2) : milliseconds
        _ = poll(&polled, nfds_t(polled.count), Int32(patience))
    }
}
