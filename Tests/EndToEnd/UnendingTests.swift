// What does not want to end: frozen, stopped or traced. Every end comes all the same, and says what it could not do.

import Foundation
import Glibc
import KernelState
import TestSupport
import Testing

@Suite(.serialized) struct UnendingTests {
    private static let solution =
        (try? String(contentsOfFile: Executable.checkout + "/Labs/01-chroot/solution.sh", encoding: .utf8)) ?? ""

    private func hasEnded(_ process: SessionFile.Process) -> Bool { eventually { !isRunning(process) } }

    @Test(
        "a submission that freezes itself is graded, and the honest one after it", .needsPlayground, .needsFreezer)
    func frozenSubmission() throws {
        // Whatever it freezes has podlab's own folder above it, which is thawed and emptied here at the latest.
        let freezer = try Freezer(["test-\(getpid())-submission"])
        let home = try Home()
        try home.write(
            """
            # step: pack
            f=/sys/fs/cgroup/freezer; mkdir $f/x
            (while :; do sleep 1; done) &
            echo $! > $f/x/cgroup.procs; echo $$ > $f/x/cgroup.procs; echo FROZEN > $f/x/freezer.state
            mkdir -p $BOX/bin

            """, to: "class/a-frozen/01-chroot.sh")
        try home.write(Self.solution, to: "class/b-honest/01-chroot.sh")
        let grading = try home.start("grade", home.path + "/class", "--patience", "3", "--format", "json")
        defer { Self.endTree(below: grading.pid) }
        let graded = try grading.wait()
        let reports = try graded.reports()
        #expect(reports.map(\.summary.pass).last == 8, "\(graded)")
        #expect(home.sessions.isEmpty && cgroupsOfSessions(of: grading.pid).isEmpty)
        withExtendedLifetime(freezer) {}
    }

    @Test(
        "a playground that is frozen from outside ends with its submission, and leaves nothing", .needsPlayground,
        .needsFreezer)
    func frozenFromOutside() throws {
        let freezer = try Freezer(["test-\(getpid())-outside"])
        let home = try Home()
        try home.write("# step: pack\nsleep 1000\n", to: "kim/01-chroot.sh")
        let grading = try home.start("grade", home.path + "/kim", "--patience", "4", "--format", "json")
        defer { Self.endTree(below: grading.pid) }
        let session = try #require(try home.record())
        try freezer.freeze(session.playground)
        let graded = try grading.wait()
        #expect(graded.code == 1 || graded.code == 2, "\(graded)")
        #expect(hasEnded(session.playground))
        #expect(home.sessions.isEmpty && cgroupsOfSessions(of: grading.pid).isEmpty)
    }

    @Test(
        "clean ends what a killed podlab has left in a freezer, and says so", .needsPlayground, .needsFreezer)
    func cleanFrozen() throws {
        // Cgroups are the machine's: a podlab of another test may clean up what a dead one has left before ours does, and then ours
        // has nothing to say about it. Somewhere in a few rounds ours is the first.
        let first = try (1...8).contains { _ in try cleanedFrozenPlayground() }
        #expect(first, "somebody else was first, eight times")
    }

    /// - Returns: whether it was ended by the `clean` of this test.
    private func cleanedFrozenPlayground() throws -> Bool {
        let home = try Home()
        let shell = try home.start()
        defer { Self.endTree(below: shell.pid) }
        try shell.type("start 1\nsetsid sleep 1000 & echo started\n")
        try shell.expect("\nstarted")
        let session = try #require(try home.record())
        let folder = try #require(cgroupsOfSessions(of: shell.pid).first)
        // As an older podlab had it: a freezer of the session, and one of the learner's in it.
        let freezer = try Freezer([URL(fileURLWithPath: folder).lastPathComponent, "root", "learner"])
        try freezer.freeze(session.playground)
        let namespace = try HeldNamespace(of: session.playground)
        #expect(namespace.members.count >= 3)
        shell.send(SIGKILL)
        _ = try shell.wait()
        let start = ContinuousClock.now
        let cleaned = try home.podlab("clean")
        #expect(ContinuousClock.now - start < Deadline.duration)
        #expect(cleaned.code == 0, "\(cleaned)")
        #expect(eventually { namespace.members.isEmpty })
        #expect(access(freezer.path, F_OK) != 0, "the freezer is still there")
        #expect(home.sessions.isEmpty && cgroupsOfSessions(of: shell.pid).isEmpty)
        return cleaned.output.contains("its playground (PID 1 is process")
    }

