// Who a container runs as: what the manifest says, else what the image says, looked up in the image.

import Linux

/// The credentials of a container's processes.
struct ContainerUser: Sendable, Equatable {
    var uid: UInt32
    var gid: UInt32
    /// Supplementary groups.
    var groups: [UInt32]
    var home: String
}

extension ContainerUser {
    /// Kubernetes' order: a number in the manifest replaces the image's user and its groups.
    /// - Parameters:
    ///   - image: `user`, `uid`, `user:group` ….
    ///   - known: the ids that this node's user namespace has.
    /// - Throws: what is wrong, in words; the reason is `CreateContainerError`.
    init(
        container: ContainerSecurityContext, pod: PodSecurityContext, image: String?, database: UserDatabase,
        known: NodeIDs
    ) throws(UserError) {
        let parts = (image ?? "").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var imageGroup: UInt32?
        var user: UserDatabase.User?
        if let asked = container.runAsUser ?? pod.runAsUser {
            uid = asked
            user = database.user(asked)
        } else if let name = parts.first, !name.isEmpty {
            user = try Self.user(String(name), in: database)
            if let user { uid = user.uid } else { uid = try Self.number(String(name)) ?? 0 }
            if parts.count == 2, !parts[1].isEmpty { imageGroup = try Self.group(String(parts[1]), in: database) }
        } else {
            uid = 0
            user = database.user(0)
        }
        gid = container.runAsGroup ?? pod.runAsGroup ?? imageGroup ?? user?.gid ?? 0
        let primary = gid
        // A node with a single id has no group but its own to give.
        groups = (user.map { database.groups(of: $0.name) } ?? []).filter { $0 != primary && known.hasGroup($0) }
        if !known.maySetGroups { groups = [] }
        let home = user?.home ?? ""
        self.home = home.isEmpty ? "/" : home
        guard known.hasUser(uid) else { throw UserError("user \(uid)", known.users) }
        guard known.hasGroup(gid) else { throw UserError("group \(gid)", known.groups) }
    }

    /// What reads as a number is one, whatever the image has of that name.
    private static func number(_ text: String) throws(UserError) -> UInt32? {
        guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        guard let number = UInt32(text), number <= UInt32(Int32.max) else {
            throw UserError("uids and gids must be in range 0-\(Int32.max): \(text)")
        }
        return number
    }

    /// nil: a number that the image has no name for.
    private static func user(_ text: String, in database: UserDatabase) throws(UserError) -> UserDatabase.User? {
        if let uid = try number(text) { return database.user(uid) }
        guard let user = database.user(text) else {
            throw UserError("unable to find user \(text): no matching entries in passwd file")
        }
        return user
    }

    private static func group(_ text: String, in database: UserDatabase) throws(UserError) -> UInt32 {
        if let gid = try number(text) { return gid }
        guard let group = database.group(text) else {
            throw UserError("unable to find group \(text): no matching entries in group file")
        }
        return group.gid
    }
}

struct UserError: Error, Equatable {
    var problem: String
    var hint: String?

    init(_ problem: String) { self.problem = problem }

    fileprivate init(_ who: String, _ known: [ClosedRange<UInt32>]) {
        let list = known.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound) to \($0.upperBound)" }
        problem = "this node has no \(who): its user namespace maps \(list.joined(separator: ", ")) only"
        hint = "an administrator can grant this user more ids, in /etc/subuid and /etc/subgid"
    }
}

/// The ids that a user namespace shows. See user_namespaces(7).
struct NodeIDs: Sendable, Equatable {
    var users: [ClosedRange<UInt32>]
    var groups: [ClosedRange<UInt32>]
    /// False where an ordinary user has written a map for itself alone.
    var maySetGroups: Bool

    /// From the lines `INSIDE OUTSIDE COUNT`.
    init(userMap: String, groupMap: String, setGroups: String) {
        func ranges(_ text: String) -> [ClosedRange<UInt32>] {
            text.split(separator: "\n").compactMap { line in
                let numbers = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).compactMap { UInt64($0) }
                guard numbers.count == 3, numbers[2] > 0, numbers[0] <= UInt64(UInt32.max) else { return nil }
                return UInt32(numbers[0])...UInt32(min(numbers[0] + numbers[2] - 1, UInt64(UInt32.max)))
            }
        }
        users = ranges(userMap)
        groups = ranges(groupMap)
        maySetGroups = !setGroups.hasPrefix("deny")
    }

    /// Those of the calling process.
    static func current() -> NodeIDs {
        NodeIDs(
            userMap: textOfFile("/proc/self/uid_map") ?? "", groupMap: textOfFile("/proc/self/gid_map") ?? "",
            setGroups: textOfFile("/proc/self/setgroups") ?? "")
    }

    func hasUser(_ id: UInt32) -> Bool { users.contains { $0.contains(id) } }
    func hasGroup(_ id: UInt32) -> Bool { groups.contains { $0.contains(id) } }
}
