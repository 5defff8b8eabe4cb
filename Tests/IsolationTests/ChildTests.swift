// Waiting, signalling, letting go; the two roles; the witness.

import CIsolation
import Glibc
import Isolation
import SystemPackage
import TestSupport
import Testing

@Suite("children")
struct ChildTests {
    @Test("the way a program ended is told")
    func statuses() throws {
        #expect(try Plan([sh("exit 7")]).run() == .exited(7))
        #expect(try Plan([sh("kill -TERM $$")]).run() == .signaled(SIGTERM))
    }

    @Test("a deadline passes without ending the program; a signal ends it")
    func deadline() throws {
        try withRunning([]) { child in
            #expect(try child.wait(for: .milliseconds(5)) == nil)
            try child.signal(SIGTERM)
            #expect(try child.wait() == .signaled(SIGTERM))
            try child.signal(SIGTERM)
            #expect(try child.wait(for: .zero) == .signaled(SIGTERM))
        }
    }

    @Test("a child that was let go lives on when nobody has it any more")
    func letGo() throws {
        let pid = try {
            let child = try Plan([.execute("sleep", arguments: ["sleep", "1000"])]).start(.init(streams: .null))
            child.letGo()
            child.close()
            return child.pid
        }()
        #expect(text("/proc/\(pid)/comm") == "sleep\n")
        kill(pid, SIGKILL)
        var status: Int32 = 0
        #expect(waitpid(pid, &status, 0) == pid && status & 0x7f == SIGKILL)
    }

    @Test("dropping a child ends and reaps it")
    func dropped() throws {
        var pid: Int32 = 0
        try withRunning([]) { pid = $0.pid }
        #expect(kill(pid, 0) == -1 && errno == ESRCH)
    }

