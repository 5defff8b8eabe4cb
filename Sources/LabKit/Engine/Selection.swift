// Which processes a selector picks, and how they are named in evidence: with both their numbers.

import KernelState
import Playgrounds
import SystemPackage
import Text

extension Judge {
    /// The processes of the playground that fit, by ascending number on the host.
    func select(_ selector: Selector) throws(KernelStateError) -> [ProcessState] {
        let filter = try SelectorFilter(selector, node: node, programs: programs)
        if let program = selector.program { try note(program) }
        guard filter.obstacle == nil else { return [] }
        var found = try processes().all.filter { filter.matches($0) && $0.pid != node.initProcess.pid }
        for relation in try relations(of: selector) { found = found.filter(relation.holds) }
        return found
    }

    /// What a selector says of a process and of others.
    private func relations(of selector: Selector) throws(KernelStateError) -> [ProcessRelation] {
        let table = try processes()
        var all: [ProcessRelation] = []
        if let sharing = selector.sharing {
            let others = try meant(by: sharing.with.value)
            all.append(
                ProcessRelation(key: "sharing") { one in
                    others.contains { one.shares(sharing.kinds, with: $0) }
                } lack: { one in
                    // Whoever shares most is most likely the one that is meant.
                    let nearest = others.max { first, second in
                        func shared(_ other: ProcessState) -> Int {
                            sharing.kinds.count { one.shares([$0], with: other) }
                        }
                        return shared(first) < shared(second)
                    }
                    guard let nearest else {
                        let missing = try? self.shortfall(of: sharing.with.value)
                        let near = missing.flatMap { $0.nearest == nil || $0.key.isEmpty ? nil : ": \($0.words)" }
                        return ("there is no \(sharing.with.value)\(near ?? "")", missing?.evidence ?? [])
                    }
                    return self.compare(one, with: nearest, sharing.kinds.filter { !one.shares([$0], with: nearest) })
                })
        }
        if let apart = selector.apart {
            let others = try meant(by: apart.with.value)
            all.append(
                ProcessRelation(key: "apart") { one in
                    others.allSatisfy { other in
                        one.pid == other.pid || apart.kinds.allSatisfy { one.differs($0, from: other) }
                    }
                } lack: { one in
                    let shared = others.first { other in apart.kinds.contains { !one.differs($0, from: other) } }
                    guard let shared else { return ("it is not \(Self.words(apart, isApart: true))", []) }
                    return self.compare(one, with: shared, apart.kinds.filter { !one.differs($0, from: shared) })
                })
        }
        if let inner = selector.ancestorOf?.value {
            let below = Set(try meant(by: inner).map(\.pid))
            let wanted = Set(below.flatMap { table.ancestors(of: $0).map(\.pid) })
            all.append(
                ProcessRelation(key: "ancestorOf") { one in
                    guard wanted.contains(one.pid) else { return false }
                    return selector.program != .agent
                        || self.descendants(of: one, in: table).contains { below.contains($0.pid) }
                } lack: { _ in
                    ("there is no \(inner) below it", [])
                })
        }
        if let inner = selector.descendantOf?.value {
            let wanted = Set(
                try meant(by: inner).flatMap { one in
                    (inner.program == .agent ? descendants(of: one, in: table) : table.descendants(of: one.pid))
                        .map(\.pid)
                })
            all.append(
                ProcessRelation(key: "descendantOf") {
                    wanted.contains($0.pid)
                } lack: { _ in
                    ("there is no \(inner) above it", [])
                })
        }
        return all
    }

    /// In which namespaces two processes are, in words and as evidence.
    private func compare(
        _ one: ProcessState, with other: ProcessState, _ kinds: [NamespaceKind]
    ) -> (words: String, evidence: [Evidence]) {
        func shown(_ process: ProcessState, _ kind: NamespaceKind) -> String {
            process.namespace(kind.kernel).map { "\($0)" } ?? "unknown"
        }
        let words = kinds.map { kind in
            let (mine, theirs) = (shown(one, kind), shown(other, kind))
            return mine == theirs
                ? "its \(kind.words) namespace is that of \(name(other)), \(theirs)"
                : "its \(kind.words) namespace is \(mine), that of \(name(other)) is \(theirs)"
        }
        let evidence = kinds.map { kind in
            Evidence(
                source: "/proc/\(one.pid)/ns/\(kind.rawValue)",
                value: "\(shown(one, kind)); \(name(other)): \(shown(other, kind))")
        }
        return (words.joined(separator: "; "), evidence)
    }

