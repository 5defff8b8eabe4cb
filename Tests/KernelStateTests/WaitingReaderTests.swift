// Who waits for a terminal's input: read on the terminal, elsewhere, in poll, and not while working.

import Glibc
import Synchronization
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

/// A thread that polls a pipe, again and again, and in between keeps a terminal where the array of descriptors is.
private final class Fickle: Sendable {
    private let slave: Int32
    private let pipe: (read: Int32, write: Int32)
    private let rounds = Atomic(0)
    private let isOver = Atomic(false)
    private let thread = Mutex(pthread_t())

    init(_ slave: Int32) throws {
        self.slave = slave
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw Errno(rawValue: errno) }
        pipe = (ends[0], ends[1])
        let failure = thread.withLock { thread in
            pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    Unmanaged<Fickle>.fromOpaque(argument).takeRetainedValue().turn()
                    return nil
                }, Unmanaged.passRetained(self).toOpaque())
        }
        guard failure == 0 else { throw Errno(rawValue: failure) }
    }

    var count: Int { rounds.load(ordering: .relaxed) }

    func end() {
        isOver.store(true, ordering: .relaxed)
        _ = thread.withLock { pthread_join($0, nil) }
        close(pipe.read)
        close(pipe.write)
    }

    private func turn() {
        let polled = UnsafeMutablePointer<pollfd>.allocate(capacity: 1)
        defer { polled.deallocate() }
        while !isOver.load(ordering: .relaxed) {
            let round = rounds.add(1, ordering: .relaxed).newValue
            polled.pointee = pollfd(fd: pipe.read, events: Int16(POLLIN), revents: 0)
            poll(polled, 1, Int32(round % 2) + 1)
            polled.pointee.fd = slave
            let start = clock()
            while clock() < start + 300 {}
        }
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

    @Test("a glance tells of a reader that it may wait, and of others that they do not, until they have ended")
    func glance() throws {
        let pty = try TestTerminal()
        let terminal = try pty.terminal()
        var process: TestProcess? = try TestProcess("sh", "-c", "exec cat <\(pty.slavePath)")
        let reader = try #require(process).pid
        let waiter = try TestProcess("sleep", "1000")
        #expect(eventually { WaitingReader.isWaitingForInput(reader, terminal: terminal) })
        let group = try #require(ProcessState.read(reader, fields: [])).stat.processGroup
        let other = try #require(ProcessState.read(waiter.pid, fields: [])).stat.processGroup
        guard let atReader = ProcessGlance(reader), let atWaiter = ProcessGlance(waiter.pid) else {
            Issue.record("a process of this test cannot be looked at")
            return
        }
        #expect(atReader.mayWait(in: group) == true)
        #expect(atReader.mayWait(in: ProcessID(group.rawValue + 1)) == false)
        #expect(eventually { atWaiter.mayWait(in: other) == false })
        kill(reader.rawValue, SIGSTOP)
        #expect(eventually { atReader.mayWait(in: group) == false })
        kill(reader.rawValue, SIGCONT)
        #expect(eventually { atReader.mayWait(in: group) == true })
        // It is killed and reaped.
        process = nil
        #expect(atReader.mayWait(in: group) == nil)
        #expect(process == nil)
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

    @Test("who polls something else, and works in between, is never taken for one who waits for the terminal")
    func fickle() throws {
        let pty = try TestTerminal()
        let terminal = try pty.terminal()
        let slave = open(pty.slavePath, O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { close(slave) }
        let fickle = try Fickle(slave)
        defer { fickle.end() }
        let deadline = ContinuousClock.now + Deadline.duration
        var mistaken = 0
        while fickle.count < 1500, ContinuousClock.now < deadline {
            if WaitingReader.isWaitingForInput(ProcessID(getpid()), terminal: terminal) { mistaken += 1 }
        }
        #expect(mistaken == 0 && fickle.count >= 1500)
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
