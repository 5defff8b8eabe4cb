// The processes of one pid namespace and of those nested in it, without reading all the others in full.

import Glibc
import Linux
import SystemPackage

extension ProcessTable {
    /// Every process that has a number in a pid namespace: its members, and the members of namespaces below it. Of other
    /// processes only the link `ns/pid` is looked at, so a busy machine costs little.
    package static func within(
        _ namespace: NamespaceID, fields: ProcessFields = .all
    ) throws(KernelStateError) -> ProcessTable {
        let proc = try ProcFileSystem()
        let ownNamespace = try NamespaceID.link("/proc/self/ns/pid", at: AT_FDCWD, .pid).mapToError("/proc/self/ns/pid")
        var states: [ProcessState] = []
        // Whether a namespace lies in the one that is asked for, as one of its members showed in this pass.
        var isInside = [namespace: true]
        if namespace != ownNamespace { isInside[ownNamespace] = false }
        for pid in try proc.processNumbers() {
            guard case .success(let own) = NamespaceID.link("\(pid)/ns/pid", at: proc.directory.raw, .pid) else {
                continue
            }
            if isInside[own] == nil {
                isInside[own] = PidNamespaceAncestry.ancestors(of: pid, in: own)?.contains(namespace)
            }
            guard isInside[own] == true else { continue }
            if let state = ProcessState.read(pid, fields: fields, in: proc) { states.append(state) }
        }
        return ProcessTable(states)
    }

    /// The zombies in a pid namespace and below it. A zombie that was not dumpable shows an ordinary user no namespaces, not even its
    /// owner, on some kernels (6.18): then its parent says where it is.
    package static func zombies(within namespace: NamespaceID) throws(KernelStateError) -> [ProcessState] {
        let members = try within(namespace, fields: .status)
        let known = Set(members.all.map(\.pid))
        let proc = try ProcFileSystem()
        var found = members.all.filter(\.isZombie)
        for pid in try proc.processNumbers() where !known.contains(pid) {
            guard case .failure(let errno) = NamespaceID.link("\(pid)/ns/pid", at: proc.directory.raw, .pid),
                errno == .permissionDenied, let state = ProcessState.read(pid, fields: .status, in: proc),
                state.isZombie,
                known.contains(state.parent)
            else { continue }
            found.append(state)
        }
        return found.sorted { $0.pid < $1.pid }
    }

    /// Children, their children and so on, without the process itself, as far as their first threads have started them; nil where
    /// the kernel does not list children. See proc_pid_task_tid_children(5): who ends meanwhile may hide its brothers, so it is a hint.
    package static func descendantNumbers(of process: ProcessID) -> [ProcessID]? {
        guard let proc = try? ProcFileSystem() else { return nil }
        var found: [ProcessID] = []
        var waiting = [process]
        while let pid = waiting.popLast(), found.count < 4096 {
            guard let folder = proc.process(pid),
                let text = folder.contents("task/\(pid)/children", limit: 1 << 16)
            else {
                if pid == process { return nil }
                continue
            }
            let children = text[...].words.compactMap { $0.number(as: pid_t.self) }.map { ProcessID($0) }
            found += children
            waiting += children
        }
        return found
    }

    /// The numbers alone, as `within` would find them.
    package static func numbers(within namespace: NamespaceID) -> [ProcessID] {
        (try? within(namespace, fields: []))?.all.map(\.pid) ?? []
    }
}

extension Result where Failure == Errno {
    fileprivate func mapToError(_ object: String) throws(KernelStateError) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let errno): throw KernelStateError(operation: "readlink", object: object, errno: errno)
        }
    }
}

extension RootDirectory {
    /// A directory inside this root, opened as a root of its own; nil when the path leads to no directory here.
    package borrowing func directory(at path: FilePath) throws(KernelStateError) -> RootDirectory? {
        let place: ResolvedPath
        do {
            place = try InRootResolver.resolve(path, in: self)
        } catch {
            guard [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error.errno) else {
                throw KernelStateError(operation: "open", object: name + path.string, errno: error.errno)
            }
            return nil
        }
        guard place.facts.isDirectory else { return nil }
        return try RootDirectory(path: FilePath("/proc/self/fd/\(place.descriptor.raw)"))
    }
}