    fileprivate static func words(_ sharing: Selector.Sharing, isApart: Bool = false) -> String {
        isApart
            ? "in other \(NamespaceKind.list(sharing.kinds)) than a \(sharing.with.value)"
            : "in the \(NamespaceKind.list(sharing.kinds)) of a \(sharing.with.value)"
    }

    /// Why nobody fits a selector: what of it is not there, or which conditions the process that comes nearest does not meet, each with
    /// what is and what was to be.
    func shortfall(of selector: Selector) throws(KernelStateError) -> SelectorShortfall {
        let filter = try SelectorFilter(selector, node: node, programs: programs)
        if let obstacle = filter.obstacle {
            return SelectorShortfall(words: obstacle, evidence: filter.evidence, key: "place")
        }
        let relations = try relations(of: selector)
        var best: (process: ProcessState, lacks: [SelectorLack], broken: [ProcessRelation], distance: Int)?
        for process in try processes().all where process.pid != node.initProcess.pid {
            let unmet = filter.lacks(of: process)
            guard let distance = filter.distance(of: process, lacking: unmet) else { continue }
            let broken = relations.filter { !$0.holds(process) }
            let total = distance + broken.count
            // Of two the younger is more likely the one that is meant.
            if best.map({ total <= $0.distance }) ?? true { best = (process, unmet, broken, total) }
        }
        guard let best else {
            return SelectorShortfall(
                words: "no such process", evidence: filter.evidence, key: filter.identification)
        }
        let lacks =
            best.lacks
            + best.broken.map { relation in
                let (words, evidence) = relation.lack(best.process)
                return SelectorLack(key: relation.key, words: words, evidence: evidence)
            }
        let runsWanted =
            (selector.executable ?? selector.program?.rawValue) != nil
            && !best.lacks.contains { $0.key == "executable" || $0.key == "program" }
        return SelectorShortfall(
            words: "\(name(best.process)): " + lacks.map(\.words).joined(separator: "; "),
            evidence: lacks.flatMap(\.evidence) + filter.evidence, key: lacks.first?.key ?? "",
            nearest: best.process, elsewhere: runsWanted ? best.process : nil)
    }

    /// A *fail* because nobody fits a selector.
    func nobody(fitting selector: Selector, _ expected: String) throws(KernelStateError) -> ProbeOutcome {
        let missing = try shortfall(of: selector)
        return ProbeOutcome(
            status: .fail, expected: expected, actual: terminalSafe(missing.words), evidence: missing.evidence,
            observed: ["absent": missing.key])
    }

    /// The same for a place; the node is always there.
    func nobody(at place: Place, _ expected: String) throws(KernelStateError) -> ProbeOutcome {
        switch place {
        case .node:
            ProbeOutcome(
                status: .fail, expected: expected, actual: "the node has ended", observed: ["absent": place.words])
        case .process(let selector): try nobody(fitting: selector, expected)
        }
    }

    /// Those whom an agent has started itself, and all below them. An agent holds each of its children by a pidfd; who was a process's
    /// child before it executed the agent's program is not held.
    private func descendants(of agent: ProcessState, in table: ProcessTable) -> [ProcessState] {
        let held = holdings[agent.pid] ?? ProcessState.held(by: agent.pid)
        holdings[agent.pid] = held
        return table.children(of: agent.pid).filter { held.contains($0.pid) }
            .flatMap { [$0] + table.descendants(of: $0.pid) }
    }

    /// Notes for the evidence when a program is not known, or when its path leads to another file than when the playground was started.
    private func note(_ program: CourseProgram) throws(KernelStateError) {
        guard let stamp = programs.stamp(of: program) else {
            let problem = programs.problem(of: program)
            unknownPrograms.append("\(program.words) is not known: \(problem)")
            programNotes[program] = Evidence(source: program.words, value: "not known: \(problem)")
            return
        }
        if programNotes[program] == nil, try node.root().look(at: FilePath(program.path)).state?.stamp != stamp {
            programNotes[program] = Evidence(
                source: "statx \(program.path)",
                value: "not the file that it was when the playground was started (\(stamp.identity))")
        }
    }

    /// `bash, 4 in the node, 23133 on the host`.
    func name(_ process: ProcessState) -> String {
        let comm = terminalSafe(process.comm)
        guard let inner = numberInNode(process) else { return "\(comm), \(process.pid) on the host" }
        return "\(comm), \(inner) in the node, \(process.pid) on the host"
    }

    /// The number of a process in the node's own pid namespace.
    func numberInNode(_ process: ProcessState) -> ProcessID? {
        guard let numbers = process.status?.numbers, let depth = nodeDepth, numbers.indices.contains(depth) else {
            return nil
        }
        return numbers[depth]
    }

