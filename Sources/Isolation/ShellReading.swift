// A plan as what a person would type. `sh -e` runs it and comes to the same sandbox, which the tests hold it to.

import Glibc

extension Plan {
    /// Commands of util-linux, coreutils and iproute2, line by line. Steps that leave the shell behind (unshare,
    /// nsenter, chroot, setpriv) take the rest of the plan as an argument, as they would in a script. What no command
    /// can do is a comment.
    package var shellScript: String {
        ShellReading(plan: self).lines(from: 0).joined(separator: "\n") + "\n"
    }
}

/// One word of a shell command, quoted only where it must be. Double quotes where they suffice, so that a script can
/// stand in single quotes inside another.
func shellWord(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "@%+=:,./-_".utf8.contains(byte)
        }
    }
    if plain && !text.isEmpty { return text }
    if text.contains("'") || !text.contains(where: { "\"\\$`!".contains($0) }) {
        let escaped = text.reduce(into: "") { result, character in
            if "\"\\$`".contains(character) { result.append("\\") }
            result.append(character)
        }
        return "\"\(escaped)\""
    }
    return "'\(text)'"
}

func shellCommand(_ words: [String]) -> String { words.map(shellWord).joined(separator: " ") }

extension Set<Capability> {
    /// As setpriv(1) takes it: `-all,+chown`.
    fileprivate var setprivList: String {
        (["-all"] + sorted { $0.rawValue < $1.rawValue }.map { "+\($0.name)" }).joined(separator: ",")
    }
}

private struct ShellReading {
    let plan: Plan
    /// Steps that an option of an earlier command covers.
    var folded: Set<Int> = []
    /// By the names of the open steps: a person types the path again.
    var opened: [String: String] = [:]
    /// What newuidmap(1), which unshare(1) calls, wants to find granted even to root.
    var grant: String?
    var inUserNamespace = !Privilege.inInitialUserNamespace
    var network = NetworkShellReading()

    init(plan: Plan) { self.plan = plan }

    func lines(from start: Int) -> [String] {
        var reading = self
        var result: [String] = []
        for index in start..<plan.steps.count where !reading.folded.contains(index) {
            let step = plan.steps[index]
            if let prefix = reading.prefix(of: step, at: index) {
                if let grant = reading.grant {
                    result.append("# unshare writes ranges by newuidmap: USER:\(grant) in /etc/subuid and /etc/subgid")
                    reading.grant = nil
                }
                return result + wrapped(prefix, reading.lines(from: index + 1))
            }
            result += reading.commands(of: step)
        }
        return result
    }

    /// `exec PREFIX PROGRAM …` when only a program is left, `exec PREFIX sh -ec '…'` otherwise.
    private func wrapped(_ prefix: [String], _ rest: [String]) -> [String] {
        let command = "exec " + shellCommand(prefix)
        if rest.count == 1, let only = rest.first, only.hasPrefix("exec ") { return [command + only.dropFirst(4)] }
        let script = rest.joined(separator: "\n").split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''")
        return ["\(command) sh -ec '", script, "'"]
    }

    // MARK: Commands that take the rest as their argument

    private mutating func prefix(of step: Step, at index: Int) -> [String]? {
        switch step {
        case .unshare(let namespaces): return unshare(namespaces, at: index)
        case .join(let namespaces, let source): return nsenter(namespaces, source, at: index)
        case .chroot(let place):
            // chroot(1) goes to the new root's / by itself.
            if index + 1 < plan.steps.count, plan.steps[index + 1] == .changeDirectory("/") { folded.insert(index + 1) }
            return ["chroot", path(place)]
        case .setCredentials(let uid, let gid, let groups):
            var words = ["setpriv", "--reuid=\(uid)", "--regid=\(gid)"]
            switch groups {
            case .keep: words.append("--keep-groups")
            case .dropIfAllowed: words.append("--clear-groups")
            case .exactly(let list):
                words.append(
                    list.isEmpty ? "--clear-groups" : "--groups=" + list.map(String.init).joined(separator: ","))
            }
            return words
        case .limitCapabilities(let kept): return ["setpriv", "--bounding-set=\(kept.setprivList)"]
        case .keepCapabilities(let kept, let ambient):
            let list = kept.setprivList
            return ["setpriv", "--bounding-set=\(list)", "--inh-caps=\(ambient ? list : "-all")"]
                + (ambient ? ["--ambient-caps=\(list)"] : [])
        case .noNewPrivileges: return ["setpriv", "--no-new-privs"]
        case .dieWithParent(let signal): return ["setpriv", "--pdeathsig=\(signal == 9 ? "KILL" : String(signal))"]
        case .newSession: return ["setsid"]
        case .setControllingTerminal: return ["setsid", "--ctty"]
        case .guarded: return ["unshare", "--pid", "--fork", "--kill-child"]
        default: return nil
        }
    }

