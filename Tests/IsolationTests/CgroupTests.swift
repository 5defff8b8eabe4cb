// Cgroups on the machine at hand, as root or with a delegated subtree: made, limited, frozen, killed, removed.

import CIsolation
import Foundation
import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Isolation

/// A cgroup for one test, below what is delegated; removed at its end.
private func withCgroup(_ body: (Cgroup) throws -> Void) throws {
    guard case .granted(let parent) = CgroupDelegation.find() else { return }
    try parent.makeRoom()
    let cgroup = try parent.child("test-\(getpid())-\(UInt32.random(in: 0 ... .max))")
    defer {
        try? cgroup.kill()
        try? cgroup.remove()
        if geteuid() == 0 { for part in parent.parts { part.removeIfEmpty() } }
    }
    try body(cgroup)
}

private let isDelegated: Bool =
    if case .granted = CgroupDelegation.find() { true } else { false }

/// podlab hands out no freezer of v1, and v2 is not handed out where it has none of the controllers that labs use.
private let canFreeze: Bool =
    if case .granted(let parent) = CgroupDelegation.find() {
        parent.parts.contains { $0.version == .v2 } || parent.part(for: .freezer) != nil
    } else { false }

private let freezer = CgroupLayout.current().hierarchies.first {
    $0.version == .v1 && $0.controllers.contains(.freezer) && !$0.isReadOnly
}

private func sleeper(in cgroup: Cgroup) throws -> Child {
    try Plan(cgroup.joining + [.execute("sleep", arguments: ["sleep", "1000"])]).start(StartOptions(streams: .null))
}

/// A shell script in a cgroup, and the end of a pipe on which it speaks.
private func speaker(in cgroup: Cgroup, _ script: String) throws -> (child: Child, said: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(iso_pipe(&ends) == 0)
    defer { close(ends[1]) }
    var streams = StandardStreams.null
    streams.output = .descriptor(ends[1])
    do {
        return (try Plan(cgroup.joining + [sh(script)]).start(StartOptions(streams: streams)), ends[0])
    } catch {
        close(ends[0])
        throw error
    }
}

@Suite("Cgroups", .serialized, .enabled(if: isDelegated, "for root, or a user to whom cgroups are delegated"))
struct CgroupTests {
    @Test("memory is limited in whole pages, and the kernel's value comes back")
    func rounding() throws {
        try withCgroup { cgroup throws in
            let page = UInt64(sysconf(Int32(_SC_PAGESIZE)))
            #expect(try cgroup.set(.memoryMaximum(10 * page + 17)) == .memoryMaximum(10 * page))
            #expect(try cgroup.set(.memoryMaximum(nil)) == .memoryMaximum(nil))
            // More than any machine has: the kernel takes it as no limit.
            #expect(try cgroup.set(.memoryMaximum(.max / 2)) == .memoryMaximum(nil))
        }
    }

    @Test("raising and lowering memory and swap, in any order")
    func swap() throws {
        try withCgroup { cgroup throws in
            guard let part = cgroup.part(for: .memory),
                part.has("memory.swap.max") || part.has("memory.memsw.limit_in_bytes")
            else { return }
            try cgroup.set(.memoryMaximum(32 << 20))
            #expect(try cgroup.set(.swapMaximum(0)) == .swapMaximum(0))
            #expect(try cgroup.set(.memoryMaximum(64 << 20)) == .memoryMaximum(64 << 20))
            #expect(try cgroup.set(.swapMaximum(8 << 20)) == .swapMaximum(8 << 20))
            #expect(try cgroup.set(.memoryMaximum(16 << 20)) == .memoryMaximum(16 << 20))
        }
    }

    @Test("processor time and tasks")
    func others() throws {
        try withCgroup { cgroup throws in
            #expect(try cgroup.set(.tasksMaximum(7)) == .tasksMaximum(7))
            if cgroup.controllers.contains(.cpu) {
                #expect(try cgroup.set(.cpuQuota(20_000)) == .cpuQuota(20_000, period: 100_000))
                #expect(try cgroup.set(.cpuQuota(nil)) == .cpuQuota(nil, period: 100_000))
                #expect(try cgroup.set(.cpuWeight(100)) == .cpuWeight(100))
            }
        }
    }

    @Test("a limit of nonsense is an error that names the limit")
    func nonsense() throws {
        try withCgroup { cgroup throws in
            let error = #expect(throws: IsolationError.self) { try cgroup.set(.tasksMaximum(0)) }
            #expect(error?.operation.hasPrefix("set pids.max of ") == true)
            #expect(error?.errno == .invalidArgument)
            guard let part = cgroup.part(for: .memory) else { return }
            #expect(throws: IsolationError.self) { try part.write("memory.limit", "1") }
            #expect(throws: IsolationError.self) { try part.child("a/b") }
        }
    }

