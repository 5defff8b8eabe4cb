// Which processes a selector picks, and how they are named in evidence: with both their numbers.

import KernelState
import SystemPackage

extension Judge {
    /// The processes of the playground that fit, by ascending number on the host.
    func select(_ selector: Selector) throws(KernelStateError) -> [ProcessState] {
        let table = try processes()
        let filter = try SelectorFilter(selector, node: node, programs: programs)
        if let program = selector.program { try note(program) }
        guard filter.canMatch else { return [] }
        var found = table.all.filter { filter.matches($0) && $0.pid != node.initProcess.pid }
        if let sharing = selector.sharing {
            let others = try meant(by: sharing.with.value)
            found = found.filter { one in others.contains { one.shares(sharing.kinds, with: $0) } }
        }
        if let inner = selector.ancestorOf?.value {
            let below = Set(try meant(by: inner).map(\.pid))
            let wanted = Set(below.flatMap { table.ancestors(of: $0).map(\.pid) })
            found = found.filter { wanted.contains($0.pid) }
            if selector.program == .agent {
                found = found.filter { agent in descendants(of: agent, in: table).contains { below.contains($0.pid) } }
            }
        }
        if let inner = selector.descendantOf?.value {
            let wanted = Set(
                try meant(by: inner).flatMap { one in
                    (inner.program == .agent ? descendants(of: one, in: table) : table.descendants(of: one.pid))
                        .map(\.pid)
                })
            found = found.filter { wanted.contains($0.pid) }
        }
        return found
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

/// A selector with its paths looked up, so that each process costs comparisons only.
private struct SelectorFilter {
    let selector: Selector
    var root: FileIdentity?
    var notRoot: FileIdentity?
    var executable: FileIdentity?
    var program: FileStamp?
    let node: NodeView
    /// False when a path of the selector leads nowhere: then nothing can fit.
    var canMatch = true

    init(_ selector: Selector, node: NodeView, programs: ProgramRecord) throws(KernelStateError) {
        self.selector = selector
        self.node = node
        if let wanted = selector.program {
            program = programs.stamp(of: wanted)
            canMatch = program != nil
        }
        if let path = selector.root {
            if let directory = try node.directory(path) {
                root = directory.identity
                if let file = selector.executable {
                    executable = directory.look(at: FilePath(file)).state?.identity
                    canMatch = canMatch && executable != nil
                }
            } else {
                canMatch = false
            }
        } else if let file = selector.executable {
            executable = try node.root().look(at: FilePath(file)).state?.identity
            canMatch = canMatch && executable != nil
        }
        if let path = selector.notRoot { notRoot = try node.directory(path)?.identity }
    }

    func matches(_ process: ProcessState) -> Bool {
        if let root, process.root?.identity != root { return false }
        if let notRoot, process.root.map({ $0.identity == notRoot }) ?? true { return false }
        if let executable, process.executable?.identity != executable { return false }
        if let program, process.executable?.stamp != program { return false }
        if selector.program == .agent, process.stat.session != process.pid { return false }
        if let name = selector.name, process.comm != name { return false }
        if let number = selector.innerNumber, process.numberInside?.rawValue != Int32(number) { return false }
        return selector.namespaces.allSatisfy { kind, relation in
            guard let own = process.namespace(kind.kernel), let nodes = node.namespaces[kind.kernel] else {
                return false
            }
            return (own == nodes) == (relation == .sameAsNode)
        }
    }
}

extension Selector: CustomStringConvertible {
    /// Words for "expected": `process that runs /bin/bash with root /home/namespace/box`.
    package var description: String {
        var words: [String] = [name.map { "process named \($0)" } ?? "process"]
        if let executable { words.append("running \(executable)") }
        if let program { words.append("running \(program.words)") }
        if let root { words.append("with root \(root)") }
        if let notRoot { words.append("with another root than \(notRoot)") }
        if let innerNumber { words.append("with number \(innerNumber) inside") }
        for (kind, relation) in namespaces.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            words.append(
                relation == .sameAsNode
                    ? "in the node's \(kind.rawValue) namespace" : "in a \(kind.rawValue) namespace of its own")
        }
        if let sharing {
            let kinds = sharing.kinds.map(\.rawValue).joined(separator: " and ")
            words.append("in the \(kinds) namespace of a \(sharing.with.value)")
        }
        if let inner = ancestorOf?.value { words.append("above a \(inner)") }
        if let inner = descendantOf?.value { words.append("below a \(inner)") }
        return words.joined(separator: " ")
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