    @Test("output is kept apart and bounded, and a program that takes too long is ended")
    func output() throws {
        let both = try Plan([sh("echo out; echo err >&2; exit 3")]).output()
        #expect(both.text == "out\n" && both.errorText == "err\n" && both.status == .exited(3) && !both.truncated)
        let long = try Plan([sh("head -c 300000 /dev/zero")]).output(limit: 1000)
        #expect(long.standardOutput.count == 1000 && long.truncated && long.status == .exited(0))
        let error = #expect(throws: IsolationError.self) {
            try Plan([.execute("tail", arguments: ["tail", "-f", "/dev/null"])]).output(patience: .milliseconds(50))
        }
        #expect(error?.errno == .timedOut)
        // What the program leaves running holds the pipe open; it is not waited for.
        let left = try Plan([.unshare([.user, .pid]), .mapIDs(.automatic), sh("tail -f /dev/null & echo done")])
            .output()
        #expect(left.text == "done\n")
    }

    @Test("a program that takes back what it has written does not hold up whoever reads it")
    func thief() throws {
        let start = ContinuousClock.now
        let plan = Plan([
            .openExecutable(.path(attackerProgram), as: "attacker"),
            .execute(.opened("attacker"), arguments: ["attacker", "thief"], environment: []),
        ])
        let failure = #expect(throws: IsolationError.self) { try plan.output(limit: 1024, patience: .seconds(4)) }
        #expect(failure?.errno == .timedOut)
        #expect(ContinuousClock.now - start < Deadline.duration)
    }

    @Test("a child with a parent-death signal outlives the thread that made it")
    func threadEnds() throws {
        let box = Box()
        var thread = pthread_t()
        let make: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
            guard let argument else { return nil }
            let plan: Plan = [.dieWithParent(), .execute("tail", arguments: ["tail", "-f", "/dev/null"])]
            Unmanaged<Box>.fromOpaque(argument).takeUnretainedValue().child = try? plan.start(.init(streams: .null))
            return nil
        }
        pthread_create(&thread, nil, make, Unmanaged.passUnretained(box).toOpaque())
        pthread_join(thread, nil)
        let child = try #require(box.child)
        let ended = try child.wait(for: .milliseconds(20))
        #expect(ended == nil)
        child.close()
    }

    static let doomed = "PODLAB_TEST_DOOMED"

    @Test("a child with a parent-death signal dies with the process that made it")
    func parentEnds() throws {
        // Another process makes the child and ends. The child alone holds the pipe then.
        var ends: [Int32] = [-1, -1]
        #expect(iso_pipe(&ends) == 0)
        defer { close(ends[0]) }
        let maker: Plan = [
            .duplicate(ends[1], as: 3),
            .execute(
                .path(link("/proc/self/exe")),
                arguments: ["test", "--testing-library", "swift-testing", "--filter", "makesDoomed"],
                environment: currentEnvironment() + ["\(Self.doomed)=1"]),
        ]
        let status = try maker.run(.init(streams: .null))
        close(ends[1])
        #expect(status == .exited(0))
        var bytes = [UInt8](repeating: 0, count: 16)
        #expect(read(ends[0], &bytes, bytes.count) == 1)
        #expect(iso_poll(ends[0], Int32(POLLIN), Int64(Deadline.milliseconds)) & Int32(POLLHUP) != 0)
    }

    @Test(.enabled(if: getenv(ChildTests.doomed) != nil, "runs inside the test before it"))
    func makesDoomed() throws {
        var ends: [Int32] = [-1, -1]
        #expect(iso_pipe(&ends) == 0)
        let plan: Plan = [
            .dieWithParent(), .duplicate(3, as: 3), sh("printf x | tee /dev/fd/3; exec tail -f /dev/null"),
        ]
        let child = try plan.start(.init(streams: .init(input: .null, output: .descriptor(ends[1]), error: .null)))
        var byte: [UInt8] = [0]
        #expect(read(ends[0], &byte, 1) == 1)
        _ = Unmanaged.passRetained(child)
    }

    private final class Box: @unchecked Sendable { var child: Child? }

    /// Ready when one byte has come.
    private func ready(_ control: Int32) -> Bool {
        var byte: [UInt8] = [0], none: Int32 = -1
        guard iso_poll(control, Int32(POLLIN), Int64(Deadline.milliseconds)) > 0 else { return false }
        return iso_receive(control, &byte, 1, &none) == 1 && byte[0] == UInt8(ascii: "r")
    }

    private func role(_ role: String, _ control: Int32, name: String, _ head: [Step] = []) throws -> Child {
        return try Plan(
            head + [
                .duplicate(control, as: 3),
                .execute(
                    .opened("podlab-init"), arguments: [name],
                    environment: ["PODLAB_ROLE=\(role)", "PODLAB_CONTROL=3"]),
            ]
        ).start(StartOptions(streams: .null))
    }

    @Test("the init role reaps orphans, and ends when the control socket does", .enabled(if: canSandbox, noSandbox))
    func initRole() throws {
        var pair: [Int32] = [-1, -1]
        #expect(iso_socket_pair(&pair) == 0)
        let head: [Step] = [
            .unshare([.user, .mount, .pid]), .openExecutable(as: "podlab-init"), .mapIDs(.automatic),
            .setPropagation(.private), .setCredentials(), .mount(.proc, on: "/proc"),
        ]
        let child = try role("init", pair[1], name: "podlab", head)
        defer { child.close() }
        close(pair[1])
        try #require(ready(pair[0]))
        #expect(text("/proc/\(child.pid)/comm") == "podlab-init\n")
        let entering: [Step] = [
            .join([.user, .mount, .pid], of: .process(pidfd: child.pidfd)), .setCredentials(), .enterProcessNamespace,
        ]
        // An orphan ends; when its number has gone from /proc, PID 1 has reaped it.
        let orphan = try Plan(
            entering + [
                guest(
                    "(sh -c 'exit 0' & echo $! >&3) 3>&1 | { read p; while [ -e /proc/$p ]; do :; done; echo reaped; }")
            ]
        ).output(patience: Deadline.duration)
        #expect(orphan.text == "reaped\n")
        close(pair[0])
        #expect(try child.wait(for: Deadline.duration) == .exited(0))
    }

    @Test(
        "who is root in a sandbox cannot write a program that was opened as an executable",
        .enabled(if: canSandbox, noSandbox))
    func writeThroughExe() throws {
        try withScratch { scratch in
            // A copy that belongs to the sandbox's root, who could write it by any other way.
            let copy = scratch + "/tail"
            let copied = try Plan([.execute("cp", arguments: ["cp", "/usr/bin/tail", copy])]).run()
            #expect(copied == .exited(0))
            if isRoot { chown(copy, IDMap.rootBase, IDMap.rootBase) }
            for (isolated, outcome) in [(true, -EPERM), (false, 0)] {
                let child = try Plan([
                    .unshare([.user, .mount, .pid]),
                    isolated ? .openExecutable(.path(copy), as: "tail") : .open(.path(copy), as: "tail"),
                    .mapIDs(.automatic), .setPropagation(.private), .setCredentials(),
                    .execute(.opened("tail"), arguments: ["tail", "-f", "/dev/null"]),
                ]).start(.init(streams: .null))
                // While it runs, the answer is ETXTBSY either way: so hold on to it until it has ended.
                let held = iso_openat(AT_FDCWD, "/proc/\(child.pid)/exe", Int32(ISO_OPEN_PATH), 0)
                defer { close(held) }
                child.close()
                let file = iso_openat(AT_FDCWD, "/proc/self/fd/\(held)", O_WRONLY, 0)
                // Who may open it for writing cannot write.
                let written = file < 0 ? file : write(file, "x", 1) < 0 ? -errno : 0
                if file >= 0 { close(file) }
                #expect(isolated ? written == outcome || written == -EACCES : written == outcome)
            }
        }
    }

    @Test(
        "the init role ends on TERM from outside and not from inside, and at once when nobody holds the other end",
        .enabled(if: canSandbox, noSandbox))
    func initEnds() throws {
        let head: [Step] = [
            .unshare([.user, .pid]), .openExecutable(as: "podlab-init"), .mapIDs(.automatic), .setCredentials(),
        ]
        var pair: [Int32] = [-1, -1]
        #expect(iso_socket_pair(&pair) == 0)
        let child = try role("init", pair[1], name: "podlab", head)
        try #require(ready(pair[0]))
        let inside: Plan = [
            .join([.user, .pid], of: .process(pidfd: child.pidfd)), .setCredentials(), .enterProcessNamespace,
            guest("kill -TERM 1; kill -0 1 && echo alive"),
        ]
        let said = try inside.output().text
        #expect(said == "alive\n")
        #expect(try child.wait(for: .milliseconds(50)) == nil)
        try child.signal(SIGTERM)
        let status = try child.wait(for: Deadline.duration)
        #expect(status == .exited(0))
        close(pair[0])
        let late = try role("init", pair[1], name: "podlab", head)
        close(pair[1])
        let lateStatus = try late.wait(for: Deadline.duration)
        #expect(lateStatus == .exited(0))
    }

    @Test(
        "a decoy stays under PID 1 with its name, ends by a signal, and is reaped", .enabled(if: canSandbox, noSandbox))
    func decoy() throws {
        var pair: [Int32] = [-1, -1], second: [Int32] = [-1, -1]
        #expect(iso_socket_pair(&pair) == 0 && iso_socket_pair(&second) == 0)
        defer { for end in pair + second { close(end) } }
        let head: [Step] = [
            .unshare([.user, .pid]), .openExecutable(as: "podlab-init"), .mapIDs(.automatic), .setCredentials(),
        ]
        let one = try role("init", pair[1], name: "podlab", head)
        defer { one.close() }
        try #require(ready(pair[0]))
        let decoy = try role(
            "decoy", second[1], name: "/usr/bin/kubelet",
            [
                .openExecutable(as: "podlab-init"), .join([.user, .pid], of: .process(pidfd: one.pidfd)),
                .setCredentials(), .enterProcessNamespace,
            ])
        try #require(ready(second[0]))
        let left = try decoy.wait(for: Deadline.duration)
        #expect(left == .exited(0))
        let children = text("/proc/\(one.pid)/task/\(one.pid)/children").split(separator: " ")
        let pid = try #require(children.first.flatMap { Int32($0) })
        #expect(children.count == 1 && text("/proc/\(pid)/comm") == "kubelet\n")
        let pidfd = iso_pidfd_open(pid)
        defer { close(pidfd) }
        #expect(iso_pidfd_send_signal(pidfd, SIGTERM) == 0)
        #expect(iso_poll(pidfd, Int32(POLLIN), Int64(Deadline.milliseconds)) > 0)
        let deadline = ContinuousClock.now + Deadline.duration
        while iso_pidfd_send_signal(pidfd, 0) == 0, ContinuousClock.now < deadline { sched_yield() }
        #expect(iso_pidfd_send_signal(pidfd, 0) == -ESRCH)
    }

    @Test("the witness hears of a kill by its sender, and the call goes on", .enabled(if: canSandbox, noSandbox))
    func witness() throws {
        let plan = Plan(
            sandboxed + [.witnessSignals, .execute("sh", arguments: ["sh", "-c", "/bin/kill -CONT $$; exit 4"])])
        let child = try plan.start(StartOptions(streams: .null))
        defer { child.close() }
        let listener = try #require(child.takeListener())
        defer { close(listener) }
        #expect(child.takeListener() == nil)
        try #require(iso_poll(listener, Int32(POLLIN), Int64(Deadline.milliseconds)) & Int32(POLLIN) != 0)
        var notice = iso_notice()
        try #require(iso_notice_receive(listener, &notice) == 0)
        #expect(String(cString: iso_witnessed_call(notice.call)) == "kill")
        #expect(notice.arguments.1 == UInt64(SIGCONT))
        #expect(text("/proc/\(notice.pid)/comm") == "kill\n")
        #expect(iso_notice_is_valid(listener, notice.id) == 0)
        #expect(try child.wait(for: .zero) == nil)
        #expect(iso_notice_continue(listener, notice.id) == 0)
        #expect(try child.wait(for: Deadline.duration) == .exited(4))
        #expect(iso_notice_is_valid(listener, notice.id) != 0)
    }
}
