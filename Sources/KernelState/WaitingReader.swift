// Does a process stand and wait for input from a terminal? The kernel knows: /proc/PID/task/TID/syscall.

import CNetlink
import Glibc
import Linux
import SystemPackage

/// Which terminal is meant.
package struct Terminal: Hashable, Sendable {
    /// `st_rdev` of the slave side, such as 136:0.
    package let number: DeviceNumber
    /// Device and inode of the slave's file. Every devpts instance has its own 136:0, so the number alone is
    /// ambiguous between the machine's terminals and a playground's.
    package let identity: FileIdentity?

    package init(number: DeviceNumber, identity: FileIdentity? = nil) {
        self.number = number
        self.identity = identity
    }

    /// The terminal that an open descriptor of its slave side is; nil when it is not a character device.
    package init?(descriptor: Int32) {
        guard case .success(let facts) = RawStat.read(descriptor), facts.format == S_IFCHR else { return nil }
        self.init(number: facts.special, identity: facts.identity)
    }
}

/// The user namespace that whoever is looked at is in, or is below. The kernel tells what a process waits for only to who may
/// trace it: for a process with another user's id that is the owner of its user namespace, once it is in there. A look is taken by a
/// child that goes in, reads one file and ends, and is in no pid namespace but this one: nobody inside sees it.
package final class UserNamespaceEntry: Sendable {
    let descriptor: Descriptor

    /// The namespace of a process; nil when it is gone, or this user may not know.
    package init?(of process: ProcessID) {
        let raw = open("/proc/\(process)/ns/user", O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { return nil }
        descriptor = Descriptor(taking: raw)
    }

    /// At most `size` bytes of a file below a directory, by one read; nil when it may not be read.
    func read(_ path: String, at directory: Int32, from offset: UInt64 = 0, size: Int) -> [UInt8]? {
        var result: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            result = cnl_read_in(
                descriptor.raw, directory, path, Int64(bitPattern: offset), buffer.baseAddress, size)
            count = max(0, Int(result))
        }
        return result < 0 ? nil : bytes
    }

    /// Format, identity and device number of what a path below a directory leads to.
    func look(_ path: String, at directory: Int32) -> (format: mode_t, identity: FileIdentity, special: DeviceNumber)? {
        var file = cnl_file()
        guard cnl_look_in(descriptor.raw, directory, path, &file) == 0 else { return nil }
        return (
            mode_t(file.mode) & S_IFMT,
            FileIdentity(
                device: DeviceNumber(major: file.device.0, minor: file.device.1), inode: file.inode),
            DeviceNumber(major: file.special.0, minor: file.special.1)
        )
    }
}

/// Reads whether processes wait for a terminal's input.
package enum WaitingReader {
    /// True when some thread of `pid` is blocked in read, readv, poll, select or epoll_wait (or their variants) on this terminal. False
    /// as well when the process is gone, is stopped, or when this user may not know (that needs ptrace access).
    ///
    /// For poll, select and epoll the descriptors waited on are read from the process; where that is not allowed,
    /// any descriptor up to 9 that is this terminal counts.
    /// - Parameter entry: from where to look at a process that is not for this user to look at.
    package static func isWaitingForInput(
        _ pid: ProcessID, terminal: Terminal, from entry: UserNamespaceEntry? = nil, in proc: borrowing ProcFileSystem
    ) -> Bool {
        guard let folder = proc.process(pid) else { return false }
        let threads = folder.entries("task") ?? []
        // One that this user may trace is looked at from here.
        let isOpen = entry == nil || folder.contents("syscall", limit: 512) != nil
        let waiting = WaitingThreads(folder: folder, terminal: terminal, entry: isOpen ? nil : entry)
        for thread in threads.prefix(4096) {
            guard let number = thread.number(as: pid_t.self) else { continue }
            if waiting.contains(number) { return true }
        }
        return false
    }

    /// The same, through the /proc at hand.
    package static func isWaitingForInput(
        _ pid: ProcessID, terminal: Terminal, from entry: UserNamespaceEntry? = nil
    ) -> Bool {
        guard let proc = try? ProcFileSystem() else { return false }
        return isWaitingForInput(pid, terminal: terminal, from: entry, in: proc)
    }
}

/// One look at the threads of one process.
private struct WaitingThreads: ~Copyable {
    let folder: ProcessFolder
    let terminal: Terminal
    /// Nil where this user may look.
    let entry: UserNamespaceEntry?

    init(folder: consuming ProcessFolder, terminal: Terminal, entry: UserNamespaceEntry?) {
        self.folder = folder
        self.terminal = terminal
        self.entry = entry
    }

    /// A file that only those may read who may trace the process.
    private func contents(_ name: String, limit: Int) -> [UInt8]? {
        guard let entry else { return folder.contents(name, limit: limit) }
        return entry.read(name, at: folder.descriptor.raw, size: limit)
    }

