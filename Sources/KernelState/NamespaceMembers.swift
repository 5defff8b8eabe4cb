// The processes of one pid namespace and of those nested in it, without reading all the others in full.

import Glibc
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
        for pid in try proc.processNumbers() {
            guard case .success(let own) = NamespaceID.link("\(pid)/ns/pid", at: proc.directory.raw, .pid) else {
                continue
            }
            if own == ownNamespace, namespace != ownNamespace { continue }
            guard
                own == namespace || PidNamespaceAncestry.ancestors(of: pid, in: own)?.contains(namespace) == true
            else { continue }
            if let state = ProcessState.read(pid, fields: fields, in: proc) { states.append(state) }
        }
        return ProcessTable(states)
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
