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

/// A mode as chmod(1) is given it: `0755`.
func octalWord(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

/// What is known at a point of the plan to a person who types it.
struct ShellReading {
    let plan: Plan
    /// The step that is being typed.
    private var index = 0
    /// Steps that an option of an earlier command covers.
    private var folded: Set<Int> = []
    /// By the names of the open steps: a person types the path again.
    var opened: [String: String] = [:]
    /// What newuidmap(1), which unshare(1) calls, wants to find granted even to root.
    private var grant: String?
    var inUserNamespace = !Privilege.inInitialUserNamespace
    var network = NetworkShellReading()

    fileprivate init(plan: Plan) { self.plan = plan }

    fileprivate func lines(from start: Int) -> [String] {
        var reading = self
        var result: [String] = []
        for index in start..<plan.steps.count where !reading.folded.contains(index) {
            reading.index = index
            switch plan.steps[index].family.typed(in: &reading) {
            case .commands(let lines): result += lines
            case .prefix(let words):
                if let grant = reading.grant {
                    result.append("# unshare writes ranges by newuidmap: USER:\(grant) in /etc/subuid and /etc/subgid")
                    reading.grant = nil
                }
                return result + wrapped(words, reading.lines(from: index + 1))
            }
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

    // MARK: What steps ask

    func path(_ place: Place) -> String {
        if case .opened(let name) = place { return opened[name] ?? name }
        return place.description
    }

    func path(_ program: Program) -> String {
        switch program {
        case .path(let path): path
        case .opened(let name): opened[name] ?? name
        case .descriptor: program.name
        }
    }

    /// The step at hand does what the next one says, if that is it.
    mutating func foldNext(_ step: Step) {
        if index + 1 < plan.steps.count, plan.steps[index + 1] == step { folded.insert(index + 1) }
    }

    mutating func unshare(_ first: Set<Namespace>) -> [String] {
        var namespaces = first
        var next = index + 1
        while next < plan.steps.count, let more = plan.steps[next].madeNamespaces {
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
            let isHead = plan.steps[..<index].allSatisfy { $0.madeNamespaces != nil }
            if fork || isHead { words.append("--fork") }
        }
        if namespaces.contains(.mount) { words += foldPropagation(from: next) }
        return words
    }

    mutating func nsenter(_ namespaces: Set<Namespace>, _ source: NamespaceSource) -> [String] {
        var words = ["nsenter"]
        switch source {
        case .process(let pidfd):
            words.append("--target=\(processNumber(ofPidfd: pidfd).map(String.init) ?? "PID")")
            words += namespaces.sorted().map(\.option)
        case .path, .descriptor:
            words += namespaces.sorted().map { "\($0.option)=\(source.name)" }
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
            guard case .identity(.mapIDs(let map)) = plan.steps[index] else { continue }
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
            guard case .identity(.setCredentials(0, 0, _)) = plan.steps[index] else { continue }
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
            if case .mounts(.setPropagation(let kind, on: .path("/"), recursive: true)) = plan.steps[index],
                kind != .unbindable
            {
                folded.insert(index)
                return kind == .private ? [] : ["--propagation=\(kind.rawValue)"]
            }
            // What follows must find mounts as they are.
            if plan.steps[index].actsOnMounts { break }
        }
        return ["--propagation=unchanged"]
    }
}

extension Step {
    /// Whether it makes a difference to the step how mounts spread.
    fileprivate var actsOnMounts: Bool {
        switch self {
        case .mounts, .roots(.chroot), .roots(.pivotRoot): true
        case .identity, .descriptors, .roots(.changeDirectory), .files, .networks, .rights, .limits, .process, .end:
            false
        }
    }
}