    /// At which place of NSpid the node's numbers stand.
    private var nodeDepth: Int? {
        ProcessState.read(node.initProcess.pid, fields: .status)?.status.map { $0.numbers.count - 1 }
    }
}

/// What a selector says of a process and of others, for whoever is asked about.
private struct ProcessRelation {
    var key: String
    var holds: (ProcessState) -> Bool
    /// Of a process for which it does not hold: why.
    var lack: (ProcessState) -> (words: String, evidence: [Evidence])
}

/// A condition that a process does not meet.
private struct SelectorLack {
    /// What hints may wait for: `root`, `executable`, `number`, the kind of a namespace.
    var key: String
    var words: String
    var evidence: [Evidence]
}

/// Why nobody fits a selector.
struct SelectorShortfall {
    var words: String
    var evidence: [Evidence]
    /// The first condition that is not met.
    var key: String
    /// Who comes nearest.
    var nearest: ProcessState?
    /// The same, where that is somebody who runs the wanted program.
    var elsewhere: ProcessState?
}

/// A selector with its paths looked up, so that each process costs comparisons only.
private struct SelectorFilter {
    private enum Condition {
        case root(FileIdentity)
        case notRoot(FileIdentity)
        case executable(FileIdentity)
        case program(FileStamp)
        case session
        case name(String)
        case number(Int32)
        case namespace(NamespaceKind, NamespaceRelation, nodes: NamespaceID?)
        case writes(FileIdentity)
    }

    let selector: Selector
    private var conditions: [Condition] = []
    /// Why nothing can fit: a path of the selector leads nowhere, or not to what it says.
    private(set) var obstacle: String?
    /// What its paths lead to.
    private(set) var evidence: [Evidence] = []

