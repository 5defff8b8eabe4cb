// A plan as what the kernel sees, in strace's manner and with the field's constants.

extension Plan {
    /// One line for each system call of the child that matters to the plan, in order; the executor's own bookkeeping
    /// (its report socket, closing what it opened) is left out. A descriptor is written as the call that made it.
    package var systemCalls: [String] {
        var calls: [String] = []
        calls.append("clone({flags=CLONE_VM|CLONE_VFORK|CLONE_PIDFD|SIGCHLD})")
        var inUserNamespace = !Privilege.inInitialUserNamespace
        var pidNamespaceIsOwn = false
        var hasJoined = false
        var deathSignal: Int32?
        var network = NetworkCallReading()
        let head = headLength
        for (index, step) in steps.enumerated() {
            switch step {
            case .unshare(let made), .join(let made, _):
                inUserNamespace = inUserNamespace || made.contains(.user)
                pidNamespaceIsOwn = pidNamespaceIsOwn && !made.contains(.pid)
            default: break
            }
            network.note(step)
            switch step {
            case .addNetworkNamespace, .removeNetworkNamespace, .keepNetworkNamespace, .network:
                calls += network.calls(of: step)
            case .dieWithParent(let signal): deathSignal = signal
            case .enterProcessNamespace where pidNamespaceIsOwn: break
            case .execute:
                if let deathSignal {
                    calls.append("prctl(PR_SET_PDEATHSIG, \(deathSignal == 9 ? "SIGKILL" : "\(deathSignal)"))")
                }
                calls += step.systemCalls(inUserNamespace: inUserNamespace)
            case .join(let made, _):
                if !hasJoined { calls.append("prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)") }
                hasJoined = true
                if made.contains(.user) { calls.append(Self.newKeyring) }
                calls += step.systemCalls(inUserNamespace: inUserNamespace)
            case .unshare(let made):
                if made.contains(.user) { calls.append(Self.newKeyring) }
                calls += step.systemCalls(inUserNamespace: inUserNamespace)
                pidNamespaceIsOwn = pidNamespaceIsOwn || index < head && made.contains(.pid)
                if index == head - 1 && pidNamespaceIsOwn {
                    calls += Step.enterProcessNamespace.systemCalls(inUserNamespace: inUserNamespace)
                }
            default: calls += step.systemCalls(inUserNamespace: inUserNamespace)
            }
        }
        return calls
    }
}

extension Plan {
    /// How many steps at the beginning make namespaces. A pid namespace among those is entered at once.
    var headLength: Int {
        steps.prefix { if case .unshare = $0 { true } else { false } }.count
    }

    private static let newKeyring = "keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL)"
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
    fileprivate var entry: String {
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

    fileprivate var emptyPathFlag: String { if case .path = self { "0" } else { "AT_EMPTY_PATH" } }
}

extension Step {
    fileprivate func systemCalls(inUserNamespace: Bool) -> [String] {
        switch self {
        case .mount(let fileSystem, let place, let options):
            return mountCalls(fileSystem, place, options, inUserNamespace)
        case .bind(let source, let place, let recursive, let options):
            return bindCalls(source, place, recursive, options)
        case .join, .unshare, .mapIDs, .setCredentials, .enterProcessNamespace, .guarded, .limitCapabilities,
            .keepCapabilities, .noNewPrivileges:
            return identityCalls
        case .setPropagation(let kind, let place, let recursive):
            return ["mount_setattr(\(place.at), \(setattrFlags(place, recursive)), {propagation=\(kind.flagName)})"]
        case .setMountOptions(let options, let place, let recursive):
            return [
                "mount_setattr(\(place.at), \(setattrFlags(place, recursive)), {attr_set=\(options.attributeNames)})"
            ]
        case .unmount(let place, let detach):
            return ["umount2(\(quoted(place.description)), \(detach ? "MNT_DETACH" : "0"))"]
        case .chroot(let place): return ["fchdir(\(place.fd))", "chroot(\".\")"]
        case .pivotRoot(let place):
            return ["fchdir(\(place.fd))", "pivot_root(\".\", \".\")", "umount2(\".\", MNT_DETACH)", "chdir(\"/\")"]
        case .changeDirectory(let place): return ["fchdir(\(place.fd))"]
        case .open(let place, let name): return ["\(place.fd) = <\(name)>"]
        case .openTree(let place, let name, let recursive, let options):
            let tree = "open_tree(\(place.at), OPEN_TREE_CLONE\(recursive ? "|AT_RECURSIVE" : "")) = <\(name)>"
            return [tree] + (options.isEmpty ? [] : [setattr(of: "<\(name)>", recursive, options)])
        case .lockMountOptions(let options, let name, let path):
            return [
                "clone(CLONE_VM|CLONE_VFORK|CLONE_FILES)", "unshare(CLONE_NEWNS)",
                "move_mount(<\(name)>, \"\", AT_FDCWD, \(quoted(path)), MOVE_MOUNT_F_EMPTY_PATH)",
                "mount_setattr(AT_FDCWD, \(quoted(path)), 0, {attr_set=\(options.attributeNames)})",
                "unshare(CLONE_NEWUSER|CLONE_NEWNS)",
                "open_tree(AT_FDCWD, \(quoted(path)), OPEN_TREE_CLONE) = <\(name)>",
            ]
        case .openExecutable(let place, let name):
            let path = place ?? .path(ExecutorProgram.name)
            return [
                "memfd_create(\(quoted(name)), MFD_CLOEXEC|MFD_ALLOW_SEALING|MFD_EXEC) = <\(name)>",
                "sendfile(<\(name)>, \(path.fd), …)",
                "fcntl(<\(name)>, F_ADD_SEALS, F_SEAL_SEAL|F_SEAL_SHRINK|F_SEAL_GROW|F_SEAL_WRITE|F_SEAL_EXEC)",
            ]
        default: return fileAndProcessCalls
        }
    }

