// Subordinate ids: the ranges that /etc/subuid and /etc/subgid grant to an ordinary user. See subuid(5).

import Glibc

/// The ranges granted to one user.
package struct SubordinateIDs: Sendable, Equatable {
    package var users: [Range<UInt32>]
    package var groups: [Range<UInt32>]

    package init(users: [Range<UInt32>], groups: [Range<UInt32>]) {
        self.users = users
        self.groups = groups
    }

    /// Of a user by name and number; either may stand in the files. `name` nil: a user without a passwd entry.
    package init(name: String?, uid: UInt32, subuid: String, subgid: String) {
        users = Self.ranges(in: subuid, name: name, uid: uid)
        groups = Self.ranges(in: subgid, name: name, uid: uid)
    }

    /// Of the user who runs this process. Unreadable files grant nothing.
    package static func ofInvokingUser() -> SubordinateIDs {
        let uid = geteuid()
        return SubordinateIDs(
            name: nameInPasswd(of: uid), uid: uid, subuid: readFile("/etc/subuid", limit: 1 << 20) ?? "",
            subgid: readFile("/etc/subgid", limit: 1 << 20) ?? "")
    }

    /// Whether newuidmap(1) and newgidmap(1) can be found in `PATH`.
    package static var programsInstalled: Bool {
        ["newuidmap", "newgidmap"].allSatisfy { program in
            candidates(for: program, environment: currentEnvironment()).contains { access($0, X_OK) == 0 }
        }
    }

    /// The largest part of the ranges in which `id` is not.
    package static func largest(of ranges: [Range<UInt32>], without id: UInt32) -> Range<UInt32>? {
        ranges.flatMap { range in
            range.contains(id) ? [range.lowerBound..<id, id + 1..<range.upperBound] : [range]
        }.filter { !$0.isEmpty }.max { $0.count < $1.count }
    }

    /// Lines read `USER:FIRST:COUNT`; what does not is passed over, as newuidmap(1) does.
    private static func ranges(in text: String, name: String?, uid: UInt32) -> [Range<UInt32>] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, fields[0] == String(uid) || (name != nil && fields[0] == name ?? ""),
                let first = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0, first > 0
            else { return nil }
            let (end, overflow) = first.addingReportingOverflow(count)
            return overflow ? nil : first..<end
        }
    }

    /// From /etc/passwd itself: getpwuid would load NSS modules, which a static executable must not.
    private static func nameInPasswd(of uid: UInt32) -> String? {
        for line in (readFile("/etc/passwd", limit: 1 << 22) ?? "").split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count >= 3, fields[2] == String(uid) { return String(fields[0]) }
        }
        return nil
    }
}
