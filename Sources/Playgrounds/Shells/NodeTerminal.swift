// A new pty of a playground. Whoever opens shells speaks of ptys and of what is wrong with them, so those come with LabKit.

import CIsolation
import Glibc
import KernelState
import Terminals

extension PseudoTerminal {
    /// Opens a new pty in a playground. The path is resolved inside the playground's root and never out of it.
    package convenience init(in node: NodeView, rows: UInt16 = 24, columns: UInt16 = 120) throws(TerminalError) {
        let root = open("/proc/\(node.initProcess.pid)/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw .system(operation: "open the playground's root", errno: errno) }
        defer { close(root) }
        let master = iso_openat2(
            root, "dev/pts/ptmx", UInt64(O_RDWR | O_NOCTTY | O_NONBLOCK), 0,
            UInt64(ISO_RESOLVE_IN_ROOT | ISO_RESOLVE_NO_MAGICLINKS))
        guard master >= 0 else { throw .system(operation: "open /dev/pts/ptmx in the playground", errno: -master) }
        try self.init(master: master, rows: rows, columns: columns)
    }
}
