// /etc/passwd and /etc/group of an image. See passwd(5), group(5).

import SystemPackage

/// The users and groups that an image knows by name.
struct UserDatabase: Sendable, Equatable {
    struct User: Sendable, Equatable {
        var name: String
        var uid: UInt32
        var gid: UInt32
        var home: String
    }
    struct Group: Sendable, Equatable {
        var name: String
        var gid: UInt32
        var members: [String]
    }

    var users: [User]
    var groups: [Group]

    /// Lines that are not in the form are passed over, as libc does.
    init(passwd: String, group: String) {
        func lines(_ text: String) -> [[Substring]] {
            text.split(separator: "\n").map { $0.split(separator: ":", omittingEmptySubsequences: false) }
        }
        users = lines(passwd).compactMap { fields in
            guard fields.count >= 6, let uid = UInt32(fields[2]), let gid = UInt32(fields[3]) else { return nil }
            return User(name: String(fields[0]), uid: uid, gid: gid, home: String(fields[5]))
        }
        groups = lines(group).compactMap { fields in
            guard fields.count >= 4, let gid = UInt32(fields[2]) else { return nil }
            return Group(
                name: String(fields[0]), gid: gid, members: fields[3].split(separator: ",").map(String.init))
        }
    }

    init(of image: ContainerImage) throws(Errno) {
        self.init(
            passwd: try image.contents(of: "etc/passwd") ?? "", group: try image.contents(of: "etc/group") ?? "")
    }

    func user(_ name: String) -> User? { users.first { $0.name == name } }
    func user(_ uid: UInt32) -> User? { users.first { $0.uid == uid } }
    func group(_ name: String) -> Group? { groups.first { $0.name == name } }
    func groups(of user: String) -> [UInt32] { groups.filter { $0.members.contains(user) }.map(\.gid) }
}
