// A pty of the playground's own devpts, held from outside by both ends.

import CIsolation
import Glibc
import KernelState
import SystemPackage

/// Both ends of a pty. The slave is held open as well, so that the terminal outlives whoever sits on it, and because
/// only polling the slave tells whether typed input has been read. See pty(7), ioctl_tty(2).
package final class PseudoTerminal {
    package let master: Int32
    package let slave: Int32
    /// The terminal as /proc names it.
    package let identity: Terminal

    /// Opens a new pty in a playground. The path is resolved inside the playground's root and never out of it.
    package init(in node: NodeView, rows: UInt16 = 24, columns: UInt16 = 120) throws(TerminalError) {
        let root = open("/proc/\(node.initProcess.pid)/root", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw .system(operation: "open the playground's root", errno: errno) }
        defer { close(root) }
        let master = iso_openat2(
            root, "dev/pts/ptmx", UInt64(O_RDWR | O_NOCTTY | O_NONBLOCK), 0,
            UInt64(ISO_RESOLVE_IN_ROOT | ISO_RESOLVE_NO_MAGICLINKS))
        guard master >= 0 else { throw .system(operation: "open /dev/pts/ptmx in the playground", errno: -master) }
        guard iso_pty_number(master) >= 0, iso_pty_unlock(master) >= 0 else {
            close(master)
            throw .system(operation: "use /dev/pts/ptmx of the playground as a terminal", errno: ENOTTY)
        }
        let slave = iso_pty_peer(master)
        guard slave >= 0, let identity = Terminal(descriptor: slave) else {
            close(master)
            throw .system(
                operation: "open the other side of the playground's terminal", errno: slave < 0 ? -slave : ENOTTY)
        }
        self.master = master
        self.slave = slave
        self.identity = identity
        resize(rows: rows, columns: columns)
    }

    deinit {
        close(master)
        close(slave)
    }

    package func resize(rows: UInt16, columns: UInt16) {
        _ = iso_set_window_size(master, rows, columns)
    }

    /// Whether typed input lies unread. Polling the slave first flushes what was written to the master into the line
    /// discipline, so that "no" means that somebody has read it, not that it is still under way.
    package var hasUnreadInput: Bool { iso_poll(slave, Int32(POLLIN), 0) & Int32(POLLIN) != 0 }

    /// The foreground process group by its number on the host; nil when there is none.
    package var foregroundGroup: ProcessID? {
        let group = iso_foreground_group(master)
        return group > 0 ? ProcessID(group) : nil
    }

    /// How a typed character comes back.
    package enum Echo { case byKernel, byReader, none }

    /// Who echoes what is typed now: the line discipline, or a program such as readline that reads character by
    /// character and draws the line itself.
    package var echo: Echo {
        var settings = termios()
        guard tcgetattr(slave, &settings) == 0 else { return .none }
        if settings.c_lflag & tcflag_t(ICANON) == 0 { return .byReader }
        return settings.c_lflag & tcflag_t(ECHO) != 0 ? .byKernel : .none
    }

    /// What has been printed and not yet taken; empty when there is nothing just now.
    package func read(limit: Int = 65_536) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = Glibc.read(master, &buffer, limit)
        return count > 0 ? Array(buffer[..<count]) : []
    }

    /// Types bytes. A full buffer (nobody reads) ends with EAGAIN after `milliseconds`.
    package func write(_ bytes: some Collection<UInt8>, milliseconds: Int64 = 2000) throws(TerminalError) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(master, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                guard iso_poll(master, Int32(POLLOUT), milliseconds) & Int32(POLLOUT) != 0 else {
                    throw .system(operation: "type into the playground's terminal", errno: EAGAIN)
                }
            } else if errno != EINTR {
                throw .system(operation: "type into the playground's terminal", errno: errno)
            }
        }
    }
}

/// `EPERM (Operation not permitted)`.
func errnoText(_ number: Int32) -> String {
    let errno = Errno(rawValue: number)
    return "\(errno.name) (\(errno))"
}
