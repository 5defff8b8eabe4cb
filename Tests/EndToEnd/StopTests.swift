// Processes that are stopped and go on, and a PID 1 that is killed while something is judged: nobody waits for ever.

import Foundation
import Glibc
import KernelState
import TestSupport
import Testing

@Suite struct StopTests {
    /// A session at the second step of lab 01, with its record.
    private func session(_ home: Home) throws -> (shell: Running, record: SessionFile) {
        let shell = try home.start()
        try shell.type("start 1\n")
        try shell.expect("answer DEVICE:INODE`.")
        try shell.type("answer $(stat -c '%d:%i' /)\nnext\n")
        try shell.expect("mounted at `$BOX/proc`")
        return (shell, try #require(try home.record()))
    }

    /// The bash that podlab opened in the playground.
    private func playgroundShell(of record: SessionFile) throws -> pid_t {
        let table = try ProcessTable.read(fields: [])
        return try #require(
            table.children(of: ProcessID(record.owner.pid)).first { $0.comm == "bash" }?.pid.rawValue)
    }

    private func state(of pid: pid_t) -> Character? { ProcessState.read(ProcessID(pid), fields: [])?.stat.state }

    private func stop(_ pid: pid_t) throws {
        try #require(kill(pid, SIGSTOP) == 0)
        #expect(eventually { state(of: pid) == "T" })
    }

    /// A check from another process, which must come to its end in time.
    private func checkFromOutside(_ home: Home, allowed: Set<Int32>) throws {
        let start = ContinuousClock.now
        let checked = try home.podlab("lab", "check", "01", "--format", "json")
        #expect(allowed.contains(checked.code), "\(checked)")
        #expect(ContinuousClock.now - start < Deadline.duration)
        if checked.code != 2 { #expect(try checked.report().labs.first?.steps.map(\.id) == ["pack"]) }
    }

    @Test("while the tutor is stopped another process checks; it goes on afterwards", .needsPlayground)
    func tutor() throws {
        let home = try Home()
        let (shell, record) = try session(home)
        try stop(record.owner.pid)
        try shell.type("mkdir -p $BOX/bin; echo do\"\"ne\ncheck\n")
        try checkFromOutside(home, allowed: [1])
        // Its session is another's to leave alone.
        #expect(try home.clean().output == "nothing to remove\n")
        #expect(home.sessions.count == 1 && isRunning(record.playground))
        kill(record.owner.pid, SIGCONT)
        try shell.expect("\ndone")
        try shell.expect("1 of 4 checks pass")
        try shell.type("quit\n")
        #expect(try shell.wait().code == 1)
        #expect(home.sessions.isEmpty)
    }

    @Test(
        "while PID 1 is stopped checks come to an end; it goes on afterwards, and ends when stopped", .needsPlayground)
    func initProcess() throws {
        let home = try Home()
        let (shell, record) = try session(home)
        try stop(record.playground.pid)
        try checkFromOutside(home, allowed: [1, 2])
        try shell.type("check\necho do\"\"ne\n")
        try shell.expect("\ndone")
        kill(record.playground.pid, SIGCONT)
        try shell.type("mkdir -p $BOX/bin; cp /bin/bash $BOX/bin; (true &); echo ag\"\"ain\n")
        try shell.expect("\nagain")
        try checkFromOutside(home, allowed: [1])
        try stop(record.playground.pid)
        try shell.type("quit\n")
        _ = try shell.wait()
        #expect(eventually { !isRunning(record.playground) })
        #expect(home.sessions.isEmpty)
    }

    @Test("while the playground's shell is stopped its line waits, and checks come to an end", .needsPlayground)
    func shell() throws {
        let home = try Home()
        let (shell, record) = try session(home)
        let bash = try playgroundShell(of: record)
        try stop(bash)
        try shell.type("mkdir -p $BOX/bin; echo do\"\"ne\n")
        try checkFromOutside(home, allowed: [1, 2])
        kill(bash, SIGCONT)
        try shell.expect("\ndone")
        try shell.type("check\nquit\n")
        let ended = try shell.wait()
        #expect(ended.code == 1 && ended.output.contains("1 of 4 checks pass"), "\(ended)")
        #expect(home.sessions.isEmpty)
    }

    @Test("a stopped playground ends with its podlab, even when both are stopped", .needsPlayground)
    func stoppedAndKilled() throws {
        let home = try Home()
        let (shell, record) = try session(home)
        for pid in [try playgroundShell(of: record), record.playground.pid, record.owner.pid] { try stop(pid) }
        let victim = try Victim.kill(record.owner.pid, home: home.path)
        #expect(try shell.wait().code == 128 + SIGKILL)
        var left: [String] = []
        let isGone = try eventually {
            left = try victim.remains()
            return left.isEmpty
        }
        #expect(isGone, "\(left)")
        #expect(try home.clean().output.hasPrefix("removed "))
    }

    @Test("a verification that is stopped for a while goes on and comes to the same", .needsPlayground)
    func verification() throws {
        let home = try Home()
        let verify = try home.start("verify", "01", "--format", "json")
        for _ in 0..<3 {
            #expect(eventually { !descendants(of: verify.pid).isEmpty })
            try stop(verify.pid)
            // Long enough for whatever is started to wait for it.
            poll(nil, 0, 300)
            verify.send(SIGCONT)
            #expect(eventually { state(of: verify.pid) != "T" })
        }
        let ended = try verify.wait()
        #expect(ended.code == 0, "\(ended)")
        #expect(home.sessions.isEmpty)
    }

    private func descendants(of pid: pid_t) -> [ProcessState] {
        (try? ProcessTable.read(fields: []))?.descendants(of: ProcessID(pid)) ?? []
    }

    @Test(
        "PID 1 killed while a submission is checked is an error, never the learner's fault, and no wait",
        .needsPlayground,
        arguments: [(["verify", "01"], 2), (["lab", "check", "01"], 6)])
    func killedInCheck(command: [String], rounds: Int) throws {
        let seed = SeededGenerator.seedOfRun
        print("StopTests: PODLAB_TEST_SEED=\(seed)")
        var generator = SeededGenerator(seed: seed)
        let solution = Executable.checkout + "/Labs/01-chroot/solution.sh"
        let home = try Home()
        // In the first round it is killed for certain before all is done, in the others at any moment.
        let held = try home.write(
            try String(contentsOfFile: solution, encoding: .utf8).replacing(
                "# step: pack\n", with: "# step: pack\nsleep 9\n"),
            to: "held.sh")
        for round in 0..<rounds {
            let file = command[0] == "lab" ? ["--file", round == 0 ? held : solution] : []
            let checker = try Running(
                [try home.executable()] + command + file + ["--format", "json"], environment: home.environment)
            var first: ProcessState?
            #expect(
                eventually {
                    first = descendants(of: checker.pid).first { $0.comm == "podlab-init" }
                    return first != nil || state(of: checker.pid) == "Z"
                })
            // It may be done before it is looked for.
            if let first {
                poll(nil, 0, round == 0 ? 0 : Int32.random(in: 0...250, using: &generator))
                kill(first.pid.rawValue, SIGKILL)
            }
            let ended = try checker.wait()
            let name = "seed \(seed), round \(round): \(ended)"
            #expect(ended.code == 2 || (ended.code == 0 && (round > 0 || command[0] == "verify")), "\(name)")
            #expect(!ended.output.isEmpty || !ended.error.isEmpty, "\(name)")
            #expect(home.sessions.isEmpty, "\(name)")
        }
    }