    private func setattr(of fd: String, _ recursive: Bool, _ options: MountOptions) -> String {
        "mount_setattr(\(fd), \"\", AT_EMPTY_PATH\(recursive ? "|AT_RECURSIVE" : ""), {attr_set=\(options.attributeNames)})"
    }

    private func setattrFlags(_ place: Place, _ recursive: Bool) -> String {
        let flags = [place.emptyPathFlag == "0" ? nil : place.emptyPathFlag, recursive ? "AT_RECURSIVE" : nil]
        let text = flags.compactMap { $0 }.joined(separator: "|")
        return text.isEmpty ? "0" : text
    }

    private func mountCalls(
        _ fileSystem: FileSystem, _ place: Place, _ options: MountOptions, _ inUserNamespace: Bool
    ) -> [String] {
        let parameters =
            [FileSystemParameter("source", fileSystem.source)]
            + fileSystem.parameters(inUserNamespace: inUserNamespace)
        let configured = parameters.map { parameter in
            parameter.value.isEmpty
                ? "fsconfig(fs, FSCONFIG_SET_FLAG, \(quoted(parameter.key)), NULL, 0)"
                : "fsconfig(fs, FSCONFIG_SET_STRING, \(quoted(parameter.key)), \(quoted(parameter.value)), 0)"
        }
        return ["fsopen(\(quoted(fileSystem.type)), 0) = fs"] + configured + [
            "fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)",
            "move_mount(fsmount(fs, 0, \(options.attributeNames)), \"\", \(moveTarget(place)))",
        ]
    }

    private func moveTarget(_ place: Place) -> String {
        place.emptyPathFlag == "0"
            ? "\(place.at), MOVE_MOUNT_F_EMPTY_PATH"
            : "\(place.at), MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH"
    }

    private func bindCalls(_ source: Place, _ place: Place, _ recursive: Bool, _ options: MountOptions) -> [String] {
        let more = (recursive ? "|AT_RECURSIVE" : "") + (source.emptyPathFlag == "0" ? "" : "|AT_EMPTY_PATH")
        let tree = "open_tree(\(source.at), OPEN_TREE_CLONE\(more))"
        if options.isEmpty { return ["move_mount(\(tree), \"\", \(moveTarget(place)))"] }
        return [
            "\(tree) = tree", setattr(of: "tree", recursive, options), "move_mount(tree, \"\", \(moveTarget(place)))",
        ]
    }

