// File systems that a plan can mount, and the parameters that fsconfig(2) is given for each.

/// A file system to mount.
package enum FileSystem: Sendable, Equatable {
    /// Files in memory. `size` in bytes (nil: half of memory, the kernel's default). The kernel's own default mode is
    /// 1777, which is wrong for a `/dev`: with `fs.protected_regular`, opening a device there with `O_CREAT` (every
    /// `2>/dev/null`) fails.
    case tmpfs(size: UInt64? = nil, mode: UInt32? = nil)
    /// The pid namespace of the process that mounts it decides what it shows. See proc(5).
    case proc
    /// The network namespace of the process that mounts it decides what it shows.
    case sysfs
    /// Lower layers from top to bottom. `upper` and `work` must be on one file system; without them it is read-only.
    /// In a user namespace `userxattr` is added (Linux 5.11).
    case overlay(lower: [String], upper: String? = nil, work: String? = nil)
    /// A pseudo-terminal space of its own. `gid` must be mapped.
    case devpts(pointerMode: UInt32 = 0o666, mode: UInt32 = 0o620, gid: UInt32? = nil)
    /// POSIX message queues of the ipc namespace. See mq_overview(7).
    case mqueue
    case cgroup2
    /// Any other type with its own parameters; an empty value is a flag.
    case other(type: String, source: String, parameters: [FileSystemParameter] = [])

    /// The kernel's name of the type, as in `/proc/filesystems`.
    package var type: String {
        switch self {
        case .tmpfs: "tmpfs"
        case .proc: "proc"
        case .sysfs: "sysfs"
        case .overlay: "overlay"
        case .devpts: "devpts"
        case .mqueue: "mqueue"
        case .cgroup2: "cgroup2"
        case .other(let type, _, _): type
        }
    }

    /// What mountinfo shows as the source.
    var source: String {
        if case .other(_, let source, _) = self { source } else { type }
    }

    /// Parameters of the file system, `source` not among them.
    func parameters(inUserNamespace: Bool) -> [FileSystemParameter] {
        var result: [FileSystemParameter] = []
        func add(_ key: String, _ value: String) { result.append(FileSystemParameter(key, value)) }
        switch self {
        case .tmpfs(let size, let mode):
            if let size {
                add("size", String(size))
                // The kernel's own limit is a share of the machine's memory, and what has no content counts for no size. One for each
                // page is enough for files that hold anything.
                add("nr_inodes", String(max(1024, size / 4096)))
            }
            if let mode { add("mode", String(mode, radix: 8)) }
        case .overlay(let lower, let upper, let work):
            add("lowerdir", lower.map(escapedLayer).joined(separator: ":"))
            if let upper { add("upperdir", upper) }
            if let work { add("workdir", work) }
            if inUserNamespace { add("userxattr", "") }
        case .devpts(let pointerMode, let mode, let gid):
            add("newinstance", "")
            add("ptmxmode", "0" + String(pointerMode, radix: 8))
            add("mode", "0" + String(mode, radix: 8))
            if let gid { add("gid", String(gid)) }
        case .other(_, _, let parameters): result = parameters
        case .proc, .sysfs, .mqueue, .cgroup2: break
        }
        return result
    }

    /// All that fsconfig(2) is given.
    func configuration(inUserNamespace: Bool) -> [FileSystemParameter] {
        [FileSystemParameter("source", source)] + parameters(inUserNamespace: inUserNamespace)
    }

    /// What is wrong with it before anything happens; nil: nothing.
    var problem: String? {
        switch self {
        case .overlay(let lower, let upper, let work):
            if lower.isEmpty { return "an overlay needs a lower layer" }
            return (upper == nil) == (work == nil)
                ? nil : "an upper layer needs a work directory, and the other way round"
        case .tmpfs, .proc, .sysfs, .devpts, .mqueue, .cgroup2, .other: return nil
        }
    }

    /// Why the kernel refuses it to whoever may mount others (EPERM).
    var refusal: String? {
        switch self {
        case .proc, .sysfs:
            "in a user namespace the kernel mounts a new one only where an unobstructed one is visible already,"
                + " and only by a member of its own pid (proc) or network (sysfs) namespace"
        case .tmpfs, .overlay, .devpts, .mqueue, .cgroup2, .other: nil
        }
    }
}

/// One parameter of a file system: `size=1m`, or a flag (empty value) such as `userxattr`.
package struct FileSystemParameter: Sendable, Equatable {
    package var key: String
    package var value: String
    package init(_ key: String, _ value: String = "") {
        self.key = key
        self.value = value
    }
    var text: String { value.isEmpty ? key : "\(key)=\(value)" }

    var systemCall: String {
        value.isEmpty
            ? "fsconfig(fs, FSCONFIG_SET_FLAG, \(quoted(key)), NULL, 0)"
            : "fsconfig(fs, FSCONFIG_SET_STRING, \(quoted(key)), \(quoted(value)), 0)"
    }
}

/// A colon separates layers, a backslash escapes it. See the kernel's filesystems/overlayfs.rst.
private func escapedLayer(_ path: String) -> String {
    path.reduce(into: "") { text, character in
        if character == ":" || character == "\\" { text.append("\\") }
        text.append(character)
    }
}
