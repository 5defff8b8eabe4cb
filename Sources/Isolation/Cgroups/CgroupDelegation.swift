// Where this user may make cgroups: what an administrator or the service manager has handed over.

import CIsolation
import Glibc
import SystemPackage

/// The place for podlab's own cgroups on this machine, for this user.
package enum CgroupDelegation {
    /// A cgroup below which this user may make others, with the controllers that it can have there.
    case granted(Cgroup)
    /// None, and the one command that would change it.
    case refused(reason: String, command: String)

    /// The folder of a user's own subtree, below the root of each hierarchy.
    package static func folder(of user: UInt32) -> String { "podlab-\(user)" }

    /// The controllers of a playground. The freezer of v1 is not among them: a task that it has frozen takes no SIGKILL, so whoever
    /// could freeze could not be ended. What v2 freezes can be killed.
    package static let wanted: Set<CgroupController> = [.cpu, .io, .memory, .pids, .cpuacct]

    /// Looks where `user` may make cgroups. Makes nothing, but for root the folder `podlab-0` in each hierarchy.
    /// - Parameter making: false: nothing is made for root either.
    package static func find(
        layout: CgroupLayout = .current(), user: UInt32 = geteuid(), controllers: Set<CgroupController> = wanted,
        making: Bool = true
    ) -> CgroupDelegation {
        var parts: [CgroupDirectory] = []
        var problem: String?
        for hierarchy in layout.hierarchies
        where hierarchy.version == .v2 || hierarchy.isForPlaygrounds(controllers) {
            do {
                if let part = try place(in: hierarchy, user: user, making: making) { parts.append(part) }
            } catch {
                problem = problem ?? "\(error)"
            }
        }
        let found = Cgroup(parts: parts)
        guard found.controllers.contains(.memory), found.controllers.contains(.pids) else {
            return .refused(reason: problem ?? reason(layout, user: user), command: command(layout, user: user))
        }
        return .granted(found)
    }

    /// The places in all hierarchies in which this podlab, or an older one, may have made cgroups: with the freezer of v1, which playgrounds
    /// had once. Makes nothing.
    package static func places(layout: CgroupLayout = .current(), user: UInt32 = geteuid()) -> [CgroupDirectory] {
        layout.hierarchies.filter { !$0.isReadOnly }.compactMap { hierarchy in
            (try? place(in: hierarchy, user: user, making: false)) ?? nil
        }
    }

    private static func reason(_ layout: CgroupLayout, user: UInt32) -> String {
        guard layout.hierarchy(of: .memory) != nil else {
            return layout.hierarchies.isEmpty
                ? "no cgroup file system is mounted" : "no mounted cgroup hierarchy has the memory controller"
        }
        return "no cgroup is delegated to user \(user)"
    }

    private static func command(_ layout: CgroupLayout, user: UInt32) -> String {
        if let unified = layout.unified, unified.controllers.contains(.memory),
            access("/run/user/\(user)/systemd/private", F_OK) == 0
        {
            return "systemd-run --user --scope -p Delegate=yes podlab"
        }
        let name = passwordEntry(user) ?? String(user)
        return "sudo podlab doctor --delegate \(name)"
    }

    /// Where in one hierarchy; nil when there is none for this user.
    private static func place(
        in hierarchy: CgroupHierarchy, user: UInt32, making: Bool
    ) throws(IsolationError) -> CgroupDirectory? {
        guard !hierarchy.isReadOnly else {
            throw IsolationError(
                "make a cgroup below \(hierarchy.mountPoint)", errno: .readOnlyFileSystem,
                hint: "cgroups are mounted read-only here, as in most containers")
        }
        let own = folder(of: user)
        guard let root = hierarchy.folder(of: hierarchy.mountedRoot) else { return nil }
        if user == 0 {
            // Root of a user namespace can be anybody on the machine: the folder of the machine's root is not his.
            guard making else {
                return isOwned(root + "/" + own, by: 0) ? try CgroupDirectory(at: root + "/" + own, in: hierarchy) : nil
            }
            let top = try CgroupDirectory(at: root, in: hierarchy)
            try top.enableForChildren(hierarchy.controllers)
            let place = try top.child(own)
            var status = stat()
            return fstat(place.descriptor, &status) == 0 && status.st_uid == 0 ? place : nil
        }
        // What `podlab doctor --delegate` has handed over. On v2 a process can be moved only within what is delegated, so it
        // counts where this process is in it already.
        let handed = root + "/" + own
        if isOwned(handed, by: user) {
            let isInside = hierarchy.membership == "/" + own || hierarchy.membership.hasPrefix("/\(own)/")
            if hierarchy.version == .v1 || isInside { return try CgroupDirectory(at: handed, in: hierarchy) }
        }
        // What the service manager has delegated to the unit that this process is in.
        var membership = hierarchy.membership
        // An earlier podlab of this unit has moved what was there one further down.
        if hierarchy.version == .v2, membership.hasSuffix("/" + Cgroup.leaf) {
            membership.removeLast(Cgroup.leaf.utf8.count + 1)
        }
        guard !membership.isEmpty, let current = hierarchy.folder(of: membership), isOwned(current, by: user),
            hierarchy.version == .v1 || isDelegated(current)
        else { return nil }
        return try CgroupDirectory(at: current, in: hierarchy)
    }

    private static func isOwned(_ path: String, by user: UInt32) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == user
            && access(path + "/cgroup.procs", W_OK) == 0
    }

    /// systemd marks the units that it has delegated with `user.delegate`, and all of its units with `user.invocation_id`. A folder
    /// without either was made by somebody else for this user. See systemd.resource-control(5), "Delegate=".
    private static func isDelegated(_ path: String) -> Bool {
        var value: [UInt8] = [0]
        if iso_getxattr(path, "user.delegate", &value, 1) == 1, value == [UInt8(ascii: "1")] { return true }
        return iso_getxattr(path, "user.invocation_id", nil, 0) < 0
    }

    private static func passwordEntry(_ user: UInt32) -> String? {
        let lines = (readFile("/etc/passwd", limit: 1 << 20) ?? "").split(separator: "\n")
        return lines.map { $0.split(separator: ":", omittingEmptySubsequences: false) }
            .first { $0.count > 2 && $0[2] == String(user) }.map { String($0[0]) }
    }
}

extension CgroupHierarchy {
    /// Whether it has one of these controllers, and not the freezer of v1 beside it.
    func isForPlaygrounds(_ wanted: Set<CgroupController>) -> Bool {
        !controllers.isDisjoint(with: wanted) && (version == .v2 || !controllers.contains(.freezer))
    }
}
