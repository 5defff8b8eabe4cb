// Whose processes a proc file system lists: each one belongs to the pid namespace that it was mounted in.

import Glibc
import Linux
import SystemPackage

/// A proc file system that was found inside a root.
package struct ProcView: Sendable, Equatable {
    /// The device of the file system, as mountinfo(5) has it.
    package let device: DeviceNumber
    /// The pid namespace that it belongs to: that of the process which is number 1 in it. Nil when that one has ended or may
    /// not be looked at.
    package let pidNamespace: NamespaceID?
    /// The numbers that it lists, ascending.
    package let numbers: [ProcessID]
}

extension RootDirectory {
    /// The proc file system at a path inside this root; nil when there is none. The caller compares `device` with mountinfo,
    /// because a folder can be made to look like one. See pid_namespaces(7).
    package borrowing func procView(at path: FilePath) throws(KernelStateError) -> ProcView? {
        guard let folder = try directory(at: path) else { return nil }
        let proc: ProcFileSystem
        do {
            proc = try ProcFileSystem(path: "/proc/self/fd/\(folder.descriptor.raw)")
        } catch {
            // ESRCH: it is the folder of one process, which has ended.
            if error.errno.rawValue == ENODEV || error.errno.rawValue == ESRCH { return nil }
            throw error
        }
        let first = proc.process(1)?.stat("ns/pid")
        return ProcView(
            device: folder.identity.device,
            pidNamespace: first.map {
                NamespaceID(kind: .pid, device: $0.identity.device, inode: $0.identity.inode)
            },
            numbers: try proc.processNumbers().sorted())
    }
}