    @Test("a stopped and traced PID 1, and shells that are stopped and traced, end with the attempt", .needsPlayground)
    func stoppedAndTraced() throws {
        let home = try Home()
        try home.write(
            """
            # step: pack
            strace -q -o /dev/null -p 1 & sleep 0.3; kill -STOP $!
            strace -q -o /dev/null -p $$ & kill -STOP $!; kill -STOP $$

            """, to: "kim/01-chroot.sh")
        let grading = try home.start("grade", home.path + "/kim", "--patience", "4", "--format", "json")
        defer { Self.endTree(below: grading.pid) }
        let session = try #require(try home.record())
        kill(session.playground.pid, SIGSTOP)
        let graded = try grading.wait()
        #expect(graded.code == 1 || graded.code == 2, "\(graded)")
        #expect(hasEnded(session.playground))
        #expect(home.sessions.isEmpty && cgroupsOfSessions(of: grading.pid).isEmpty)
    }

    @Test("true signals count before and after a flood of others", .needsPlayground, arguments: [true, false])
    func flood(isBefore: Bool) throws {
        let home = try Home()
        let before = Self.solution.components(separatedBy: "# step: limits")[0]
        // From the node, which does not count: the last one before the decoy's end must be the box's.
        let flood = "p=$(ps -C kubelet -o pid=); for i in {1..4000}; do kill -CONT $p; done; kill -0 $p"
        let kill = "kill $(ps -C kubelet -o pid=)"
        let lines =
            isBefore
            ? ["exit", flood, flood, "chroot $BOX /bin/bash", kill]
            : [kill, "for i in {1..4000}; do kill -CONT $$; done"]
        let script = try home.write(
            before + "# step: limits\n" + lines.joined(separator: "\n") + "\n", to: "01-chroot.sh")
        let checked = try home.podlab("lab", "check", "01", "--file", script, "--format", "json")
        let check = try checked.report().check("limits/kubelet-killed")
        #expect(check.status == "pass", "\(check)")
        #expect(home.sessions.isEmpty)
    }

    @Test("one command in a playground has a cgroup as a session has, and it is gone with it", .needsCgroups)
    func runHasCgroup() throws {
        let home = try Home()
        let running = try home.start("run", "--", "cat")
        var cgroups = ""
        #expect(
            try eventually {
                let cat = try ProcessTable.read(fields: []).children(of: ProcessID(running.pid)).first {
                    $0.comm == "cat"
                }
                guard let cat else { return false }
                cgroups = (try? String(contentsOfFile: "/proc/\(cat.pid)/cgroup", encoding: .utf8)) ?? ""
                return true
            })
        #expect(cgroups.contains("/\(running.pid)-"), "\(cgroups)")
        #expect(!home.sessions.isEmpty && !cgroupsOfSessions(of: running.pid).isEmpty)
        #expect(try running.wait().code == 0)
        #expect(home.sessions.isEmpty && cgroupsOfSessions(of: running.pid).isEmpty)
    }

    @Test(
        "a signal that ends a grading or a verification leaves neither a session nor a cgroup", .needsPlayground,
        arguments: [SIGINT, SIGTERM, SIGHUP], ["grade", "verify"])
    func signalled(signal: Int32, verb: String) throws {
        let home = try Home()
        try home.write("# step: pack\nsleep 1000\n", to: "kim/01-chroot.sh")
        let running = try verb == "grade" ? home.start("grade", home.path + "/kim") : home.start("verify", "01")
        let session = try #require(try home.record())
        running.send(signal)
        let ended = try running.wait()
        #expect(ended.code == 128 + signal, "\(ended)")
        #expect(hasEnded(session.playground))
        #expect(home.sessions.isEmpty && cgroupsOfSessions(of: running.pid).isEmpty)
    }

    /// Whatever a podlab that does not end has below it, for a test that fails.
    private static func endTree(below pid: pid_t) {
        let table = try? ProcessTable.read(fields: [])
        for process in table?.descendants(of: ProcessID(pid)) ?? [] { kill(process.pid.rawValue, SIGKILL) }
    }
}
