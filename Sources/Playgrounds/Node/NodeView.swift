// The playground as checks see it: from outside, through the kernel, found by the process that is PID 1 in it.

import KernelState
import Linux
import SystemPackage

/// A running playground, observed. It holds no descriptor and trusts nothing inside: any process of the same user can
/// make one from the number of the playground's PID 1.
package struct NodeView: Sendable {
    /// PID 1 of the playground, by its number on the host and its start time.
    package let initProcess: ProcessIdentity
    package let namespaces: [KernelState.NamespaceKind: NamespaceID]

    /// - Throws: `KernelStateError` (ESRCH) when there is no such process or it may not be observed.
    package init(initProcess pid: ProcessID) throws(KernelStateError) {
        guard let state = ProcessState.read(pid, fields: [.status, .namespaces]), let namespaces = state.namespaces,
            namespaces[.pid] != nil, !state.isZombie
        else {
            throw KernelStateError(operation: "observe", object: "process \(pid)", errno: .noSuchProcess)
        }
        initProcess = state.identity
        self.namespaces = namespaces
    }

    /// Whether PID 1 of the playground is still the same living process. One that was killed is there, without a root, until all
    /// members of its namespace have been reaped, and some of those are podlab's own to reap. See pid_namespaces(7).
    package var isAlive: Bool {
        guard let state = ProcessState.read(initProcess.pid, fields: .root) else { return false }
        return state.identity == initProcess && !state.isZombie && state.root != nil
    }

    /// The root directory of the node, for lookups that cannot leave it.
    package func root() throws(KernelStateError) -> RootDirectory {
        guard let root = try RootDirectory(of: initProcess.pid) else {
            throw KernelStateError(operation: "open the root of", object: "the playground", errno: .noSuchProcess)
        }
        return root
    }

    /// A directory of the node, opened as a root of its own; nil when the path leads to no directory inside the node.
    package func directory(_ path: String) throws(KernelStateError) -> RootDirectory? {
        let node = try root()
        return try node.directory(at: FilePath(path))
    }

    /// Every process of the playground: the members of its pid namespace and of those nested in it. Zombies are left
    /// out: they have no root, no executable and no namespaces any more.
    package func processes(fields: ProcessFields = .all) throws(KernelStateError) -> ProcessTable {
        guard let pidNamespace = namespaces[.pid] else { return ProcessTable([]) }
        let table = try ProcessTable.within(pidNamespace, fields: fields)
        return ProcessTable(table.all.filter { !$0.isZombie })
    }

    /// The zombies of the playground, with what is left of them: number, name, parent, numbers in pid namespaces.
    package func zombies() throws(KernelStateError) -> [ProcessState] {
        guard let pidNamespace = namespaces[.pid] else { return [] }
        return try ProcessTable.zombies(within: pidNamespace)
    }
}
