// A fork bomb typed inside: the machine stays usable, podlab answers, and a reset takes it all away.

import Foundation
import Glibc
import KernelState
import TestSupport
import Testing

@Suite(.serialized) struct ForkBombTests {
    private static let bomb = ":(){ :|:& };:"

    private func members(of process: SessionFile.Process) -> Int {
        guard let namespace = ProcessState.read(ProcessID(process.pid), fields: .namespaces)?.namespace(.pid) else {
            return 0
        }
        return ProcessTable.numbers(within: namespace).count
    }

    private func processesOfMachine() throws -> Int { try ProcessTable.read(fields: []).all.count }

    @Test(
        "everything inside may have 1024 tasks, dumps no core and is ended first when memory is short", .needsPlayground
    )
    func limits() throws {
        let home = try Home()
        let shell = try home.start()
        try shell.type("start 1\necho started\n")
        try shell.expect("\nstarted")
        let file = try #require(try home.record())
        let decoy = try #require(file.decoys["kubelet"])
        let bash = try #require(
            try ProcessTable.read(fields: []).children(of: ProcessID(shell.pid)).first { $0.comm == "bash" })
        let enter = try home.start("enter", "cat")
        let cat = try {
            var found: ProcessState?
            _ = try eventually {
                found = try ProcessTable.read(fields: []).children(of: ProcessID(enter.pid)).first { $0.comm == "cat" }
                return found != nil
            }
            return try #require(found)
        }()
        func limit(_ title: String, of process: String) throws -> [String] {
            let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
            let line = limits.split(separator: "\n").first { $0.hasPrefix(title) } ?? ""
            return line.dropFirst(title.count).split(separator: " ").prefix(2).map(String.init)
        }
        let tasks = min(1024, Int(try limit("Max processes", of: "self").last ?? "") ?? .max)
        for pid in [file.playground.pid, decoy.pid, bash.pid.rawValue, cat.pid.rawValue] {
            #expect(try limit("Max processes", of: "\(pid)") == ["\(tasks)", "\(tasks)"])
            #expect(try limit("Max core file size", of: "\(pid)") == ["0", "0"])
            let score = try String(contentsOfFile: "/proc/\(pid)/oom_score_adj", encoding: .utf8)
            #expect((Int(score.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0) >= 500)
        }
        try shell.type("ulimit -u 2000; echo raised $?\n")
        try shell.expect("raised 1")
        enter.closeInput()
        shell.closeInput()
    }

    @Test("a fork bomb stays bounded, podlab answers beside it, and reset takes it away", .needsPlayground)
    func bomb() throws {
        let home = try Home()
        let shell = try home.start()
        let before = try processesOfMachine()
        try shell.type("start 1\necho started\n")
        try shell.expect("\nstarted")
        let file = try #require(try home.record())
        let namespace = try HeldNamespace(of: file.playground)
        try shell.type(Self.bomb + "\n")
        // It has come to its limit when the shells say so, or when hundreds of them are there.
        #expect(eventually { members(of: file.playground) > 500 })
        for _ in 0..<10 {
            #expect(members(of: file.playground) <= 1024 + 16)
            // Others work on this machine too; without the limit it would be tens of thousands.
            #expect(try processesOfMachine() < before + 1024 + 2000)
        }
        let start = ContinuousClock.now
        let checked = try home.podlab("check", "--format", "json")
        #expect(checked.code == 1 || checked.code == 2, "\(checked)")
        #expect(try checked.report().labs.map(\.id) == ["01-chroot"])
        // What podlab brings in is not refused; what that starts in turn is.
        let entered = try home.podlab("enter", "sh", "-c", "echo in")
        #expect(entered.code == 0 && entered.output == "in\n", "\(entered)")
        #expect(ContinuousClock.now - start < Deadline.duration)
        try shell.type("reset\necho fresh\n")
        try shell.expect("\nfresh\n")
        let anew = try #require(try home.record())
        #expect(anew.playground.pid != file.playground.pid && members(of: anew.playground) < 10)
        #expect(eventually { namespace.members.isEmpty })
        try shell.type("quit\n")
        #expect(try shell.wait().code == 0)
        #expect(home.sessions.isEmpty)
    }

    @Test("where the kernel refuses even podlab a process, podlab says why and does not wait", .needsPlayground)
    func refused() throws {
        let home = try Home()
        let shell = try home.start()
        try shell.type("start 1\nunshare --user --map-root-user --fork --pid --mount-proc sleep 1000 & echo started\n")
        try shell.expect("\nstarted")
        let file = try #require(try home.record())
        var number: String?
        #expect(
            try eventually {
                number = try home.podlab("enter", "pgrep", "-x", "sleep").output.split(separator: "\n").last.map(
                    String.init)
                return number != nil
            })
        let box = try #require(number)
        #expect(try home.podlab("enter", "--pid", box, "true").code == 0)
        // Where it comes to the limit bash tries again for 15 s.
        try shell.type("for i in $(seq 1100); do sleep 3000 & done 2>/dev/null\n")
        // The guard, in the pid namespace around this one, is one of the 1024.
        #expect(eventually { members(of: file.playground) >= 1023 })
        let start = ContinuousClock.now
        #expect(try home.podlab("enter", "true").code == 0)
        let entered = try home.podlab("enter", "--pid", box, "true")
        #expect(entered.code == 2 && entered.error.contains("no more processes can be started"), "\(entered)")
        #expect(ContinuousClock.now - start < Deadline.duration)
        shell.closeInput()
        shell.send(SIGTERM)
        _ = try shell.wait()
        #expect(eventually { !isRunning(file.playground) })
    }

    @Test("a fork bomb in a submission is graded, and ends with it", .needsPlayground)
    func submission() throws {
        let home = try Home()
        try home.write("# step: pack\n\(Self.bomb)\nmkdir -p $BOX/bin\n", to: "kim/01-chroot.sh")
        let graded = try home.podlab("grade", home.path + "/kim", "--patience", "5", "--format", "json")
        #expect(graded.code == 1 || graded.code == 2, "\(graded)")
        #expect(try graded.report().labs.map(\.id) == ["01-chroot"])
        #expect(try eventually { try orphans().isEmpty })
    }
}
