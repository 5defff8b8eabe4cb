// Real processes: who is whose child, where they are rooted, and that they may end at any moment.

import Glibc
import Linux
import SystemPackage
import TestSupport
import Testing

@testable import KernelState

@Suite struct ProcessTableTests {
    @Test("this process is in the table with its root, executable, namespaces and capabilities")
    func own() throws {
        let own = try #require(ProcessState.read(.current))
        #expect(own.parent == ProcessID(getppid()))
        #expect(own.status?.userIDs.effective == geteuid())
        #expect(own.status?.numbers.last == ProcessID(getpid()))
        #expect(own.root?.path == "/")
        #expect(own.root?.identity == (try RootDirectory(path: "/")).identity)
        #expect(own.executable?.isDeleted == false)
        #expect(own.commandLine?.isEmpty == false)
        #expect(own.namespace(.pid) == own.namespace(.pidForChildren))
        #expect(own.namespaces?.count == 10)
        for kind in NamespaceKind.allCases {
            // What is read from the link is what stands behind it.
            let path = "/proc/self/ns/\(kind.rawValue)"
            let file = try RawStat.read(AT_FDCWD, path).get().identity
            #expect(own.namespaces?[kind] == NamespaceID(kind: kind, device: file.device, inode: file.inode), "\(path)")
        }
        #expect(throws: Errno.noSuchFileOrDirectory) {
            try NamespaceID.link("/proc/self/ns/none", at: AT_FDCWD, .pid).get()
        }
        // No link of that form: followed.
        let root = try NamespaceID.link("/proc/self/root", at: AT_FDCWD, .pid).get()
        #expect(root.inode == own.root?.identity.inode)
        #expect(own.cgroups != nil)
        #expect(own.stat.startTime > 0)
    }

    @Test("a child is found under its parent, its executable by identity, and not after its end")
    func child() throws {
        let child = try TestProcess("cat")
        let table = try ProcessTable.read()
        let state = try #require(table[child.pid])
        #expect(table.children(of: .current).contains { $0.pid == child.pid })
        #expect(table.descendants(of: .current).contains { $0.pid == child.pid })
        #expect(table.ancestors(of: child.pid).first?.pid == .current)
        let program = try #require(state.executable)
        #expect(table.running(program.identity).contains { $0.pid == child.pid })
        #expect(table.rooted(at: try RootDirectory(path: "/").identity).contains { $0.pid == child.pid })
        #expect(table[state.identity] != nil)
        #expect(table[ProcessIdentity(pid: child.pid, startTime: state.identity.startTime + 1)] == nil)
        let namespace = try #require(state.namespace(.pid))
        #expect(table.number(of: child.pid, in: namespace) == child.pid)
        #expect(table.process(numbered: child.pid, in: namespace)?.pid == child.pid)
        kill(child.pid.rawValue, SIGKILL)
        waitpid(child.pid.rawValue, nil, 0)
        #expect(ProcessState.read(child.pid)?.identity != state.identity)
    }

    @Test("the mount that a root lies on is the one that mountinfo says")
    func mountID() throws {
        let own = try #require(ProcessState.read(.current, fields: [.root, .mountIDs]))
        let mount = try #require(try MountTable.read()?.mount(at: "/"))
        #expect(own.root?.identity.mountID == UInt64(mount.id))
        #expect((try RootDirectory(path: "/")).identity.mountID == UInt64(mount.id))
        #expect(ProcessState.read(.current, fields: .root)?.root?.identity.mountID == nil)
    }

    static let canUnshare: Bool = {
        let process = try? TestProcess("unshare", "-Ur", "-pf", "echo", "yes")
        return (try? process?.readToEnd()) == "yes\n"
    }()

    @Test(
        "one process has a number in each pid namespace",
        .enabled(if: canUnshare, "user namespaces are not allowed here"))
    func numbers() throws {
        let process = try TestProcess("unshare", "-Ur", "-pf", "--kill-child", "sh", "-c", "echo up; cat; true")
        _ = try process.readSome()
        let table = try ProcessTable.read()
        let shell = try #require(table.descendants(of: process.pid).first { $0.numberInside == 1 })
        let inner = try #require(shell.namespace(.pid))
        let outer = try #require(ProcessState.read(.current)?.namespace(.pid))
        #expect(inner != outer)
        #expect(table.initProcess(of: inner)?.pid == shell.pid)
        #expect(table.number(of: shell.pid, in: inner) == 1)
        #expect(table.number(of: shell.pid, in: outer) == shell.pid)
        #expect(table.number(of: .current, in: inner) == nil)
        #expect(table.members(of: inner).contains { $0.pid == shell.pid })
    }

    @Test("a deleted executable is told by its link count, not by its name")
    func deleted() throws {
        let folder = try TemporaryFolder()
        let machine = try RootDirectory(path: "/")
        for (name, isUnlinked) in [("cat (deleted)", false), ("gone", true)] {
            try folder.file(name, try machine.contents(of: "/bin/cat", limit: 1 << 22))
            let process = try TestProcess(folder.path + "/" + name)
            if isUnlinked { unlink(folder.path + "/" + name) }
            let program = try #require(ProcessState.read(process.pid, fields: .executable)?.executable)
            #expect(program.isDeleted == isUnlinked)
            #expect(program.path == FilePath(folder.path + "/" + name))
        }
    }

    @Test("processes that end during a pass are absent and nothing else happens")
    func races() throws {
        let churn = try TestProcess(
            "sh", "-c", "echo up; i=0; while [ $i -lt 400 ]; do /bin/true & i=$((i+1)); done; wait")
        _ = try churn.readSome()
        for _ in 0..<20 {
            let table = try ProcessTable.read()
            #expect(table[.current] != nil)
        }
    }

    @Test("a name that a process gives itself does not change the fields after it")
    func hostileName() throws {
        let folder = try TemporaryFolder()
        let machine = try RootDirectory(path: "/")
        try folder.file(") R 1", try machine.contents(of: "/bin/cat", limit: 1 << 22))
        let process = try TestProcess(folder.path + "/) R 1")
        let state = try #require(ProcessState.read(process.pid))
        #expect(state.comm == ") R 1")
        #expect(state.parent == .current)
    }

    @Test("a directory that is not proc is refused")
    func notProc() {
        #expect(throws: KernelStateError(operation: "open proc", object: "/tmp", errno: Errno(rawValue: ENODEV))) {
            _ = try ProcFileSystem(path: "/tmp")
        }
    }

    @Test("ancestry with cycles ends")
    func cycles() throws {
        func line(_ pid: Int, _ parent: Int) throws -> ProcessState {
            try #require(ProcessState(testing: "\(pid) (x) S \(parent) 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0"))
        }
        let table = ProcessTable([try line(2, 3), try line(3, 2), try line(4, 4)])
        #expect(table.ancestors(of: 2).map(\.pid) == [3])
        #expect(table.descendants(of: 2).map(\.pid) == [3])
        #expect(table.descendants(of: 4).isEmpty)
    }
}

