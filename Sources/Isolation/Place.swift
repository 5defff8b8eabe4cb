// Where a step acts: places, sources, and the names under which a plan keeps descriptors.

/// A place in the file system, as a step of a plan names it.
package enum Place: Sendable, Equatable, Hashable {
    /// A path as the child sees it when the step is at work.
    case path(String)
    /// A path inside a root that someone else may have filled: resolved with `openat2(RESOLVE_IN_ROOT)`, so that no
    /// symbolic link leads out of it. See openat2(2).
    case inside(root: String, String)
    /// The same, for something that is to be mounted there: refused where it is the root itself, or of the proc file system at `proc`
    /// in the root, by whatever links it was reached; but for `allowedInProc`. `ordinary`: a directory, and no link leads to it.
    case mountPoint(root: String, String, ordinary: Bool = false)
    /// What an earlier `.open`, `.openTree` or `.openExecutable` step kept under this name.
    case opened(String)
    /// A descriptor of the starting process. It must stay open until the plan has started.
    case descriptor(Int32)
}

extension Place {
    /// The program that this process executes.
    static let ownExecutable = "/proc/self/exe"

    /// Files below `proc` that tell of the machine, over which some lay one that tells of a container: the rule of the OCI runtimes.
    package static let allowedInProc = [
        "cpuinfo", "diskstats", "loadavg", "meminfo", "slabinfo", "stat", "swaps", "sys/crypto/fips_enabled",
        "sys/kernel/ns_last_pid", "uptime",
    ]
}

extension Place {
    /// What of it goes to the kernel as C strings.
    var texts: [String] {
        switch self {
        case .path(let path): [path]
        case .inside(let root, let path), .mountPoint(let root, let path, _): [root, path]
        case .opened, .descriptor: []
        }
    }
}

/// Why a `.mountPoint` was refused.
package enum PlaceRefusal: String, Sendable {
    /// It is the top of the root's proc file system.
    case proc
    /// It is, or would be, inside that.
    case insideProc = "inside"
    case root
    /// It is to be a directory, and is none, or a link leads to it.
    case link

    var words: String {
        switch self {
        case .proc: "this is the root's proc file system"
        case .insideProc: "this is inside the root's proc file system"
        case .root: "this is the root itself"
        case .link: "this is no ordinary directory"
        }
    }
}

extension Place: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .path(value) }
}

extension Place: CustomStringConvertible {
    /// As an error or a shell command shows it.
    package var description: String {
        switch self {
        case .path(let path): path
        case .inside(let root, let path), .mountPoint(let root, let path, _):
            root + (path.hasPrefix("/") ? path : "/" + path)
        case .opened(let name): "<\(name)>"
        case .descriptor(let number): "/proc/self/fd/\(number)"
        }
    }
}

/// What is executed at the end of a plan.
package enum Program: Sendable, Equatable {
    /// A file by its path as the child sees it; a name without a slash is searched for in the `PATH` of the
    /// environment that it is given, as execvp(3) does.
    case path(String)
    /// What an earlier `.openExecutable` or `.open` step kept under this name: execveat(2), no path involved.
    case opened(String)
    /// A descriptor of the starting process: execveat(2). Not for scripts, whose interpreter would need the path.
    case descriptor(Int32)
}

extension Program: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .path(value) }
}

/// Where to find namespaces to join.
package enum NamespaceSource: Sendable, Equatable {
    /// A pidfd: all the namespaces named in the step at once (Linux 5.8). It cannot mean another process by reuse of
    /// a number.
    case process(pidfd: Int32)
    /// A namespace file such as `/run/netns/blue` or `/proc/1/ns/net`.
    case path(String)
    /// A descriptor of a namespace file.
    case descriptor(Int32)
}

/// How mounts and unmounts spread between mount namespaces. See mount_namespaces(7).
package enum Propagation: String, Sendable, CaseIterable {
    case shared, `private`, slave, unbindable
}

/// Attributes of a mount (not of its file system). See mount_setattr(2).
package struct MountOptions: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let readOnly = MountOptions(rawValue: 0x01)
    package static let noSuid = MountOptions(rawValue: 0x02)
    package static let noDevices = MountOptions(rawValue: 0x04)
    package static let noExecute = MountOptions(rawValue: 0x08)
    package static let noAccessTime = MountOptions(rawValue: 0x10)

    static let names: [(MountOptions, option: String, attribute: String)] = [
        (.readOnly, "ro", "MOUNT_ATTR_RDONLY"), (.noSuid, "nosuid", "MOUNT_ATTR_NOSUID"),
        (.noDevices, "nodev", "MOUNT_ATTR_NODEV"), (.noExecute, "noexec", "MOUNT_ATTR_NOEXEC"),
        (.noAccessTime, "noatime", "MOUNT_ATTR_NOATIME"),
    ]

    /// As mount(8) names them: `ro`, `nosuid` ….
    var optionNames: [String] { Self.names.filter { contains($0.0) }.map(\.option) }

    var attributeNames: String {
        isEmpty ? "0" : Self.names.filter { contains($0.0) }.map(\.attribute).joined(separator: "|")
    }
}
