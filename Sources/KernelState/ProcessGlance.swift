// One process, looked at a hundred times a second.

import Glibc
import Linux

/// Tells cheaply that a process does *not* wait for a terminal, which is how nearly every look ends while a line runs: two files of /proc stay open,
/// and are read anew by one call each. They stay with this process: after its end each read says ESRCH, even when the number is used again.
package struct ProcessGlance: ~Copyable {
    private let stat: Descriptor
    private let call: Descriptor

    /// Nil when it is gone, or is not for this user to look at.
    package init?(_ pid: ProcessID) {
        guard let proc = try? ProcFileSystem(), let folder = proc.process(pid),
            let stat = folder.opened("stat"), let call = folder.opened("syscall")
        else { return nil }
        self.stat = stat
        self.call = call
    }

    /// False: it is not in this process group, or its only thread runs, is stopped or ended, or is in no call that waits for input. True: it may wait,
    /// and a closer look is due (`WaitingReader`). Nil: it has ended, or cannot be read any more.
    package func mayWait(in group: ProcessID) -> Bool? {
        guard let line = stat.read(at: 0, count: 4096), let now = ProcessStat(parsing: line) else { return nil }
        guard now.processGroup == group else { return false }
        guard now.threads == 1 else { return true }
        guard now.state == "S" else { return false }
        guard let text = call.read(at: 0, count: 512) else { return nil }
        guard let state = SystemCallState(parsing: text) else { return true }
        return WaitingCall(state) != nil
    }
}

extension ProcessFolder {
    fileprivate func opened(_ name: String) -> Descriptor? {
        let raw = openat(descriptor.raw, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        return raw < 0 ? nil : Descriptor(taking: raw)
    }
}