    private mutating func unshare(_ first: Set<Namespace>, at index: Int) -> [String] {
        var namespaces = first
        var next = index + 1
        while next < plan.steps.count, case .unshare(let more) = plan.steps[next] {
            namespaces.formUnion(more)
            folded.insert(next)
            next += 1
        }
        var words = ["unshare"]
        if namespaces.contains(.user) {
            words.append("--user")
            inUserNamespace = true
            words += foldMap(from: next)
        }
        words += namespaces.subtracting([.user]).sorted().map(\.option)
        if namespaces.contains(.pid) {
            let fork = foldFork(from: next)
            let isHead = plan.steps[..<index].allSatisfy { if case .unshare = $0 { true } else { false } }
            if fork || isHead { words.append("--fork") }
        }
        if namespaces.contains(.mount) { words += foldPropagation(from: next) }
        return words
    }

    private mutating func nsenter(_ namespaces: Set<Namespace>, _ source: NamespaceSource, at index: Int) -> [String] {
        var words = ["nsenter"]
        switch source {
        case .process(let pidfd):
            words.append("--target=\(processNumber(ofPidfd: pidfd).map(String.init) ?? "PID")")
            words += namespaces.sorted().map(\.option)
        case .path, .descriptor:
            words += namespaces.sorted().map { "\($0.option)=\(Step.name(source))" }
        }
        if namespaces.contains(.user) {
            inUserNamespace = true
            // nsenter(1) becomes root by setgroups, setgid, setuid; in a namespace that a single map has, the user is root
            // already and setgroups is denied.
            var isRootAlready = false
            if case .process(let pidfd) = source, let pid = processNumber(ofPidfd: pidfd) {
                isRootAlready = readFile("/proc/\(pid)/setgroups") == "deny\n"
            }
            if !foldRootCredentials(from: index + 1) || isRootAlready { words.append("--preserve-credentials") }
        }
        if namespaces.contains(.pid) && !foldFork(from: index + 1) { words.append("--no-fork") }
        return words
    }

    /// The map is written by unshare(1) itself, and so is the change to root that follows it.
    private mutating func foldMap(from start: Int) -> [String] {
        for index in start..<plan.steps.count {
            guard case .mapIDs(let map) = plan.steps[index] else { continue }
            folded.insert(index)
            let root = foldRootCredentials(from: index + 1)
            switch map.resolved {
            case .invokingUser(uid: 0, gid: 0): return ["--map-root-user"]
            case .invokingUser(let uid, let gid): return ["--map-user=\(uid)", "--map-group=\(gid)"]
            case .ranges(let users, let groups):
                // unshare(1) takes one range of each, and the user itself by an option of its own.
                let own = IDRange(inside: 0, outside: geteuid(), count: 1)
                if users.count == 2, users.first == own, let more = users.last, let moreGroups = groups.last {
                    return ["--map-root-user", option("users", more), option("groups", moreGroups)]
                }
                let ids = users.map { option("users", $0) } + groups.map { option("groups", $0) }
                grant = Privilege.canMapAnyID ? users.first.map { "\($0.outside):\($0.count)" } : nil
                return ids + (root ? ["--setuid=0", "--setgid=0"] : [])
            case .automatic: return []
            }
        }
        return []
    }

    private func option(_ name: String, _ range: IDRange) -> String {
        "--map-\(name)=\(range.outside),\(range.inside),\(range.count)"
    }

    private mutating func foldRootCredentials(from start: Int) -> Bool {
        for index in start..<plan.steps.count {
            guard case .setCredentials(0, 0, _) = plan.steps[index] else { continue }
            folded.insert(index)
            return true
        }
        return false
    }

    private mutating func foldFork(from start: Int) -> Bool {
        for index in start..<plan.steps.count where plan.steps[index] == .enterProcessNamespace {
            folded.insert(index)
            return true
        }
        return false
    }

    /// unshare(1) makes everything private unless told otherwise; clone3(2) and unshare(2) do not.
    private mutating func foldPropagation(from start: Int) -> [String] {
        for index in start..<plan.steps.count {
            switch plan.steps[index] {
            case .setPropagation(let kind, on: .path("/"), recursive: true) where kind != .unbindable:
                folded.insert(index)
                return kind == .private ? [] : ["--propagation=\(kind.rawValue)"]
            case .mount, .bind, .setPropagation, .setMountOptions, .unmount, .pivotRoot, .chroot:
                return ["--propagation=unchanged"]
            default: continue
            }
        }
        return ["--propagation=unchanged"]
    }

    // MARK: Commands by themselves

    private func path(_ place: Place) -> String {
        if case .opened(let name) = place { return opened[name] ?? name }
        return place.description
    }

