// A pty of the playground's own devpts, held from outside by both ends.

import CLinux
import Glibc
import KernelState
import Linux
import SystemPackage

/// Both ends of a pty. The slave is held open as well, so that the terminal outlives whoever sits on it, and because
/// only polling the slave tells whether typed input has been read. See pty(7), ioctl_tty(2).
package final class PseudoTerminal {
    private let sides: (master: SharedDescriptor, slave: SharedDescriptor)
    package var master: Int32 { sides.master.raw }
    package var slave: Int32 { sides.slave.raw }
    /// The terminal as /proc names it.
    package let identity: Terminal
    /// The window's size, as it was set last.
    package private(set) var size: (rows: UInt16, columns: UInt16) = (24, 120)
    /// The modes that it began with.
    private var first = termios()

    /// A pty whose master somebody has opened for us in a playground. It is taken over.
    package init(master: Int32, rows: UInt16 = 24, columns: UInt16 = 120) throws(TerminalError) {
        let master = SharedDescriptor(Descriptor(taking: master))
        guard iso_pty_number(master.raw) >= 0, iso_pty_unlock(master.raw) >= 0 else {
            throw .system(operation: "use /dev/pts/ptmx of the playground as a terminal", errno: ENOTTY)
        }
        let slave: SharedDescriptor
        do throws(Errno) {
            slave = try SharedDescriptor(result: iso_pty_peer(master.raw))
            guard let identity = Terminal(descriptor: slave.raw) else { throw Errno(rawValue: ENOTTY) }
            self.identity = identity
        } catch {
            throw .system(
                operation: "open the other side of the playground's terminal", errno: error.rawValue)
        }
        sides = (master, slave)
        _ = tcgetattr(slave.raw, &first)
        resize(rows: rows, columns: columns)
    }

    /// The foreground process group gets SIGWINCH where this is another size than before.
    package func resize(rows: UInt16, columns: UInt16) {
        size = (rows, columns)
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
        guard let settings = modes else { return .none }
        if settings.c_lflag & tcflag_t(ICANON) == 0 { return .byReader }
        return settings.c_lflag & tcflag_t(ECHO) != 0 ? .byKernel : .none
    }

    /// Whether input comes by lines, as the line discipline edits them.
    package var isCanonical: Bool { modes.map { $0.c_lflag & tcflag_t(ICANON) != 0 } ?? true }

    /// The characters that send signals, whoever reads. A program that has switched signals off takes the usual ones as keys.
    /// See ISIG in termios(3).
    package var signalKeys: Set<UInt8> {
        guard let modes, modes.c_lflag & tcflag_t(ISIG) != 0 else { return [0x03, 0x1a, 0x1c] }
        return keys(modes, [VINTR, VQUIT, VSUSP])
    }

    /// What Ctrl-C is for whoever reads: the character that interrupts, or the key as it is where a program has switched signals off.
    package var interruptKey: UInt8 {
        guard let modes, modes.c_lflag & tcflag_t(ISIG) != 0, let key = keys(modes, [VINTR]).first else { return 0x03 }
        return key
    }

    /// The characters that stop the output and let it go on. See IXON in termios(3).
    package var flowKeys: Set<UInt8> {
        guard let modes, modes.c_iflag & tcflag_t(IXON) != 0 else { return [] }
        return keys(modes, [VSTART, VSTOP])
    }

    private func keys(_ modes: termios, _ places: [Int32]) -> Set<UInt8> {
        // _POSIX_VDISABLE, which is 0: no key does it.
        withUnsafeBytes(of: modes.c_cc) { all in Set(places.map { all[Int($0)] }).subtracting([0]) }
    }

    private var modes: termios? {
        var modes = termios()
        return tcgetattr(slave, &modes) == 0 ? modes : nil
    }

    /// Puts the modes back that the terminal began with, if a program left others; keys that somebody chose are kept. For when
    /// the terminal's own shell is at its prompt: bash without line editing reads in whatever modes it finds.
    package func repairModes() {
        guard var now = modes else { return }
        let isSame =
            now.c_iflag == first.c_iflag && now.c_oflag == first.c_oflag && now.c_lflag == first.c_lflag
            && now.c_cflag == first.c_cflag
        guard !isSame else { return }
        (now.c_iflag, now.c_oflag, now.c_lflag, now.c_cflag) = (
            first.c_iflag, first.c_oflag, first.c_lflag, first.c_cflag
        )
        _ = tcsetattr(slave, TCSANOW, &now)
    }

    /// What has been printed and not yet taken; empty when there is nothing just now.
    package func read(limit: Int = 65_536) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, Glibc.read(master, buffer.baseAddress, limit))
        }
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
