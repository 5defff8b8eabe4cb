// Handing a subtree of the cgroups to a user, as an administrator, and taking it back.

import CIsolation
import Glibc
import SystemPackage

extension CgroupDelegation {
    /// What was done, for people.
    package struct Handover: Sendable {
        package var lines: [String] = []
    }

    /// In the cgroup of a user's shell.
    private static let shell = "shell"

    /// Makes a folder for the user in every hierarchy that has a controller of a playground, and gives it to the user. On v2 the kernel lets
    /// a user move processes only within what is delegated, so the shell that asked is moved into it.
    /// - Parameter ancestors: the processes above this one, nearest first, with their users.
    package static func grant(
        to user: UInt32, group: UInt32, layout: CgroupLayout = .current(), ancestors: [(pid: Int32, user: UInt32)]
    ) throws(IsolationError) -> Handover {
        var handover = Handover()
        // An older podlab handed the freezer over too.
        for hierarchy in layout.hierarchies where hierarchy.version == .v1 && hierarchy.controllers == [.freezer] {
            guard let root = hierarchy.folder(of: hierarchy.mountedRoot),
                let old = try? CgroupDirectory(at: root + "/" + folder(of: user), in: hierarchy)
            else { continue }
            old.thawTree()
            try old.remove(patience: .seconds(1))
            handover.lines.append("removed \(old.path): what the freezer holds cannot be ended")
        }
        for hierarchy in shared(layout) {
            guard let root = hierarchy.folder(of: hierarchy.mountedRoot) else { continue }
            let top = try CgroupDirectory(at: root, in: hierarchy)
            try top.enableForChildren(hierarchy.controllers)
            let own = try top.child(folder(of: user))
            try own.enableForChildren(hierarchy.controllers)
            try own.delegate(to: user, group: group)
            handover.lines.append("\(own.path) belongs to user \(user) now")
            guard hierarchy.version == .v2 else { continue }
            let leaf = try own.child(shell)
            try leaf.delegate(to: user, group: group)
            if let asking = ancestors.first(where: { $0.user == user }) {
                try leaf.move(asking.pid)
                handover.lines.append(
                    "process \(asking.pid), the shell that asked, is in \(leaf.path): start podlab from it")
            } else {
                handover.lines.append(
                    "no shell of that user asked: run this command with sudo from the user's own shell")
            }
        }
        if handover.lines.isEmpty {
            throw IsolationError(
                "hand over a cgroup", errno: .notSupported,
                meaning: "no mounted hierarchy has a controller for playgrounds")
        }
        return handover
    }

    /// Takes back what `grant` gave; the user's shells go back to where they would be without it.
    package static func revoke(from user: UInt32, layout: CgroupLayout = .current()) throws(IsolationError) -> Handover
    {
        var handover = Handover()
        for hierarchy in layout.hierarchies where hierarchy.isFrozenOrShared {
            guard let root = hierarchy.folder(of: hierarchy.mountedRoot) else { continue }
            let path = root + "/" + folder(of: user)
            guard access(path, F_OK) == 0 else { continue }
            let own = try CgroupDirectory(at: path, in: hierarchy)
            if own.has(shell + "/cgroup.procs") {
                let top = try CgroupDirectory(at: root, in: hierarchy)
                for process in try own.child(shell).processes() { try top.move(process) }
            }
            own.thawTree()
            try own.remove(patience: .seconds(1))
            handover.lines.append("removed \(path)")
        }
        return handover
    }

    /// The hierarchies that playgrounds use. A v2 hierarchy without controllers is of no use to a user.
    private static func shared(_ layout: CgroupLayout) -> [CgroupHierarchy] {
        layout.hierarchies.filter { $0.isForPlaygrounds(wanted) }
    }
}

extension CgroupHierarchy {
    /// One that is handed over, or that an older podlab handed over.
    fileprivate var isFrozenOrShared: Bool {
        isForPlaygrounds(CgroupDelegation.wanted) || (version == .v1 && controllers.contains(.freezer))
    }
}
