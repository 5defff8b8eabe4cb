// The user namespace that podlab itself runs in, where that is not the machine's first one.

import Isolation
import KernelState
import SystemPackage

/// What tells users of a user namespace from those of the machine who have the same numbers.
package struct UserNesting: Sendable, Equatable {
    package var inode: UInt64
    /// The lines of `/proc/self/uid_map`.
    package var users: [IDRange]

    package init(inode: UInt64, users: [IDRange]) {
        self.inode = inode
        self.users = users
    }

    /// Nil in the first user namespace.
    package static let current: UserNesting? = {
        guard !Privilege.inInitialUserNamespace,
            let namespace = ProcessState.read(.current, fields: .namespaces)?.namespace(.user)
        else { return nil }
        return UserNesting(inode: namespace.inode, users: Privilege.ownUsers)
    }()

    /// The number that a user has in the namespace above; nil: none.
    package func outside(_ user: UInt32) -> UInt32? {
        users.first { $0.inside <= user && user - $0.inside < $0.count }.map { $0.outside + (user - $0.inside) }
    }
}
