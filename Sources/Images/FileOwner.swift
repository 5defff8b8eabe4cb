// Whose the files of a layer are on this machine: a playground shows only some ids, and every file of an image must have one of them.

import Glibc

/// The owner that stands for an image's root, and how many of its users after that have ids of their own.
package struct FileOwner: Sendable, Hashable, CustomStringConvertible {
    /// Outside, of the image's user 0 and group 0.
    package var user: UInt32
    package var group: UInt32
    /// Ids from `user` and `group` on that belong to the image's users 0, 1, 2 …; with 1 everything is root's.
    package var count: UInt32
    /// How many of an image's users, from 0 on, a playground has. Those from `count` on get their files in the containers' overlays.
    package var shown: UInt32

    package init(user: UInt32, group: UInt32, count: UInt32 = 1, shown: UInt32 = 1) {
        self.user = user
        self.group = group
        self.count = max(1, count)
        self.shown = max(self.count, shown)
    }

    /// Of the owners of a file: those that are noted, because this user cannot give files to them; nil: there are none.
    func noted(user: UInt64, group: UInt64) -> LayerNotes.Owner? {
        let ids = [user, group].map { $0 < UInt64(shown) ? UInt32($0) : 0 }
        return ids.contains { $0 >= count } ? LayerNotes.Owner(user: ids[0], group: ids[1]) : nil
    }

    /// Whether a playground has both.
    func shows(user: UInt64, group: UInt64) -> Bool { max(user, group) < UInt64(shown) }

    /// The effective user and group of this process.
    package static var current: FileOwner { FileOwner(user: geteuid(), group: getegid()) }

    /// Who has a file that belongs to these users of an image. One that has no id of its own is root's: a file without a mapped owner
    /// could not even be copied up by overlayfs (EOVERFLOW).
    func outside(user inside: UInt64, group insideGroup: UInt64) -> (user: UInt32, group: UInt32) {
        (
            inside < UInt64(count) ? user &+ UInt32(inside) : user,
            insideGroup < UInt64(count) ? group &+ UInt32(insideGroup) : group
        )
    }

    /// Whether files that this process makes belong to the owner by themselves.
    var isCurrent: Bool { count == 1 && user == geteuid() && group == getegid() }

    package var description: String { "\(user):\(group)" }
}