    /// What it waits for is read piece by piece: which call, with which arguments, what of its memory these point at, what its descriptors
    /// are. If it goes on between two of these looks they do not belong together, and a process that waits for something else may seem to wait
    /// for the terminal. So who seems to wait is looked at once more, and counts if it has not slept anew meanwhile: the kernel counts that.
    func contains(_ thread: pid_t) -> Bool {
        guard seems(thread) else { return false }
        for _ in 0..<3 {
            guard let before = sleeps(of: thread), seems(thread) else { return false }
            if sleeps(of: thread) == before { return true }
        }
        return false
    }

    /// How often a thread has given up the processor of its own accord. See proc_pid_status(5).
    private func sleeps(of thread: pid_t) -> [UInt8]? {
        let key = Array("voluntary_ctxt_switches:".utf8)
        return folder.contents("task/\(thread)/status", limit: 8192)?.split(separator: UInt8(ascii: "\n"))
            .first { $0.starts(with: key) }.map(Array.init)
    }

    private func seems(_ thread: pid_t) -> Bool {
        guard let text = contents("task/\(thread)/syscall", limit: 512),
            let state = SystemCallState(parsing: text), let call = WaitingCall(state),
            // A stopped process stands in its call too, but reads nothing until it is continued.
            let line = folder.contents("task/\(thread)/stat", limit: 4096),
            let stat = ProcessStat(parsing: line), stat.state == "S"
        else { return false }
        switch call {
        case .read(let descriptor):
            return isTerminal(descriptor, stat)
        case .poll(let address, let count):
            return polled(address, count)?.contains { isTerminal($0, stat) } ?? anyIsTerminal(stat)
        case .perhapsPoll(let address, let count):
            return polled(address, count)?.contains { isTerminal($0, stat) } ?? false
        case .select(let address, let count):
            return selected(address, count)?.contains { isTerminal($0, stat) } ?? anyIsTerminal(stat)
        case .epoll(let descriptor):
            return watched(descriptor)?.contains { isTerminal($0, stat) } ?? anyIsTerminal(stat)
        }
    }

    private func isTerminal(_ descriptor: Int32, _ stat: ProcessStat) -> Bool {
        guard descriptor >= 0, let facts = look("fd/\(descriptor)"), facts.format == S_IFCHR else { return false }
        // /dev/tty stands for the process's own controlling terminal.
        if facts.special == DeviceNumber(major: 5, minor: 0) { return stat.terminal == terminal.number }
        return facts.special == terminal.number && (terminal.identity.map { $0 == facts.identity } ?? true)
    }

    private func look(_ name: String) -> (format: mode_t, identity: FileIdentity, special: DeviceNumber)? {
        if let entry { return entry.look(name, at: folder.descriptor.raw) }
        return folder.stat(name).map { ($0.format, $0.identity, $0.special) }
    }

    private func anyIsTerminal(_ stat: ProcessStat) -> Bool { (0...9).contains { isTerminal($0, stat) } }

    /// The descriptors of a `struct pollfd` array that are polled for input.
    private func polled(_ address: UInt64, _ count: UInt64) -> [Int32]? {
        guard count <= 1024, let bytes = memory(address, Int(count) * 8) else { return nil }
        return stride(from: 0, to: bytes.count, by: 8).compactMap { place in
            let events = Int16(bytes[place + 4]) | Int16(bytes[place + 5]) << 8
            guard events & Int16(POLLIN | POLLRDNORM | POLLPRI) != 0 else { return nil }
            return (0..<4).reduce(Int32(0)) { $0 | Int32(bitPattern: UInt32(bytes[place + $1]) << (8 * UInt32($1))) }
        }
    }

    /// The descriptors of an `fd_set`.
    private func selected(_ address: UInt64, _ count: UInt64) -> [Int32]? {
        guard address != 0 else { return [] }  // no set of descriptors to read from
        guard count <= 65_536, let bytes = memory(address, (Int(count) + 7) / 8) else { return nil }
        return (0..<Int32(count)).filter { number in
            let bit = UInt8(1) << UInt8(number % 8)
            return bytes[Int(number / 8)] & bit != 0
        }
    }

    /// The descriptors that an epoll instance watches, from `tfd:` lines. See proc_pid_fdinfo(5).
    private func watched(_ descriptor: Int32) -> [Int32]? {
        guard let text = contents("fdinfo/\(descriptor)", limit: entry == nil ? 1 << 20 : 1 << 12) else { return nil }
        return text[...].lines.compactMap { line in
            let words = line.words
            guard words.count >= 2, words[0].elementsEqual("tfd:".utf8) else { return nil }
            return words[1].number(as: Int32.self)
        }
    }

    /// Exactly `count` bytes of the process's memory, or nil. See proc_pid_mem(5).
    private func memory(_ address: UInt64, _ count: Int) -> [UInt8]? {
        if count == 0 { return [] }
        if let entry {
            let bytes = entry.read("mem", at: folder.descriptor.raw, from: address, size: count)
            return bytes?.count == count ? bytes : nil
        }
        let raw = openat(folder.descriptor.raw, "mem", O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else { return nil }
        let file = Descriptor(taking: raw)
        guard let bytes = file.read(at: address, count: count), bytes.count == count else { return nil }
        return bytes
    }
}