    @Test("a child is born in it, and killed with whatever it forks")
    func kill() throws {
        try withCgroup { cgroup throws in
            // A shell that forks all the time, and says so: none of its children may escape.
            let (child, said) = try speaker(in: cgroup, "while :; do sleep 1000 & echo; sleep 0.01; done")
            defer {
                child.close()
                close(said)
            }
            let part = try #require(cgroup.part(for: .pids))
            var byte: UInt8 = 0
            for _ in 0..<4 { try #require(read(said, &byte, 1) == 1) }
            #expect(try part.processes().count >= 4)
            #expect(try part.processes().contains(child.pid))
            try cgroup.kill()
            #expect(try child.wait(for: .seconds(5)) == .signaled(SIGKILL))
            // Whoever is still listed is ending: its pidfd tells when.
            let deadline = ContinuousClock.now + Deadline.duration
            while let member = try part.processes().first, ContinuousClock.now < deadline {
                let pidfd = iso_pidfd_open(member)
                guard pidfd >= 0 else { continue }
                _ = iso_poll(pidfd, Int32(POLLIN), 1000)
                close(pidfd)
            }
            #expect(try part.processes().isEmpty)
            try cgroup.remove()
            #expect(access(part.path, F_OK) != 0)
        }
    }

    @Test("what is frozen stands still until it is thawed", .enabled(if: canFreeze, "nothing at hand can freeze"))
    func freeze() throws {
        try withCgroup { cgroup throws in
            let (child, said) = try speaker(in: cgroup, "trap 'exit 7' USR1; echo; while :; do sleep 0.01; done")
            defer {
                child.close()
                close(said)
            }
            var byte: UInt8 = 0
            try #require(read(said, &byte, 1) == 1)
            try cgroup.freeze()
            // The handler cannot run as long as nothing does.
            try child.signal(SIGUSR1)
            #expect(try child.wait(for: .milliseconds(50)) == nil)
            try cgroup.thaw()
            #expect(try child.wait(for: .seconds(5)) == .exited(7))
        }
    }

    @Test("the freezer of v1 is in no cgroup that is handed out")
    func noFreezer() throws {
        try withCgroup { cgroup throws in
            #expect(cgroup.parts.allSatisfy { !$0.has("freezer.state") })
            #expect(!CgroupDelegation.wanted.contains(.freezer))
        }
    }

    @Test(
        "who is frozen in a freezer of podlab's, and in one below it, is killed and reaped all the same",
        .enabled(if: isRoot && freezer != nil, "as root, where the freezer of cgroup v1 is mounted"))
    func frozenChild() throws {
        let hierarchy = try #require(freezer)
        let root = try #require(hierarchy.folder(of: hierarchy.mountedRoot))
        let own = try CgroupDirectory(at: root, in: hierarchy).child(CgroupDelegation.folder(of: 0))
        defer { own.removeIfEmpty() }
        let upper = try own.child("test-\(getpid())-\(UInt32.random(in: 0 ... .max))")
        let lower = try upper.child("below")
        defer { try? upper.remove() }
        for isByCgroup in [false, true] {
            let child = try Plan([
                .joinCgroup(.descriptor(lower.descriptor)), .execute("sleep", arguments: ["sleep", "1000"]),
            ]).start(StartOptions(streams: .null))
            try lower.freeze()
            try upper.freeze()
            if isByCgroup {
                try upper.kill()
                #expect(try child.wait(for: .seconds(5)) == .signaled(SIGKILL))
            } else {
                #expect(child.close())
            }
            try upper.thaw()
            try lower.thaw()
        }
    }

    /// What a plan's program, which is its last step, prints.
    private func printed(by steps: [Step]) throws -> String {
        let output = try Plan(steps).output(patience: .seconds(10))
        return output.text + output.errorText
    }

    @Test("a cgroup namespace has a root that its maker is not in, and a guarded PID 1 is born where it stays")
    func namespaceRoot() throws {
        try withCgroup { cgroup throws in
            guard let part = cgroup.parts.first(where: { $0.version == .v2 }) else { return }
            let root = try part.child("root")
            let node = try root.child("node")
            let mine = sh("grep ^0: /proc/self/cgroup")
            // Seen from its root, where this test is lies above.
            let above = try printed(by: [
                .unshare([.user]), .mapIDs(.automatic), .unshareCgroup(root: root.descriptor), mine,
            ])
            #expect(above.hasPrefix("0::/..") && !above.contains("root"), "\(above)")
            #expect(try root.processes().isEmpty)
            var pair: [Int32] = [-1, -1]
            try #require(iso_socket_pair(&pair) == 0)
            defer { for end in pair { close(end) } }
            let below = try printed(by: [
                .unshare([.user, .pid]), .mapIDs(.automatic), .guarded(control: pair[1], cgroup: node.descriptor),
                .unshareCgroup(root: root.descriptor), .unshare([.mount]), .setCredentials(), .setPropagation(.private),
                .mount(.proc, on: "/proc"), mine,
            ])
            #expect(below == "0::/node\n")
            let none = try #require(Optional(open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)))
            defer { close(none) }
            let step = Step.unshareCgroup(root: none)
            let error = #expect(throws: IsolationError.self) {
                try Plan([.unshare([.user]), .mapIDs(.automatic), step, mine]).start(StartOptions(streams: .null))
            }
            #expect(error?.errno == .badFileDescriptor && error?.isAbout(step) == true, "\(error as Any)")
        }
    }

