// The six truths of lab 01, proven by the command as a teacher would.

import Foundation
import Testing

@Suite struct VerifyTests {
    @Test("verify proves the six truths of lab 01, and every check passes", .needsPlayground)
    func fiveTruths() throws {
        let home = try Home()
        let verified = try home.podlab("verify", "01", "--format", "json")
        #expect(verified.code == 0, "\(verified)")
        let report = try verified.report()
        #expect(report.schema == "podlab.report/v1" && report.subject.kind == "course")
        let lab = try #require(report.labs.first)
        #expect(lab.id == "01-chroot" && lab.status == "pass")
        #expect(
            lab.steps.map(\.id) == [
                "unsolved-is-red", "solved-is-green", "mutants-are-killed", "alternatives-are-green", "lesson-is-true",
                "reset-is-clean",
            ])
        for step in lab.steps {
            #expect(!step.checks.isEmpty && step.checks.allSatisfy { $0.status == "pass" }, "\(step)")
        }
        #expect(report.summary.error == 0 && report.summary.fail == 0 && report.summary.skip == 0)
        #expect(home.sessions.isEmpty)
    }

    @Test("behind a line of the lesson that does not come to its end nothing is typed", .needsPlayground)
    func unfinishedLine() throws {
        let home = try Home()
        let labs = try home.copyOfLabOne()
        let lesson = labs + "/01-chroot/lesson.md"
        let text = try String(contentsOfFile: lesson, encoding: .utf8)
        let first = try #require(text.firstRange(of: "node# "))
        try text.replacingCharacters(in: first, with: "node# exit\nnode# ")
            .write(toFile: lesson, atomically: true, encoding: .utf8)
        let verified = try home.podlab(
            "verify", "01", "--labs", labs, "--truth", "lesson-is-true", "--format", "json")
        #expect(verified.code == 2, "\(verified)")
        let lab = try #require(try verified.report().labs.first)
        let statuses = lab.steps.flatMap(\.checks).map(\.status)
        #expect(statuses.count > 10 && statuses[0] == "fail" && statuses.dropFirst().allSatisfy { $0 == "error" })
    }

    @Test(
        "a named placeholder of the lesson does not stand for nothing, and none for what the shell says of a failure",
        .needsPlayground,
        arguments: [
            ("true", "…", "pass"), ("true", "<nothing>", "fail"),
            ("printf '\\033[01;31m\\033[Kred\\033[m\\n'", "red", "pass"), ("chekc", "bash: …", "fail"),
            ("chekc", "…", "fail"),
            ("chekc", "bash: chekc: command not found", "pass"),
            // With job control timeout(1) leads the group of its pipeline, and ends all of it.
            ("timeout 0.1 bash -c 'sleep 5' | wc -l", "<lines>", "fail"), ("echo one", "<word>", "pass"),
            ("echo one", "…", "pass"),
            // As wide as a terminal usually is, and known to be one.
            ("echo $TERM $(stty size)", "xterm-256color 24 80", "pass"), ("echo $-", "…m…", "pass"),
        ])
    func placeholders(line: String, expected: String, status: String) throws {
        let home = try Home()
        let labs = try home.copyOfLabOne()
        let lesson = labs + "/01-chroot/lesson.md"
        let text = try String(contentsOfFile: lesson, encoding: .utf8)
        let first = try #require(text.firstRange(of: "node# "))
        try text.replacingCharacters(in: first, with: "node# \(line)\n\(expected)\nnode# ")
            .write(toFile: lesson, atomically: true, encoding: .utf8)
        let verified = try home.podlab(
            "verify", "01", "--labs", labs, "--truth", "lesson-is-true", "--format", "json")
        let checks = try #require(try verified.report().labs.first).steps.flatMap(\.checks)
        #expect(checks.first?.status == status, "\(checks.first.map { "\($0)" } ?? "")")
        #expect(checks.dropFirst().allSatisfy { $0.status == "pass" })
    }

    @Test("a mutant that cannot be typed to its end proves nothing", .needsPlayground)
    func untypedMutant() throws {
        let home = try Home()
        let labs = try home.copyOfLabOne()
        let mutant = labs + "/01-chroot/mutants/no-proc.sh"
        let text = try String(contentsOfFile: mutant, encoding: .utf8)
        try (text.split(separator: "\n").prefix(2).joined(separator: "\n") + "\nexit\n")
            .write(toFile: mutant, atomically: true, encoding: .utf8)
        let verified = try home.podlab(
            "verify", "01", "--labs", labs, "--truth", "mutants-are-killed", "--format", "json")
        #expect(verified.code == 2, "\(verified)")
        let statuses = try verified.report().statuses
        #expect(statuses.filter { $0.value != "pass" } == ["mutants-are-killed/no-proc": "error"])
    }

    @Test("the truths hold with drawn variables as well", .needsPlayground, arguments: ["spring", "2026:kim"])
    func seeded(seed: String) throws {
        let verified = try Home().podlab("verify", "01", "--seed", seed, "--format", "json")
        #expect(verified.code == 0, "\(verified)")
        #expect(try verified.report().subject.seed == seed)
    }

    @Test("a report is as its schema in docs says", .needsPlayground)
    func schema() throws {
        let schema = try JSONSchema(path: Executable.checkout + "/docs/podlab.report.v1.schema.json")
        let home = try Home()
        let script = try home.write("mkdir -p $BOX/bin\n", to: "01-chroot.sh")
        let checked = try home.podlab("lab", "check", "01", "--file", script, "--format", "json")
        #expect(checked.code == 1, "\(checked)")
        let document = try JSONSerialization.jsonObject(with: Data(checked.bytes))
        #expect(schema.problems(of: document) == [])
        // The validator itself must be able to say no.
        #expect(!schema.problems(of: ["schema": "podlab.report/v2", "more": 1]).isEmpty)
    }

    @Test(
        "solve and demo show each step and end with all checks passed", .needsPlayground, arguments: ["solve", "demo"])
    func solveAndDemo(verb: String) throws {
        let home = try Home()
        let all = try home.podlab("lab", verb, "01")
        #expect(all.code == 0, "\(all)")
        for title in ["## Where is your root?", "## Pack the box", "## Enter", "## What chroot does not do"] {
            #expect(all.output.contains(title))
        }
        let one = try home.podlab("lab", verb, "01", "--step", "pack")
        #expect(one.code == 0 && one.output.contains("## Pack the box") && !one.output.contains("## Enter"), "\(one)")
        let report = try home.podlab("lab", verb, "01", "--step", "enter", "--format", "json").report()
        #expect(report.statuses == ["enter/inside": "pass", "enter/files-only": "pass"])
    }

    @Test("show prints the lesson, and of one step on request", .needsPodlab)
    func show() throws {
        let home = try Home()
        let lesson = try home.podlab("lab", "show", "chroot")
        #expect(lesson.code == 0 && lesson.output.contains("# 01 · A root of its own"), "\(lesson)")
        let step = try home.podlab("lab", "show", "1", "--step", "enter")
        #expect(step.output.hasPrefix("## Enter") && !step.output.contains("## Pack the box"), "\(step)")
    }

    @Test(
        "commands that pass words on say how they are called themselves when they are asked first", .needsPodlab,
        arguments: [["run"], ["enter"], ["pod", "exec"]], ["--help", "-h"])
    func helpOfPassingOn(words: [String], option: String) throws {
        let home = try Home()
        let helped = try run([try home.executable()] + words + [option], environment: home.environment)
        #expect(helped.code == 0 && helped.error.isEmpty, "\(helped)")
        #expect(helped.output.contains("USAGE: podlab \(words.joined(separator: " ")) "), "\(helped)")
    }

    @Test("run gives the exit code and the output of its command", .needsPlayground)
    func runCommand() throws {
        let home = try Home()
        let hello = try home.podlab("run", "--", "echo", "hello", "--format", "x")
        #expect(hello.code == 0 && hello.output == "hello --format x\n", "\(hello)")
        #expect(try home.podlab("run", "--", "sh", "-c", "exit 7").code == 7)
        #expect(try home.podlab("run", "--", "sh", "-c", "kill -TERM $$").code == 143)
        #expect(
            try home.podlab("run", "--", "sh", "-c", "cat; id -u; hostname", input: "in\n").output == "in\n0\nnode\n")
        let absent = try home.podlab("run", "--", "no-such-program")
        #expect(absent.code == 2 && absent.error.contains("no-such-program"), "\(absent)")
        #expect(home.sessions.isEmpty)
    }
}

extension Home {
    /// A folder of labs with a copy of lab 01 in it, to be changed.
    func copyOfLabOne() throws -> String {
        let labs = path + "/labs"
        try FileManager.default.createDirectory(atPath: labs, withIntermediateDirectories: true)
        let source = Executable.checkout + "/Labs/01-chroot"
        // Not FileManager's copy, which wants to give the copies to the owner of the originals.
        try #require(run(["cp", "-r", "--no-preserve=all", source, labs], environment: environment).code == 0)
        return labs
    }
}