@Suite struct NamespaceMemberTests {
    @Test(
        "the processes within a pid namespace are its members and those nested in it, and no others",
        .enabled(if: ProcessTableTests.canUnshare, "user namespaces are not allowed here"))
    func within() throws {
        let process = try TestProcess(
            "unshare", "-Ur", "-pf", "--kill-child", "unshare", "-pf", "--kill-child", "sh", "-c", "echo up; cat; true")
        _ = try process.readSome()
        let table = try ProcessTable.read()
        let family = table.descendants(of: process.pid)
        let outer = try #require(family.first { $0.status?.numbers.count == 2 && $0.numberInside == 1 })
        let inner = try #require(family.first { $0.status?.numbers.count == 3 && $0.numberInside == 1 })
        let namespace = try #require(outer.namespace(.pid))
        let found = Set(ProcessTable.numbers(within: namespace))
        #expect(found.isSuperset(of: [outer.pid, inner.pid]))
        #expect(!found.contains(.current))
        #expect(!found.contains(process.pid))
        // Counted again and again, it is the same, and nobody is kept who has gone.
        var census = NamespaceCensus(of: namespace)
        for _ in 1...3 { #expect(try census.numbers() == found) }
        #expect(kill(inner.pid.rawValue, SIGKILL) == 0)
        let deadline = ContinuousClock.now + Deadline.duration
        while try census.numbers().contains(inner.pid), ContinuousClock.now < deadline { poll(nil, 0, 1) }
        #expect(try !census.numbers().contains(inner.pid))
        // The inner shell has a number in the outer namespace too: it lies within.
        #expect(table.number(of: inner.pid, in: namespace) == inner.status?.numbers[1])
    }

    @Test("a directory inside a root is a root of its own")
    func directory() throws {
        let folder = try TemporaryFolder()
        folder.folders("box", "box/etc")
        folder.link("link", to: "/box")
        try folder.file("file", [])
        let root = try RootDirectory(path: FilePath(folder.path))
        guard let box = try root.directory(at: "/link") else { throw Errno.noSuchFileOrDirectory }
        #expect(box.look(at: "/etc").state?.kind == .directory)
        #expect(box.identity == root.look(at: "/box").state?.identity)
        for path in ["/none", "/file"] where try root.directory(at: FilePath(path)) != nil {
            Issue.record("\(path) is no directory")
        }
    }
}