    @Test("a cgroup with a member is not removed, and the error names the member")
    func busy() throws {
        try withCgroup { cgroup throws in
            let child = try sleeper(in: cgroup)
            defer { child.close() }
            let error = #expect(throws: IsolationError.self) { try cgroup.remove(patience: .milliseconds(20)) }
            #expect(error?.errno == .resourceBusy)
            #expect(error?.meaning.contains("\(child.pid)") == true)
            try child.signal(SIGKILL)
            // The end of the member is what the removal waits for.
            try cgroup.remove()
        }
    }

    @Test("descendants go too, however deep")
    func deep() throws {
        try withCgroup { cgroup throws in
            guard let part = cgroup.parts.first(where: { $0.hierarchy.controllers.contains(.pids) }) else { return }
            var path = part.path
            for level in 0..<100 {
                path += "/\(level)"
                // v2 keeps the depth by cgroup.max.depth, unlimited at first.
                try #require(mkdir(path, 0o755) == 0)
                if path.utf8.count > 3900 { break }
            }
            try cgroup.remove()
            #expect(access(part.path, F_OK) != 0)
        }
    }

    @Test("a cgroup that vanished is an error when it is read, not a crash")
    func vanished() throws {
        try withCgroup { cgroup throws in
            let part = try #require(cgroup.part(for: .pids))
            try cgroup.remove()
            let error = #expect(throws: IsolationError.self) { _ = try part.read("pids.max") }
            #expect(error?.errno == .noSuchFileOrDirectory || error?.errno == Errno(rawValue: ENODEV))
            // And to remove it once more is fine.
            try cgroup.remove()
        }
    }

    @Test("killed by the kernel for its memory: counted, and the same outside lives")
    func memoryKill() throws {
        try withCgroup { cgroup throws in
            try cgroup.set(.memoryMaximum(16 << 20))
            _ = try? cgroup.set(.swapMaximum(0))
            let greedy: [Step] = [
                .execute("sh", arguments: ["sh", "-c", "head -c 64M /dev/zero | tail -c 60M | wc -c"])
            ]
            let inside = try Plan(cgroup.joining + greedy).output()
            let outside = try Plan(greedy).output()
            #expect(outside.text == "\(60 << 20)\n")
            #expect(inside.text != outside.text)
            let part = try #require(cgroup.part(for: .memory))
            let counters = try part.read(part.version == .v2 ? "memory.events" : "memory.oom_control")
            #expect(counters.contains("oom_kill 1"), "\(counters)")
        }
    }
}

@Suite("Cgroups without a delegation")
struct CgroupRefusalTests {
    @Test("the refusal names the one command that helps")
    func refusal() {
        let layout = CgroupLayout(hierarchies: [])
        guard case .refused(let reason, let command) = CgroupDelegation.find(layout: layout, user: 4_000_000) else {
            Issue.record("granted without a hierarchy")
            return
        }
        #expect(reason == "no cgroup file system is mounted")
        #expect(command == "sudo podlab doctor --delegate 4000000")
    }

    @Test("a read-only hierarchy is refused with that reason")
    func readOnly() {
        var layout = CgroupLayout.current()
        for index in layout.hierarchies.indices { layout.hierarchies[index].isReadOnly = true }
        guard case .refused(let reason, _) = CgroupDelegation.find(layout: layout) else {
            Issue.record("granted on a read-only hierarchy")
            return
        }
        #expect(layout.hierarchies.isEmpty || reason.contains("read-only"))
    }
}
