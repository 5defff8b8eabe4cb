// Who waits for a terminal's input: read on the terminal, elsewhere, in poll, and not while working.

import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import KernelState

/// A pseudo-terminal for one test.
private final class TestTerminal {
    let master: Int32
    let slavePath: String

    init() throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var unlocked: Int32 = 0
        var number: Int32 = 0
        // TIOCSPTLCK and TIOCGPTN, ioctl_tty(2)
        guard master >= 0, ioctl(master, 0x4004_5431, &unlocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
            throw Errno(rawValue: errno)
        }
        slavePath = "/dev/pts/\(number)"
    }
    deinit { close(master) }

    func terminal() throws -> Terminal {
        let slave = open(slavePath, O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(slave) }
        return try #require(Terminal(descriptor: slave))
    }
}

@Suite struct WaitingReaderTests {
    /// Waits for a state that the kernel reports.
    private func eventually(_ condition: () -> Bool) -> Bool {
        let deadline = ContinuousClock.now + Deadline.duration
        while ContinuousClock.now < deadline {
            if condition() { return true }
            poll(nil, 0, 2)
        }
        return false
    }

    @Test("a process that reads from the terminal waits for input; one that reads from a pipe does not")
    func reading() throws {
        let pty = try TestTerminal()
        let terminal = try pty.terminal()
        let reader = try TestProcess("sh", "-c", "exec cat <\(pty.slavePath)")
        let other = try TestProcess("sh", "-c", "exec 3<\(pty.slavePath); echo up; exec cat")
        #expect(eventually { WaitingReader.isWaitingForInput(reader.pid, terminal: terminal) })
        _ = try other.readSome()
        #expect(eventually { ProcessState.read(other.pid)?.comm == "cat" })
        #expect(!WaitingReader.isWaitingForInput(other.pid, terminal: terminal))
        let elsewhere = Terminal(number: terminal.number, identity: FileIdentity(device: terminal.number, inode: 1))
        #expect(!WaitingReader.isWaitingForInput(reader.pid, terminal: elsewhere))
    }

    @Test("a stopped reader does not wait for input until it is continued")
    func stopped() throws {
        let pty = try TestTerminal()
        let terminal = try pty.terminal()
        let reader = try TestProcess("sh", "-c", "exec cat <\(pty.slavePath)")
        #expect(eventually { WaitingReader.isWaitingForInput(reader.pid, terminal: terminal) })
        kill(reader.pid.rawValue, SIGSTOP)
        #expect(eventually { !WaitingReader.isWaitingForInput(reader.pid, terminal: terminal) })
        kill(reader.pid.rawValue, SIGCONT)
        #expect(eventually { WaitingReader.isWaitingForInput(reader.pid, terminal: terminal) })
    }

    static let hasBash = access("/bin/bash", X_OK) == 0

    @Test(
        "bash at its prompt, which waits in select, waits for input; while a command runs it does not",
        .enabled(if: hasBash))
    func promptOfBash() throws {
        let pty = try TestTerminal()
        let terminal = try pty.terminal()
        let shell = try TestProcess(
            "setsid", "-w", "bash", "--norc", "-c",
            "exec bash --norc -i <>\(pty.slavePath) >&0 2>&0")
        func bash() -> ProcessState? {
            ([ProcessState.read(shell.pid)].compactMap { $0 }
                + ((try? ProcessTable.read())?.descendants(of: shell.pid) ?? [])).last { $0.comm == "bash" }
        }
        #expect(eventually { bash().map { WaitingReader.isWaitingForInput($0.pid, terminal: terminal) } ?? false })
        let typed = Array("sleep 1000\n".utf8)
        #expect(write(pty.master, typed, typed.count) == typed.count)
        #expect(eventually { bash().map { !WaitingReader.isWaitingForInput($0.pid, terminal: terminal) } ?? false })
        for process in (try ProcessTable.read()).descendants(of: shell.pid).reversed() {
            kill(process.pid.rawValue, SIGKILL)
        }
    }

    @Test("a process that is gone does not wait")
    func gone() {
        let terminal = Terminal(number: DeviceNumber(major: 136, minor: 0))
        #expect(!WaitingReader.isWaitingForInput(ProcessID(0x3fff_fff0), terminal: terminal))
    }
}
