// A new pty of a playground. Whoever opens shells speaks of ptys and of what is wrong with them, so those come with LabKit.

import Glibc
import KernelState
import Linux
import SystemPackage
import Terminals

extension PseudoTerminal {
    /// Opens a new pty in a playground. The path is resolved inside the playground's root and never out of it.
    package convenience init(in node: NodeView, rows: UInt16 = 24, columns: UInt16 = 120) throws(TerminalError) {
        let master: Descriptor
        do throws(SystemError) {
            let root = try Descriptor.root(ofProcess: node.initProcess.pid.rawValue)
            master = try .open(
                "dev/pts/ptmx", inRoot: root.raw, flags: O_RDWR | O_NOCTTY | O_NONBLOCK,
                object: "/dev/pts/ptmx in the playground")
        } catch {
            throw .system(operation: "\(error.operation) \(error.object)", errno: error.errno.rawValue)
        }
        try self.init(master: master.released(), rows: rows, columns: columns)
    }
}
