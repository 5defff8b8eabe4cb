// Which controllers are on which hierarchy of this machine, and where this process is in each.

import Glibc

/// One mounted hierarchy of control groups.
package struct CgroupHierarchy: Sendable, Equatable {
    package var version: CgroupVersion
    /// Where it is mounted.
    package var mountPoint: String
    /// Which cgroup the mount shows at its root, relative to the reader's cgroup namespace: `/` unless it was bind-mounted or
    /// mounted in another cgroup namespace.
    package var mountedRoot: String
    /// The mount options that name it, as `cpu,cpuacct` or `memory`; for v2 the names in `cgroup.controllers`.
    package var controllerNames: [String]
    /// The cgroup that the calling process is in, relative to its cgroup namespace.
    package var membership: String
    package var isReadOnly: Bool

    /// Those that this library knows.
    package var controllers: Set<CgroupController> {
        Set(controllerNames.compactMap { CgroupController(name: $0, in: version) })
    }

    /// The folder of a cgroup; nil for one that this mount does not show.
    package func folder(of cgroup: String) -> String? {
        guard mountedRoot != "/" else { return mountPoint + (cgroup == "/" ? "" : cgroup) }
        guard cgroup == mountedRoot || cgroup.hasPrefix(mountedRoot + "/") else { return nil }
        return mountPoint + cgroup.dropFirst(mountedRoot.utf8.count)
    }
}

/// The hierarchies of a machine: one of v2, several of v1, or both (hybrid).
package struct CgroupLayout: Sendable, Equatable {
    /// In the order of mountinfo; one mount for each hierarchy.
    package var hierarchies: [CgroupHierarchy]

    package init(hierarchies: [CgroupHierarchy]) { self.hierarchies = hierarchies }

    /// That of the calling process.
    package static func current() -> CgroupLayout {
        CgroupLayout(
            mountinfo: readFile("/proc/self/mountinfo", limit: 8 << 20) ?? "",
            membership: readFile("/proc/self/cgroup", limit: 1 << 18) ?? "",
            unifiedControllers: { readFile($0 + "/cgroup.controllers") ?? "" })
    }

    /// - Parameters:
    ///   - mountinfo: see proc_pid_mountinfo(5).
    ///   - membership: the lines `ID:CONTROLLERS:PATH` of /proc/PID/cgroup, see cgroups(7).
    ///   - unifiedControllers: the content of `cgroup.controllers` in the folder of a v2 mount.
    package init(mountinfo: String, membership: String, unifiedControllers: (String) -> String) {
        // In bytes: a machine has hundreds of mounts, and this is asked several times for each playground.
        var own: [Set<String>: String] = [:]
        for line in membership.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            if fields.count == 3 { own[Set(fields[1].parts(at: ","))] = String(Substring(fields[2])) }
        }
        hierarchies = []
        for line in mountinfo.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let mount = CgroupMount(line: line) else { continue }
            let names: [String]
            if mount.isUnified {
                names = unifiedControllers(mount.mountPoint).split(whereSeparator: { $0 == " " || $0 == "\n" })
                    .map(String.init)
            } else {
                // What is no controller is an option such as `xattr`; a named hierarchy has no controllers.
                names = mount.options.filter { option in own.keys.contains { $0.contains(option) } }
                guard !names.isEmpty else { continue }
            }
            let version: CgroupVersion = mount.isUnified ? .v2 : .v1
            // Some systems mount a hierarchy twice; the first is the usual place.
            let isKnown = hierarchies.contains {
                $0.version == version && (version == .v2 || $0.controllerNames == names)
            }
            guard !isKnown, let path = own[mount.isUnified ? [] : Set(names)] ?? own[[]] else { continue }
            hierarchies.append(
                CgroupHierarchy(
                    version: version, mountPoint: mount.mountPoint, mountedRoot: mount.root, controllerNames: names,
                    membership: path, isReadOnly: mount.isReadOnly))
        }
    }

    /// Where a controller is; nil when no mounted hierarchy has it.
    package func hierarchy(of controller: CgroupController) -> CgroupHierarchy? {
        hierarchies.first { $0.controllers.contains(controller) }
    }

    /// The v2 hierarchy, with or without controllers.
    package var unified: CgroupHierarchy? { hierarchies.first { $0.version == .v2 } }
}

/// A line of mountinfo about a cgroup file system.
private struct CgroupMount {
    var mountPoint: String
    var root: String
    var isUnified: Bool
    var options: [String]
    var isReadOnly: Bool

    init?(line: Substring.UTF8View) {
        let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard fields.count >= 9,
            let hyphen = fields[6...].firstIndex(where: { $0.elementsEqual("-".utf8) }), fields.count > hyphen + 3
        else { return nil }
        if fields[hyphen + 1].elementsEqual("cgroup".utf8) {
            isUnified = false
        } else if fields[hyphen + 1].elementsEqual("cgroup2".utf8) {
            isUnified = true
        } else {
            return nil
        }
        root = Self.unescaped(fields[3])
        mountPoint = Self.unescaped(fields[4])
        options = fields[hyphen + 3].parts(at: ",")
        isReadOnly = fields[5].parts(at: ",").contains("ro") || options.contains("ro")
    }

    /// `\040` and its like.
    private static func unescaped(_ field: Substring.UTF8View) -> String {
        var bytes: [UInt8] = []
        var rest = Array(field)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Substring.UTF8View {
    /// What stands between separators, without what is empty.
    fileprivate func parts(at separator: Unicode.Scalar) -> [String] {
        split(separator: UInt8(ascii: separator)).map { String(Substring($0)) }
    }
}