    @Test(
        "PID 1 killed while a session is checked, by its tutor and from outside at once: each comes to an end",
        .needsPlayground)
    func killedInSession() throws {
        let home = try Home()
        for round in 0..<4 {
            let (shell, record) = try session(home)
            let outside = try (0..<3).map { _ in try home.start("lab", "check", "01", "--format", "json") }
            try shell.type(String(repeating: "check\n", count: 5))
            poll(nil, 0, Int32(round * 15))
            try #require(kill(record.playground.pid, SIGKILL) == 0)
            for checker in outside {
                let ended = try checker.wait()
                #expect(ended.code == 1 || ended.code == 2, "\(ended)")
                #expect(ended.code != 2 || !(ended.error + ended.output).isEmpty, "\(ended)")
            }
            // It has ended when it has no root any more.
            let root = "/proc/\(record.playground.pid)/root"
            #expect(eventually { (try? FileManager.default.destinationOfSymbolicLink(atPath: root)) == nil })
            try shell.type("check\nreset\necho ag\"\"ain\ncheck\nquit\n")
            let ended = try shell.wait()
            #expect(ended.code == 1 && ended.output.contains("\nagain\n"), "\(ended)")
            #expect(ended.output.contains("playground has ended"), "\(ended)")
            #expect(home.sessions.isEmpty)
            _ = try? FileManager.default.removeItem(atPath: home.progressFile)
        }
    }
}