    private mutating func commands(of step: Step) -> [String] {
        switch step {
        case .open(let place, let name), .openTree(let place, let name, _, _):
            opened[name] = path(place)
            return []
        case .lockMountOptions(let options, let name, _):
            return ["# \(options.optionNames.joined(separator: ",")) of \(name) are locked: no command does this"]
        case .openExecutable(let place, let name):
            opened[name] = place.map(path) ?? ExecutorProgram.name
            return []
        case .mount, .bind, .setPropagation, .setMountOptions, .unmount, .pivotRoot: return mountCommands(of: step)
        case .makeDirectory, .makeFile, .writeFile, .makeSymbolicLink, .setMode, .openForAppending:
            return fileCommands(of: step)
        case .changeDirectory(let place): return [shellCommand(["cd", path(place)])]
        case .setHostname(let name): return [shellCommand(["hostname", name])]
        case .bringUpLoopback: return ["ip link set lo up"]
        case .addNetworkNamespace, .removeNetworkNamespace, .keepNetworkNamespace, .network:
            return network.commands(of: step)
        case .joinCgroup(let place): return ["echo 0 >" + shellWord(path(place) + "/cgroup.procs")]
        case .setResourceLimit(let limit, let soft, let hard):
            let text = [soft, hard].map { $0.map(String.init) ?? "unlimited" }.joined(separator: ":")
            return ["prlimit --pid=$$ --\(limit.option)=\(text)"]
        case .setFileModeMask(let mask): return ["umask \(octal(mask))"]
        case .setOOMScoreAdjustment(let value): return ["echo \(value) >/proc/self/oom_score_adj"]
        case .duplicate(let fd, let target): return ["exec \(target)<&\(fd)"]
        case .setName(let name): return ["# prctl(PR_SET_NAME, \(name)): no command does this"]
        case .witnessSignals: return ["# seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER): no command does this"]
        case .readHostname: return ["hostname"]
        case .leaveOrphans(let count): return ["for i in $(seq \(count)); do sleep 0 & done"]
        case .refuseSystemCalls: return ["# seccomp(SECCOMP_SET_MODE_FILTER): no command does this"]
        case .mapIDs: return ["# the id map is written from outside: newuidmap, newgidmap"]
        case .enterProcessNamespace: return ["# what follows runs in a new process"]
        case .execute(let program, let arguments, let environment):
            let name: String
            switch program {
            case .path(let path): name = path
            case .opened(let key): name = opened[key] ?? key
            case .descriptor: name = Step.name(program)
            }
            let words = environment.map { ["env", "-i"] + $0 } ?? []
            return [shellCommand(["exec"] + words + [name] + arguments.dropFirst())]
        default: return []
        }
    }

    private func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private func mountCommands(of step: Step) -> [String] {
        switch step {
        case .mount(let fileSystem, let place, let options):
            let texts = options.optionNames + fileSystem.parameters(inUserNamespace: inUserNamespace).map(\.text)
            let list = texts.isEmpty ? [] : ["-o", texts.joined(separator: ",")]
            return [shellCommand(["mount", "-t", fileSystem.type] + list + [fileSystem.source, path(place)])]
        case .bind(let source, let place, let recursive, let options):
            let bind = shellCommand(["mount", recursive ? "--rbind" : "--bind", path(source), path(place)])
            return [bind] + remount(options, place)
        case .setMountOptions(let options, let place, _): return remount(options, place)
        case .setPropagation(let kind, let place, let recursive):
            return [shellCommand(["mount", "--make-\(recursive ? "r" : "")\(kind.rawValue)", path(place)])]
        case .unmount(let place, let detach): return [shellCommand(["umount"] + (detach ? ["-l"] : []) + [path(place)])]
        case .pivotRoot(let place):
            return [shellCommand(["cd", path(place)]), "pivot_root . .", "umount -l .", "cd /"]
        default: return []
        }
    }

    private func remount(_ options: MountOptions, _ place: Place) -> [String] {
        options.isEmpty
            ? []
            : [
                shellCommand([
                    "mount", "-o", (["remount", "bind"] + options.optionNames).joined(separator: ","), path(place),
                ])
            ]
    }

    private func fileCommands(of step: Step) -> [String] {
        switch step {
        case .makeDirectory(let place, let mode, let parents):
            return [shellCommand(["mkdir"] + (parents ? ["-p"] : []) + ["-m", octal(mode), path(place)])]
        case .makeFile(let place, let mode):
            return [shellCommand(["touch", path(place)]), shellCommand(["chmod", octal(mode), path(place)])]
        case .writeFile(let place, let contents, _, let append):
            return [shellCommand(["printf", "%s", contents]) + (append ? " >>" : " >") + shellWord(path(place))]
        case .makeSymbolicLink(let place, let target): return [shellCommand(["ln", "-s", target, path(place)])]
        case .openForAppending(let place):
            return [shellCommand(["dd", "if=/dev/null", "of=\(path(place))", "oflag=append", "conv=nocreat,notrunc"])]
        case .setMode(let place, let mode): return [shellCommand(["chmod", octal(mode), path(place)])]
        default: return []
        }
    }
}
