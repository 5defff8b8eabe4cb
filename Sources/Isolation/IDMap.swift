// Id maps: which users and groups of the outside a user namespace shows inside, and who may write the map.

import CIsolation
import Glibc
import SystemPackage

/// `count` ids from `inside` on stand for those from `outside` on. One line of `uid_map`; see user_namespaces(7).
package struct IDRange: Sendable, Equatable {
    package var inside: UInt32
    package var outside: UInt32
    package var count: UInt32
    package init(inside: UInt32, outside: UInt32, count: UInt32) {
        self.inside = inside
        self.outside = outside
        self.count = count
    }
    var line: String { "\(inside) \(outside) \(count)\n" }
}

/// The id map of a new user namespace.
package enum IDMap: Sendable, Equatable {
    /// The best that this user can have: for root an unprivileged range from `IDMap.rootBase` on (never the host's root),
    /// else the user as 0 plus subordinate ranges where the system grants them, else the user alone.
    case automatic
    /// The invoking user and group alone. Written by the child itself; setgroups is denied for good.
    case invokingUser(uid: UInt32 = 0, gid: UInt32 = 0)
    /// Ranges: written directly where that is allowed, else by newuidmap(1) and newgidmap(1).
    case ranges(users: [IDRange], groups: [IDRange])

    /// Where the range begins that root gives to a namespace: above what distributions hand out.
    package static let rootBase: UInt32 = 1_900_000_000
    package static let rootCount: UInt32 = 65536

    /// A range for a namespace made by root: inside from 0 on, outside from `base` on.
    package static func unprivilegedRange(base: UInt32 = rootBase, count: UInt32 = rootCount) -> IDMap {
        let range = [IDRange(inside: 0, outside: base, count: count)]
        return .ranges(users: range, groups: range)
    }

    /// The invoking user as root, and subordinate ids from 1 on: the largest range that the user itself is not in, because an id is mapped
    /// once. Nil if the system grants this user none, or newuidmap is not installed. See subuid(5).
    package static func subordinate(of user: SubordinateIDs = .ofInvokingUser()) -> IDMap? {
        guard let users = SubordinateIDs.largest(of: user.users, without: geteuid()),
            let groups = SubordinateIDs.largest(of: user.groups, without: getegid()), SubordinateIDs.programsInstalled
        else { return nil }
        return .ranges(
            users: [
                IDRange(inside: 0, outside: geteuid(), count: 1),
                IDRange(inside: 1, outside: users.lowerBound, count: UInt32(users.count)),
            ],
            groups: [
                IDRange(inside: 0, outside: getegid(), count: 1),
                IDRange(inside: 1, outside: groups.lowerBound, count: UInt32(groups.count)),
            ])
    }

    var summary: String {
        switch self {
        case .automatic: "automatic"
        case .invokingUser(let uid, let gid): "the invoking user as \(uid):\(gid)"
        case .ranges(let users, _):
            users.map { "\($0.inside) is \($0.outside), \($0.count) ids" }.joined(separator: "; ")
        }
    }

    /// `automatic`, decided for the calling process: the best that has not been refused to it. Every other map is itself.
    package var resolved: IDMap {
        guard self == .automatic else { return self }
        let privileged = Privilege.canMapAnyID
        let candidates: [() -> IDMap?] = [
            { privileged && Privilege.ownMapCovers(Self.rootBase, count: Self.rootCount) ? .unprivilegedRange() : nil },
            { Self.subordinate() },
            { privileged && !Privilege.inInitialUserNamespace ? Privilege.ownMapAsRanges : nil },
        ]
        for candidate in candidates {
            if let map = candidate(), !RefusedIDMaps.contains(map) { return map }
        }
        return .invokingUser()
    }

    /// Whether the map would show the host's root inside.
    var showsHostRoot: Bool {
        guard Privilege.inInitialUserNamespace else { return false }
        switch self {
        case .automatic: return (geteuid() == 0 || getegid() == 0) && resolved.showsHostRoot
        case .invokingUser: return geteuid() == 0 || getegid() == 0
        case .ranges(let users, let groups): return (users + groups).contains { $0.outside == 0 }
        }
    }
}

/// What the calling process may do about ids.
package enum Privilege {
    /// `CAP_SETUID` and `CAP_SETGID` in its own user namespace: bits 7 and 6.
    static var canMapAnyID: Bool {
        var have = iso_capabilities()
        return iso_capget(&have) == 0 && have.effective & 0xC0 == 0xC0
    }

    /// The kernel gives the initial user namespace this inode number (PROC_USER_INIT_INO).
    package static var inInitialUserNamespace: Bool { readLink("/proc/self/ns/user") == "user:[4026531837]" }

    static func ownMapCovers(_ first: UInt32, count: UInt32) -> Bool {
        ["/proc/self/uid_map", "/proc/self/gid_map"].allSatisfy { file in
            ranges(of: file).contains {
                $0.inside <= first && UInt64($0.inside) + UInt64($0.count) >= UInt64(first) + UInt64(count)
            }
        }
    }

    /// Every id that this process's own namespace has, under the same number.
    static var ownMapAsRanges: IDMap? {
        let users = ranges(of: "/proc/self/uid_map").map {
            IDRange(inside: $0.inside, outside: $0.inside, count: $0.count)
        }
        let groups = ranges(of: "/proc/self/gid_map")
            .map { IDRange(inside: $0.inside, outside: $0.inside, count: $0.count) }
        guard users.contains(where: { $0.inside == 0 }), groups.contains(where: { $0.inside == 0 }) else { return nil }
        return .ranges(users: users, groups: groups)
    }

    /// Which users there are in this process's namespace, and who they are in the one above.
    package static var ownUsers: [IDRange] { ranges(of: "/proc/self/uid_map") }

    private static func ranges(of file: String) -> [IDRange] {
        (readFile(file) ?? "").split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ").compactMap { UInt32($0) }
            return fields.count == 3 ? IDRange(inside: fields[0], outside: fields[1], count: fields[2]) : nil
        }
    }
}