    private var identityCalls: [String] {
        switch self {
        case .join(let namespaces, let source):
            switch source {
            case .process(let fd): return ["setns(\(fd), \(namespaces.flagNames))"]
            case .descriptor(let fd): return ["setns(\(fd), \(namespaces.flagNames))"]
            case .path(let path): return ["setns(openat(AT_FDCWD, \(quoted(path)), O_RDONLY), \(namespaces.flagNames))"]
            }
        case .unshare(let namespaces): return ["unshare(\(namespaces.flagNames))"]
        case .mapIDs(let map): return map.systemCalls
        case .setCredentials(let uid, let gid, let groups):
            let ids = ["setresgid(\(gid), \(gid), \(gid))", "setresuid(\(uid), \(uid), \(uid))"]
            switch groups {
            case .keep: return ids
            case .dropIfAllowed: return ["setgroups(0, NULL)"] + ids
            case .exactly(let list):
                return ["setgroups(\(list.count), [\(list.map(String.init).joined(separator: ", "))])"] + ids
            }
        case .enterProcessNamespace: return ["clone3({flags=CLONE_PARENT|CLONE_PIDFD})"]
        case .guarded: return ["clone3({flags=CLONE_NEWPID|CLONE_PIDFD, exit_signal=SIGCHLD})"]
        case .limitCapabilities(let kept): return kept.boundingCalls
        case .keepCapabilities(let kept, let ambient):
            let dropped = kept.boundingCalls
            let set = "0x" + String(kept.bits, radix: 16)
            let raised = kept.sorted { $0.rawValue < $1.rawValue }.map {
                "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_\($0.name.uppercased()))"
            }
            return dropped + ["prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)"]
                + ["capset({effective&=\(set), permitted&=\(set), inheritable\(ambient ? "=permitted" : "&=\(set)")})"]
                + (ambient ? raised : [])
        case .noNewPrivileges: return ["prctl(PR_SET_NO_NEW_PRIVS, 1)"]
        default: return []
        }
    }

    private var fileAndProcessCalls: [String] {
        func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }
        switch self {
        case .makeDirectory(let place, let mode, _): return ["mkdirat(\(place.entry), \(octal(mode)))"]
        case .makeFile(let place, let mode): return ["openat(\(place.entry), O_CREAT|O_EXCL|O_WRONLY, \(octal(mode)))"]
        case .writeFile(let place, let contents, let mode, let append):
            let flags = "O_WRONLY|O_CREAT|\(append ? "O_APPEND" : "O_TRUNC")"
            return [
                "write(openat(\(place.entry), \(flags), \(octal(mode))), \(quoted(contents)), \(contents.utf8.count))"
            ]
        case .makeSymbolicLink(let place, let target): return ["symlinkat(\(quoted(target)), \(place.entry))"]
        case .openForAppending(let place):
            return ["close(openat(\(place.entry), O_WRONLY|O_APPEND|O_NOCTTY|O_NONBLOCK))"]
        case .setMode(let place, let mode): return ["fchmodat2(\(place.fd), \"\", \(octal(mode)), AT_EMPTY_PATH)"]
        case .setHostname(let name): return ["sethostname(\(quoted(name)), \(name.utf8.count))"]
        case .bringUpLoopback: return ["ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, {\"lo\", IFF_UP})"]
        case .joinCgroup(let place): return ["write(openat(\(place.fd), \"cgroup.procs\", O_WRONLY), \"0\", 1)"]
        case .setResourceLimit(let limit, let soft, let hard):
            let values = [soft, hard].map { $0.map(String.init) ?? "RLIM_INFINITY" }.joined(separator: ", ")
            return ["prlimit64(0, RLIMIT_\(limit.option.uppercased()), {\(values)}, NULL)"]
        case .setFileModeMask(let mask): return ["umask(\(octal(mask)))"]
        case .setOOMScoreAdjustment(let value):
            return [
                "write(openat(AT_FDCWD, \"/proc/self/oom_score_adj\", O_WRONLY), \"\(value)\", \("\(value)".utf8.count))"
            ]
        case .newSession: return ["setsid()"]
        case .setControllingTerminal(let fd): return ["setsid()", "ioctl(\(fd), TIOCSCTTY, 0)"]
        case .setName(let name): return ["prctl(PR_SET_NAME, \(quoted(name)))"]
        case .witnessSignals: return ["seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, {…})"]
        case .readHostname: return ["uname({nodename})"]
        case .leaveOrphans(let count): return ["clone({flags=SIGCHLD}) * \(count)"]
        case .refuseSystemCalls: return ["seccomp(SECCOMP_SET_MODE_FILTER, 0, {…})"]
        case .finish: return ["exit_group(0)"]
        case .duplicate(let fd, let target): return ["dup3(\(fd), \(target), 0)"]
        case .execute(let program, let arguments, let environment):
            let list = "[\(arguments.map(quoted).joined(separator: ", "))], \(environment == nil ? "environ" : "[…]")"
            switch program {
            case .path(let path): return ["execve(\(quoted(path)), \(list))"]
            case .opened(let name): return ["execveat(<\(name)>, \"\", \(list), AT_EMPTY_PATH)"]
            case .descriptor(let fd): return ["execveat(\(fd), \"\", \(list), AT_EMPTY_PATH)"]
            }
        default: return []
        }
    }
}

extension Set<Capability> {
    fileprivate var boundingCalls: [String] {
        Capability.allCases.filter { !contains($0) }.map { "prctl(PR_CAPBSET_DROP, CAP_\($0.name.uppercased()))" }
    }
}

extension IDMap {
    fileprivate var systemCalls: [String] {
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
