// All processes at about one moment, and the questions that a check asks of them.

import Glibc
import Linux
import SystemPackage

/// One pass over a /proc. The processes go on living meanwhile: one that ended during the pass is absent.
package struct ProcessTable: Sendable {
    /// By number.
    package let processes: [ProcessID: ProcessState]
    private let childrenByParent: [ProcessID: [ProcessID]]

    package init(_ states: [ProcessState]) {
        processes = Dictionary(states.map { ($0.pid, $0) }, uniquingKeysWith: { _, last in last })
        childrenByParent = Dictionary(grouping: processes.values, by: \.parent)
            .mapValues { $0.map(\.pid).sorted() }
    }

    /// Reads every process of `proc`.
    package static func read(
        fields: ProcessFields = .all, in proc: borrowing ProcFileSystem
    ) throws(KernelStateError) -> ProcessTable {
        var states: [ProcessState] = []
        for pid in try proc.processNumbers() {
            if let state = ProcessState.read(pid, fields: fields, in: proc) { states.append(state) }
        }
        return ProcessTable(states)
    }

    /// Reads every process of the /proc at hand.
    package static func read(fields: ProcessFields = .all) throws(KernelStateError) -> ProcessTable {
        let proc = try ProcFileSystem()
        return try read(fields: fields, in: proc)
    }

    /// All processes, by ascending number.
    package var all: [ProcessState] { processes.values.sorted { $0.pid < $1.pid } }

    package subscript(pid: ProcessID) -> ProcessState? { processes[pid] }

    /// The same process as at an earlier look, not a later one with its number.
    package subscript(identity: ProcessIdentity) -> ProcessState? {
        processes[identity.pid].flatMap { $0.identity == identity ? $0 : nil }
    }

    package func children(of pid: ProcessID) -> [ProcessState] {
        (childrenByParent[pid] ?? []).compactMap { processes[$0] }
    }

    /// Children, their children and so on, without the process itself.
    package func descendants(of pid: ProcessID) -> [ProcessState] {
        var seen: Set<ProcessID> = [pid]
        var waiting = [pid]
        var found: [ProcessState] = []
        while let next = waiting.popLast() {
            for child in children(of: next) where seen.insert(child.pid).inserted {
                found.append(child)
                waiting.append(child.pid)
            }
        }
        return found.sorted { $0.pid < $1.pid }
    }

    /// Parent, its parent and so on, nearest first.
    package func ancestors(of pid: ProcessID) -> [ProcessState] {
        var seen: Set<ProcessID> = [pid]
        var found: [ProcessState] = []
        var next = processes[pid]?.parent
        while let number = next, seen.insert(number).inserted, let state = processes[number] {
            found.append(state)
            next = state.parent
        }
        return found
    }

    /// The members of one namespace. Needs `ProcessFields.namespaces`.
    package func members(of namespace: NamespaceID) -> [ProcessState] {
        all.filter { $0.namespaces?[namespace.kind] == namespace }
    }

    /// The processes whose root is this directory. Needs `ProcessFields.root`.
    package func rooted(at root: FileIdentity) -> [ProcessState] { all.filter { $0.root?.identity == root } }

    /// The processes that run this file. Needs `ProcessFields.executable`.
    package func running(_ executable: FileIdentity) -> [ProcessState] {
        all.filter { $0.executable?.identity == executable }
    }

    /// The process that is number 1 in a pid namespace. Needs `status` and `namespaces`.
    package func initProcess(of namespace: NamespaceID) -> ProcessState? {
        members(of: namespace).first { $0.numberInside == 1 }
    }

    /// The number of a process in a pid namespace: its own, or one that its own lies in; nil when it has none there.
    /// Needs `status` and `namespaces`. See `NSpid` in proc_pid_status(5).
    package func number(of pid: ProcessID, in namespace: NamespaceID) -> ProcessID? {
        guard namespace.kind == .pid, let process = processes[pid], let numbers = process.status?.numbers,
            let own = process.namespaces?[.pid]
        else { return nil }
        if own == namespace { return numbers.last }
        // NSpid has one number for each namespace from this /proc's inwards, so a member tells how deep its own lies.
        guard let depth = members(of: namespace).lazy.compactMap({ $0.status?.numbers.count }).first,
            depth <= numbers.count, depth > 0,
            (PidNamespaceAncestry.ancestors(of: pid, in: own) ?? lineage(of: process)).contains(namespace)
        else { return nil }
        return numbers[depth - 1]
    }

    /// The process that has a number in a pid namespace.
    package func process(numbered number: ProcessID, in namespace: NamespaceID) -> ProcessState? {
        all.first {
            $0.status?.numbers.contains(number) == true && self.number(of: $0.pid, in: namespace) == number
        }
    }

    /// The pid namespaces of a process's ancestors: nearly the same as the ancestors of its namespace, and readable
    /// for everybody who could read this table.
    private func lineage(of process: ProcessState) -> Set<NamespaceID> {
        Set(ancestors(of: process.pid).compactMap { $0.namespaces?[.pid] })
    }
}

/// The chain of pid namespaces above a process, asked of the kernel.
enum PidNamespaceAncestry {
    /// The namespaces above `expected`, the one of `pid`. Nil when they may not be opened, or when the process with
    /// that number in our own /proc is in another: a table may come from another /proc. See ioctl_ns(2).
    static func ancestors(of pid: ProcessID, in expected: NamespaceID) -> Set<NamespaceID>? {
        guard var current = try? Descriptor.open("/proc/\(pid)/ns/pid", flags: O_RDONLY),
            case .success(let own) = RawStat.read(current.raw),
            NamespaceID(kind: .pid, device: own.identity.device, inode: own.identity.inode) == expected
        else { return nil }
        var found: Set<NamespaceID> = []
        for _ in 0..<32 {  // MAX_PID_NS_LEVEL
            let parent = ioctl(current.raw, 0xb702)  // NS_GET_PARENT
            guard parent >= 0 else { break }
            current = Descriptor(taking: parent)
            guard case .success(let facts) = RawStat.read(parent) else { break }
            found.insert(NamespaceID(kind: .pid, device: facts.identity.device, inode: facts.identity.inode))
        }
        return found
    }
}
