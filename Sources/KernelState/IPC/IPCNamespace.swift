// An IPC namespace to look into without going there.

import CNetlink
import Glibc
import Linux
import Netlink
import SystemPackage

/// An IPC namespace, held by descriptor, with the user namespace that has to be joined first, if one has. See
/// ipc_namespaces(7).
package struct IPCNamespace: ~Copyable {
    private let ipc: Descriptor
    /// Whoever has CAP_SYS_ADMIN already joins no user namespace: its rights would end at its siblings.
    private let owner: Descriptor?
    package let id: NamespaceID
    private let isOwn: Bool

    /// The IPC namespace of a process; nil when the process is gone. EACCES: this user may not look at it.
    package static func of(_ pid: ProcessID) throws(KernelStateError) -> IPCNamespace? {
        let path = "/proc/\(pid)/ns/ipc"
        do {
            return try IPCNamespace(taking: Descriptor.open(path, flags: O_RDONLY), path)
        } catch {
            if error.errno.isGone { return nil }
            throw error
        }
    }

    private init(taking ipc: consuming Descriptor, _ path: String) throws(KernelStateError) {
        guard cnl_namespace_type(ipc.raw) == cnl_ipc_type(), case .success(let facts) = RawStat.read(ipc.raw) else {
            throw KernelStateError(operation: "open", object: path, errno: .invalidArgument)
        }
        let own = try? RawStat.read(AT_FDCWD, "/proc/thread-self/ns/ipc").get()
        isOwn = own?.identity == facts.identity
        owner = isOwn || cnl_is_administrator() == 1 ? nil : Self.owner(of: ipc.raw)
        id = NamespaceID(kind: .ipc, device: facts.identity.device, inode: facts.identity.inode)
        self.ipc = ipc
    }

    private static func owner(of ipc: Int32) -> Descriptor? {
        let raw = cnl_owner(ipc)
        guard raw >= 0 else { return nil }
        let owner = Descriptor(taking: raw)
        // Joining the user namespace that one is in is EINVAL.
        if case .success(let theirs) = RawStat.read(raw),
            case .success(let own) = RawStat.read(AT_FDCWD, "/proc/thread-self/ns/user"),
            theirs.identity == own.identity
        {
            return nil
        }
        return owner
    }

    /// A file below /proc/sysvipc as a process of this namespace sees it.
    func contents(_ name: String) throws(KernelStateError) -> [UInt8] {
        let path = "/proc/sysvipc/\(name)"
        let user: Int32
        switch owner {
        case .some(let owner): user = owner.raw
        case .none: user = -1
        }
        var failed = CNL_CREATE
        let raw = cnl_open_in_ipc(user, isOwn ? -1 : ipc.raw, path, O_RDONLY, &failed)
        guard raw >= 0 else {
            let operation =
                switch failed {
                case CNL_CLONE: "clone to read"
                case CNL_JOIN_USER: "setns to the user namespace of"
                case CNL_JOIN: "setns to"
                case CNL_KILLED: "read by a killed child"
                default: "open"
                }
            throw KernelStateError(operation: operation, object: "\(path) in \(id)", errno: Errno(rawValue: -raw))
        }
        return try Descriptor(taking: raw).read(limit: 4 << 20, object: path)
    }
}