    init(_ selector: Selector, node: NodeView, programs: ProgramRecord) throws(KernelStateError) {
        self.selector = selector
        if let wanted = selector.program {
            guard let stamp = programs.stamp(of: wanted) else {
                obstacle = "\(wanted.words) is not known"
                return
            }
            conditions.append(.program(stamp))
            if wanted == .agent { conditions.append(.session) }
        }
        if let name = selector.name { conditions.append(.name(name)) }
        try look(at: node)
        if let number = selector.innerNumber { conditions.append(.number(Int32(number))) }
        for (kind, relation) in selector.namespaces.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            conditions.append(.namespace(kind, relation, nodes: node.namespaces[kind.kernel]))
        }
    }

    private mutating func look(at node: NodeView) throws(KernelStateError) {
        let nodeRoot = try node.root()
        if let path = selector.root {
            guard let directory = try node.directory(path) else {
                obstacle = "\(path) \(nodeRoot.deadEnd(at: path).words)"
                return
            }
            // Another name of the node's root is no place that anybody could have entered.
            guard path == "/" || directory.identity != nodeRoot.identity else {
                obstacle = "\(path) is the node's own root"
                return
            }
            evidence.append(Evidence(source: "statx \(path)", value: "\(directory.identity)"))
            conditions.append(.root(directory.identity))
            if let file = selector.executable {
                guard let found = directory.look(at: FilePath(file)).state else {
                    obstacle = "\(file) in \(path) \(directory.deadEnd(at: file).words)"
                    return
                }
                conditions.append(.executable(found.identity))
            }
        } else if let file = selector.executable {
            guard let found = nodeRoot.look(at: FilePath(file)).state else {
                obstacle = "\(file) \(nodeRoot.deadEnd(at: file).words)"
                return
            }
            conditions.append(.executable(found.identity))
        }
        if let path = selector.notRoot, let directory = try node.directory(path) {
            conditions.append(.notRoot(directory.identity))
        }
        if let path = selector.writes {
            guard let file = nodeRoot.look(at: FilePath(path)).state else {
                obstacle = "\(path) \(nodeRoot.deadEnd(at: path).words)"
                return
            }
            evidence.append(Evidence(source: "statx \(path)", value: "\(file.identity)"))
            // Asked of few: each answer is a reading of all that a process has open.
            conditions.append(.writes(file.identity))
        }
    }

    func matches(_ process: ProcessState) -> Bool { conditions.allSatisfy { Self.holds($0, of: process) } }

    private static func holds(_ condition: Condition, of process: ProcessState) -> Bool {
        switch condition {
        case .root(let wanted): return process.root?.identity == wanted
        case .notRoot(let other): return process.root.map { $0.identity != other } ?? false
        case .executable(let wanted): return process.executable?.identity == wanted
        case .program(let stamp): return process.executable?.stamp == stamp
        case .session: return process.stat.session == process.pid
        case .name(let wanted): return process.comm == wanted
        case .number(let wanted): return process.numberInside?.rawValue == wanted
        case .namespace(let kind, let relation, let nodes):
            guard let own = process.namespace(kind.kernel), let nodes else { return false }
            return (own == nodes) == (relation == .sameAsNode)
        case .writes(let wanted): return ProcessState.writes(of: process.pid).contains(wanted)
        }
    }

    /// The conditions that a process does not meet.
    func lacks(of process: ProcessState) -> [SelectorLack] {
        conditions.filter { !Self.holds($0, of: process) }.map { lack($0, of: process) }
    }

    private func lack(_ condition: Condition, of process: ProcessState) -> SelectorLack {
        func said(_ file: String, _ value: String) -> [Evidence] {
            [Evidence(source: "/proc/\(process.pid)/\(file)", value: terminalSafe(value))]
        }
        func shown(_ link: ProcessLink?) -> String { link.map { "\($0.path) (\($0.identity))" } ?? "unknown" }
        switch condition {
        case .root(let wanted):
            return SelectorLack(
                key: "root", words: "its root is \(shown(process.root)), not \(selector.root ?? "") (\(wanted))",
                evidence: said("root", shown(process.root)))
        case .notRoot:
            return SelectorLack(
                key: "root", words: "its root is \(selector.notRoot ?? "") itself",
                evidence: said("root", shown(process.root)))
        case .executable(let wanted):
            let file = (selector.root.map { $0 == "/" ? "" : $0 } ?? "") + (selector.executable ?? "")
            return SelectorLack(
                key: "executable", words: "it runs \(shown(process.executable)), not \(file) (\(wanted))",
                evidence: said("exe", shown(process.executable)))
        case .program:
            return SelectorLack(
                key: "program", words: "it runs \(shown(process.executable)), not \(selector.program?.words ?? "")",
                evidence: said("exe", shown(process.executable)))
        case .session:
            return SelectorLack(
                key: "program", words: "it is in the session of process \(process.stat.session), not in one of its own",
                evidence: said("stat", "session \(process.stat.session)"))
        case .name(let wanted):
            return SelectorLack(
                key: "name", words: "its name is \(process.comm), not \(wanted)", evidence: said("comm", process.comm))
        case .number(let wanted):
            let numbers = process.status?.numbers.map(\.description).joined(separator: " ") ?? "unknown"
            return SelectorLack(
                key: "number",
                words:
                    "its number in its pid namespace is \(process.numberInside?.description ?? "unknown"), not \(wanted)",
                evidence: said("status NSpid", numbers))
        case .namespace(let kind, let relation, let nodes):
            let (own, nodes) = (process.namespace(kind.kernel), nodes)
            let (mine, theirs) = (own.map { "\($0)" } ?? "unknown", nodes.map { "\($0)" } ?? "unknown")
            return SelectorLack(
                key: kind.rawValue,
                words: relation == .sameAsNode
                    ? "its \(kind.words) namespace is \(mine), not the node's (\(theirs))"
                    : "its \(kind.words) namespace is the node's, \(theirs)",
                evidence: said("ns/\(kind.rawValue)", "\(mine); the node: \(theirs)"))
        case .writes(let wanted):
            let path = selector.writes ?? ""
            return SelectorLack(
                key: "writes", words: "it does not write to \(path) (\(wanted))",
                evidence: said("fdinfo", "nothing open for writing leads to \(path)"))
        }
    }

    /// By which condition a process is known, when it is not in the right place: its program, its name.
    var identification: String {
        selector.executable != nil
            ? "executable" : selector.program != nil ? "program" : selector.name != nil ? "name" : ""
    }

    /// How far a process is from being the one that is meant; nil: it is somebody else altogether. Who runs a program of the wanted name
    /// from another place is nearly the one; so is whoever is in the right root, whatever runs there. A shell of the node has the node's
    /// root at all times, so it counts after those in the right one.
    func distance(of process: ProcessState, lacking lacks: [SelectorLack]) -> Int? {
        let keys = lacks.map(\.key)
        if keys.contains("program") || keys.contains("name") { return nil }
        var distance = lacks.count + (keys.contains("root") ? 2 * Self.anotherPlace : 0)
        if keys.contains("executable") {
            let wanted = selector.executable.flatMap { FilePath($0).lastComponent?.string }
            if process.executable?.path.lastComponent?.string != wanted {
                guard let root = selector.root, root != "/", !keys.contains("root") else { return nil }
                distance += Self.anotherPlace
            }
        }
        guard lacks.count < conditions.count || identification == "executable" else { return nil }
        return distance
    }

    /// More than a selector has conditions.
    private static let anotherPlace = 100
}

