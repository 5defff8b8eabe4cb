// One process, as /proc shows it.

import Glibc
import Linux
import SystemPackage

/// A process and no other that had or will have its number: the number with the start time.
package struct ProcessIdentity: Hashable, Sendable, CustomStringConvertible {
    package let pid: ProcessID
    /// In clock ticks since boot.
    package let startTime: UInt64
    package init(pid: ProcessID, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }
    package var description: String { "\(pid)@\(startTime)" }
}

/// Where `root`, `cwd` or `exe` of a process leads.
package struct ProcessLink: Hashable, Sendable {
    /// Device, inode and mount of what the link leads to.
    package let identity: FileIdentity
    package let stamp: FileStamp
    /// What readlink(2) says, from the reader's point of view, without ` (deleted)`.
    package let path: FilePath
    /// The file has no name any more. Told by its link count, not by the text, which anyone could choose.
    package let isDeleted: Bool
}

/// One line of /proc/PID/cgroup. See cgroups(7).
package struct CgroupMembership: Hashable, Sendable {
    /// 0 for v2.
    package let hierarchy: Int
    /// Empty for v2; `memory`, or `name=systemd`, for v1.
    package let controllers: [String]
    /// Relative to the root of the reader's cgroup namespace.
    package let path: String

    package static func parse(_ bytes: [UInt8]) -> [CgroupMembership] {
        bytes[...].lines.compactMap { line in
            guard let (number, rest) = line.cut(at: UInt8(ascii: ":")), let hierarchy = number.number(as: Int.self),
                let (names, path) = rest.cut(at: UInt8(ascii: ":"))
            else { return nil }
            return CgroupMembership(
                hierarchy: hierarchy, controllers: names.split(separator: UInt8(ascii: ",")).map(\.text),
                path: path.text)
        }
    }
}

/// Which parts of a process to read. `stat` is always read.
package struct ProcessFields: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package static let status = ProcessFields(rawValue: 1)
    package static let commandLine = ProcessFields(rawValue: 2)
    package static let root = ProcessFields(rawValue: 4)
    package static let executable = ProcessFields(rawValue: 8)
    package static let workingDirectory = ProcessFields(rawValue: 16)
    package static let namespaces = ProcessFields(rawValue: 32)
    package static let cgroups = ProcessFields(rawValue: 64)
    package static let all = ProcessFields(rawValue: 127)
    /// Fills in `mountID` of root, executable and working directory. Costs three more system calls for each.
    package static let mountIDs = ProcessFields(rawValue: 128)
}

/// One process at one moment. What was not asked for, and what this user may not see, is nil.
package struct ProcessState: Hashable, Sendable {
    package let stat: ProcessStat
    package private(set) var status: ProcessStatus?
    /// The arguments, at most 64 KiB of them; empty for a kernel thread or a zombie.
    package private(set) var commandLine: [String]?
    package private(set) var root: ProcessLink?
    package private(set) var executable: ProcessLink?
    package private(set) var workingDirectory: ProcessLink?
    package private(set) var namespaces: [NamespaceKind: NamespaceID]?
    package private(set) var cgroups: [CgroupMembership]?

    package var pid: ProcessID { stat.pid }
    package var parent: ProcessID { stat.parent }
    package var comm: String { stat.comm }
    package var identity: ProcessIdentity { ProcessIdentity(pid: stat.pid, startTime: stat.startTime) }
    package var isZombie: Bool { stat.state == "Z" || stat.state == "X" }
    /// The number that the process has for itself, in its own pid namespace.
    package var numberInside: ProcessID? { status?.numbers.last }

    package func namespace(_ kind: NamespaceKind) -> NamespaceID? { namespaces?[kind] }

    /// Reads a process through `proc`; nil when there is none, or when it ended while being read.
    package static func read(
        _ pid: ProcessID, fields: ProcessFields = .all, in proc: borrowing ProcFileSystem
    ) -> ProcessState? {
        guard let folder = proc.process(pid) else { return nil }
        return ProcessState(folder, fields)
    }

    /// Reads a process through the /proc at hand.
    package static func read(_ pid: ProcessID, fields: ProcessFields = .all) -> ProcessState? {
        guard let proc = try? ProcFileSystem() else { return nil }
        return read(pid, fields: fields, in: proc)
    }

    init?(_ folder: borrowing ProcessFolder, _ fields: ProcessFields) {
        guard let bytes = folder.contents("stat", limit: 4096), let stat = ProcessStat(parsing: bytes) else {
            return nil
        }
        self.stat = stat
        if fields.contains(.status) {
            // A process that ended since is absent; every living one lets everybody read its status.
            guard let text = folder.contents("status", limit: 1 << 20), let status = ProcessStatus(parsing: text)
            else { return nil }
            self.status = status
        }
        if fields.contains(.commandLine), let text = folder.contents("cmdline", limit: 1 << 16) {
            commandLine = Self.arguments(text)
        }
        if fields.contains(.root) { root = Self.link("root", folder, fields) }
        if fields.contains(.executable) { executable = Self.link("exe", folder, fields) }
        if fields.contains(.workingDirectory) { workingDirectory = Self.link("cwd", folder, fields) }
        if fields.contains(.namespaces) { namespaces = Self.namespaces(folder) }
        if fields.contains(.cgroups), let text = folder.contents("cgroup", limit: 1 << 18) {
            cgroups = CgroupMembership.parse(text)
        }
    }

    /// From a line of `stat` alone, for tests.
    init?(testing line: String) {
        guard let stat = ProcessStat(parsing: Array(line.utf8)) else { return nil }
        self.stat = stat
    }

    private static func arguments(_ bytes: [UInt8]) -> [String] {
        var bytes = bytes[...]
        if bytes.last == 0 { bytes = bytes.dropLast() }
        return bytes.isEmpty ? [] : bytes.split(separator: 0, omittingEmptySubsequences: false).map(\.text)
    }

    private static func link(
        _ name: String, _ folder: borrowing ProcessFolder, _ fields: ProcessFields
    ) -> ProcessLink? {
        guard let facts = folder.stat(name), var text = folder.link(name) else { return nil }
        let isDeleted = facts.links == 0
        let mark = Array(" (deleted)".utf8)
        if isDeleted, text.count > mark.count, text.suffix(mark.count).elementsEqual(mark) {
            text.removeLast(mark.count)
        }
        let identity = fields.contains(.mountIDs) ? folder.mounted(name, facts.identity) : facts.identity
        return ProcessLink(
            identity: identity, stamp: facts.stamp, path: FilePath(bytes: text), isDeleted: isDeleted)
    }

    private static func namespaces(_ folder: borrowing ProcessFolder) -> [NamespaceKind: NamespaceID]? {
        var found: [NamespaceKind: NamespaceID] = [:]
        for kind in NamespaceKind.allCases {
            found[kind] = try? NamespaceID.link("ns/\(kind.rawValue)", at: folder.descriptor.raw, kind).get()
        }
        return found.isEmpty ? nil : found
    }
}
