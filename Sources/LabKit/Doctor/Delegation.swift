// podlab doctor --delegate: the one command with which an administrator lets a user make cgroups.

import FoundationEssentials
import Glibc
import Isolation
import KernelState
import Text

package enum DelegationError: Error, CustomStringConvertible {
    case notRoot(String)
    case unknownUser(String)
    case root

    package var description: String {
        switch self {
        case .notRoot(let user): "only root can hand over cgroups: sudo podlab doctor --delegate \(terminalSafe(user))"
        case .unknownUser(let user): "there is no user \(terminalSafe(user)); give a name or a number"
        case .root: "root needs no delegation"
        }
    }
}

/// The cgroups of one user.
package struct Delegation {
    private let user: UInt32
    private let group: UInt32

    /// - Parameter name: a user by name or number.
    package init(to name: String) throws(DelegationError) {
        guard geteuid() == 0 else { throw .notRoot(name) }
        guard let entry = Self.entry(name) else { throw .unknownUser(name) }
        (user, group) = entry
        guard user != 0 else { throw .root }
    }

    /// - Returns: what was done, a line each.
    package func grant() throws -> [String] {
        try CgroupDelegation.grant(to: user, group: group, ancestors: Self.ancestors()).lines
    }

    package func revoke() throws -> [String] {
        let lines = try CgroupDelegation.revoke(from: user).lines
        return lines.isEmpty ? ["nothing was handed over to user \(user)"] : lines
    }

    /// From /etc/passwd, because a static executable has no name service. A number that is not there is its own group's too.
    private static func entry(_ name: String) -> (user: UInt32, group: UInt32)? {
        let text = (try? String(contentsOfFile: "/etc/passwd", encoding: .utf8)) ?? ""
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count > 3, fields[0] == name || fields[2] == name, let user = UInt32(fields[2]),
                let group = UInt32(fields[3])
            else { continue }
            return (user, group)
        }
        return UInt32(name).map { ($0, $0) }
    }

    /// The processes above this one, nearest first.
    private static func ancestors() throws -> [(pid: Int32, user: UInt32)] {
        let table = try ProcessTable.read(fields: .status)
        return table.ancestors(of: .current).compactMap { process in
            process.status.map { (process.pid.rawValue, $0.userIDs.real) }
        }
    }
}