extension RootDirectory {
    /// Why a path leads to nothing that could be used, in words for behind the path, and a key for hints: `none`, `link`, `file`.
    borrowing func deadEnd(at path: String) -> (words: String, key: String) {
        let own = look(at: FilePath(path), followLast: false)
        switch look(at: FilePath(path)) {
        case .found(let state):
            return ("is a \(state.kind.words)", "file")
        case .missing(let errno, let links):
            if let target = own.state?.target {
                return (terminalSafe("is a symbolic link to \(target), which leads nowhere\(inside)"), "link")
            }
            if let link = links.last {
                return (
                    terminalSafe(
                        "is not there: \(link.path) is a symbolic link to \(link.target), which leads nowhere\(inside)"),
                    "link"
                )
            }
            return errno == .notDirectory
                ? ("leads through something that is no directory", "file") : ("is not there", "none")
        }
    }

    private var inside: String { isForeign ? "" : " inside" }
}

extension Selector: CustomStringConvertible {
    /// Words for behind "a" or "no": `process running /bin/bash with root /home/namespace/box, in mount and pid namespaces of its own`.
    package var description: String { words(isPlural: false) }

    func words(isPlural: Bool) -> String {
        let noun = isPlural ? "processes" : "process"
        var head = name.map { "\(noun) named \($0)" } ?? noun
        if let executable { head += " running \(executable)" }
        if let program { head += " running \(program.words)" }
        if let root { head += " with root \(root)" }
        var clauses = [head]
        if let notRoot { clauses.append("with another root than \(notRoot)") }
        if let writes { clauses.append("that writes to \(writes)") }
        if let innerNumber { clauses.append("with number \(innerNumber) inside") }
        func kinds(_ relation: NamespaceRelation) -> [NamespaceKind] {
            namespaces.filter { $0.value == relation }.keys.sorted { $0.rawValue < $1.rawValue }
        }
        let (own, nodes) = (kinds(.differentFromNode), kinds(.sameAsNode))
        if !own.isEmpty { clauses.append("in \(NamespaceKind.some(own)) of its own") }
        if !nodes.isEmpty { clauses.append("in the node's \(NamespaceKind.list(nodes))") }
        if let sharing { clauses.append(Judge.words(sharing)) }
        if let apart { clauses.append(Judge.words(apart, isApart: true)) }
        if let inner = ancestorOf?.value { clauses.append("above a \(inner)") }
        if let inner = descendantOf?.value { clauses.append("below a \(inner)") }
        // What is nothing but a process is told by what comes next.
        if head == noun, clauses.count > 1 { clauses.replaceSubrange(0...1, with: ["\(noun) \(clauses[1])"]) }
        return clauses.joined(separator: ", ")
    }
}

extension NamespaceKind {
    /// As people say it; the others are said as they are written.
    var words: String {
        switch self {
        case .mnt: "mount"
        case .net: "network"
        case .cgroup, .ipc, .pid, .time, .user, .uts: rawValue
        }
    }

    /// `an ipc namespace`, `mount and pid namespaces`.
    static func some(_ kinds: [NamespaceKind]) -> String {
        kinds.count == 1 ? (kinds[0] == .ipc ? "an " : "a ") + list(kinds) : list(kinds)
    }

    /// `mount, pid and uts namespaces`.
    static func list(_ kinds: [NamespaceKind]) -> String {
        let words = kinds.map(\.words)
        let last = words.last ?? ""
        let list = words.count > 1 ? words.dropLast().joined(separator: ", ") + " and " + last : last
        return list + (words.count == 1 ? " namespace" : " namespaces")
    }
}

extension ProcessState {
    /// Whether both are in the same namespaces of these kinds.
    func shares(_ kinds: [NamespaceKind], with other: ProcessState) -> Bool {
        kinds.allSatisfy { kind in
            guard let own = namespace(kind.kernel), let theirs = other.namespace(kind.kernel) else { return false }
            return own == theirs
        }
    }

    /// Whether it is known to be in another namespace of this kind.
    func differs(_ kind: NamespaceKind, from other: ProcessState) -> Bool {
        guard let own = namespace(kind.kernel), let theirs = other.namespace(kind.kernel) else { return false }
        return own != theirs
    }
}

extension NamespaceKind {
    /// The same kind, in the words of KernelState.
    var kernel: KernelState.NamespaceKind {
        switch self {
        case .cgroup: .cgroup
        case .ipc: .ipc
        case .mnt: .mount
        case .net: .network
        case .pid: .pid
        case .time: .time
        case .user: .user
        case .uts: .uts
        }
    }
}
