// A plan as what the kernel sees, in strace's manner and with the field's constants.

extension Plan {
    /// One line for each system call of the child that matters to the plan, in order; the executor's own bookkeeping
    /// (its report socket, closing what it opened) is left out. A descriptor is written as the call that made it.
    package var systemCalls: [String] {
        var reading = SystemCallReading(self)
        return ["clone({flags=CLONE_VM|CLONE_VFORK|CLONE_PIDFD|SIGCHLD})"] + steps.flatMap { reading.calls(of: $0) }
    }

    /// How many steps at the beginning make namespaces. A pid namespace among those is entered at once.
    var headLength: Int { steps.prefix { $0.madeNamespaces != nil }.count }
}

/// What is known at a point of the plan about what the kernel sees.
struct SystemCallReading {
    private let headLength: Int
    /// How many steps have been read, the one at hand not among them.
    private var index = -1
    private(set) var inUserNamespace = !Privilege.inInitialUserNamespace
    /// The child is in the newest pid namespace already.
    private(set) var pidNamespaceIsOwn = false
    private var hasJoined = false
    var deathSignal: Int32?
    var network = NetworkCallReading()

    fileprivate init(_ plan: Plan) { headLength = plan.headLength }

    fileprivate mutating func calls(of step: Step) -> [String] {
        index += 1
        let family = step.family
        family.note(in: &network.slots)
        return family.calls(in: &self)
    }

    // MARK: What steps ask

    /// Notes that the process joins namespaces, and returns the calls that go before.
    mutating func join(_ namespaces: Set<Namespace>) -> [String] {
        let hiding = hasJoined ? [] : ["prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)"]
        hasJoined = true
        return hiding + enter(namespaces)
    }

    /// Notes that the process makes namespaces, and returns the calls that go before.
    mutating func unshare(_ namespaces: Set<Namespace>) -> [String] {
        let before = enter(namespaces)
        pidNamespaceIsOwn = pidNamespaceIsOwn || index < headLength && namespaces.contains(.pid)
        return before
    }

    private mutating func enter(_ namespaces: Set<Namespace>) -> [String] {
        inUserNamespace = inUserNamespace || namespaces.contains(.user)
        pidNamespaceIsOwn = pidNamespaceIsOwn && !namespaces.contains(.pid)
        return namespaces.contains(.user) ? ["keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL)"] : []
    }

    /// Whether the step at hand is the last of the plan's head, and the pid namespace that the head has made gets its first process.
    var forksAfterHead: Bool { index == headLength - 1 && pidNamespaceIsOwn }

    var deathSignalCalls: [String] {
        deathSignal.map { ["prctl(PR_SET_PDEATHSIG, \($0 == 9 ? "SIGKILL" : "\($0)"))"] } ?? []
    }
}

func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.reduce(into: "") { result, scalar in
        switch scalar {
        case "\"", "\\": result += "\\" + String(scalar)
        case "\n": result += "\\n"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return "\"\(escaped)\""
}

/// A mode as C has it: `0755`.
func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }

extension Place {
    /// The arguments (directory, path) of an …at call.
    var at: String {
        switch self {
        case .path(let path): "AT_FDCWD, \(quoted(path))"
        case .inside, .mountPoint, .opened, .descriptor: "\(fd), \"\""
        }
    }

    var fd: String {
        switch self {
        case .path(let path): "openat(AT_FDCWD, \(quoted(path)), O_PATH)"
        case .inside(let root, let path), .mountPoint(let root, let path, ordinary: false):
            "openat2(\(Place.path(root).fd), \(quoted(path)), {flags=O_PATH, resolve=RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS})"
        case .mountPoint(let root, let path, ordinary: true):
            "openat2(\(Place.path(root).fd), \(quoted(path)), {flags=O_PATH|O_DIRECTORY,"
                + " resolve=RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS|RESOLVE_NO_SYMLINKS})"
        case .opened(let name): "<\(name)>"
        case .descriptor(let number): "\(number)"
        }
    }

    /// For calls on the last component: the directory it is in, and its name.
    var entry: String {
        func split(_ path: String) -> (String, String) {
            guard let slash = path.lastIndex(of: "/") else { return (".", path) }
            let directory = String(path[..<slash])
            return (directory.isEmpty ? "/" : directory, String(path[path.index(after: slash)...]))
        }
        switch self {
        case .path(let path): return "AT_FDCWD, \(quoted(path))"
        case .inside(let root, let path), .mountPoint(let root, let path, _):
            let (directory, name) = split(path)
            return "\(Place.inside(root: root, directory).fd), \(quoted(name))"
        case .opened, .descriptor: return "\(fd), \"\""
        }
    }
}

extension IDMap {
    var systemCalls: [String] {
        func write(_ file: String, _ text: String) -> String {
            "write(openat(AT_FDCWD, \"/proc/self/\(file)\", O_WRONLY), \(quoted(text)), \(text.utf8.count))"
        }
        switch resolved {
        case .invokingUser(let uid, let gid):
            return [write("setgroups", "deny")] + [
                "write(openat(AT_FDCWD, \"/proc/self/uid_map\", O_WRONLY), \"\(uid) <uid> 1\\n\")",
                "write(openat(AT_FDCWD, \"/proc/self/gid_map\", O_WRONLY), \"\(gid) <gid> 1\\n\")",
            ]
        case .ranges(let users, let groups):
            return [("uid_map", users), ("gid_map", groups)].map { file, ranges in
                "write(openat(AT_FDCWD, \"/proc/<child>/\(file)\", O_WRONLY), \(quoted(ranges.map(\.line).joined())))"
            }
        case .automatic: return []
        }
    }
}
