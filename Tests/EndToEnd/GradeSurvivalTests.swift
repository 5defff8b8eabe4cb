// A class in which something goes wrong with somebody: who it is, that it is said, and that all others are graded.

import Foundation
import Glibc
import KernelState
import Testing

@Suite struct GradeSurvivalTests {
    private static let solution =
        (try? String(contentsOfFile: Executable.checkout + "/Labs/01-chroot/solution.sh", encoding: .utf8)) ?? ""

    /// A class with two good learners around another.
    private func makeClass(_ home: Home, _ name: String, _ files: [String: String]) throws {
        for good in ["a-good", "z-good"] { try home.write(Self.solution, to: "class/\(good)/01-chroot.sh") }
        for (file, text) in files { try home.write(text, to: "class/\(name)/\(file)") }
    }

    private func grade(_ home: Home, _ options: String...) throws -> Finished {
        try run(
            [try home.executable(), "grade", home.path + "/class"] + options, environment: home.environment)
    }

    /// The good ones have all points; the other is an error, named, that scored nothing.
    private func expect(
        _ graded: Finished, _ name: String, _ problem: String, scored: Int = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(graded.code == 2, "\(graded)", sourceLocation: sourceLocation)
        let reports = try graded.reports()
        #expect(reports.map(\.subject.learner) == ["a-good", name, "z-good"], sourceLocation: sourceLocation)
        for report in reports where report.subject.learner != name {
            #expect(report.summary.score == 11 && report.problems == nil, sourceLocation: sourceLocation)
        }
        let bad = try #require(reports.first { $0.subject.learner == name }, sourceLocation: sourceLocation)
        #expect(bad.summary.score == scored, sourceLocation: sourceLocation)
        #expect(
            bad.problems?.contains { $0.contains(problem) } == true, "\(bad.problems ?? [])",
            sourceLocation: sourceLocation)
        #expect(
            graded.error.contains("podlab: 2 graded, 1 could not be: \(name) ("), "\(graded.error)",
            sourceLocation: sourceLocation)
        #expect(
            graded.error.split(separator: "\n").contains { $0.hasPrefix("podlab: \(name): ") && $0.contains(problem) },
            "\(graded.error)", sourceLocation: sourceLocation)
    }

    /// The process of a learner, when its shell is at work.
    private func learnerProcess(_ name: String, below podlab: pid_t) throws -> pid_t {
        var found: pid_t?
        _ = eventually {
            guard let table = try? ProcessTable.read(fields: [.status]) else { return false }
            found = table.children(of: ProcessID(podlab)).map(\.pid.rawValue).first { pid in
                let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
                return String(decoding: line, as: UTF8.self).contains("--learner=\(name)")
                    && table.descendants(of: ProcessID(pid)).contains { $0.comm == "sleep" }
            }
            return found != nil
        }
        return try #require(found)
    }

    @Test("a learner whose process is killed is an error; the others are graded, and nothing is left", .needsPlayground)
    func killed() throws {
        let home = try Home()
        try makeClass(home, "bob", ["01-chroot.sh": "sleep 1000\n"])
        let podlab = try home.start("grade", home.path + "/class", "--format", "json")
        kill(try learnerProcess("bob", below: podlab.pid), SIGKILL)
        try expect(try podlab.wait(), "bob", "signal 9")
        #expect(home.sessions.isEmpty)
        #expect(try eventually { try orphans() == [] })
    }

    @Test("a learner whose process hangs is ended after the submission's limit, with all it started", .needsPlayground)
    func hangs() throws {
        let home = try Home()
        try makeClass(home, "bob", ["01-chroot.sh": "sleep 1000\n"])
        let podlab = try home.start("grade", home.path + "/class", "--format", "json", "--submission-limit", "8")
        kill(try learnerProcess("bob", below: podlab.pid), SIGSTOP)
        try expect(try podlab.wait(), "bob", "had not ended by itself after 18 s and was killed")
        #expect(home.sessions.isEmpty)
        #expect(try eventually { try orphans() == [] })
    }

    @Test("a report without end is cut off, and is the error of that learner", .needsPlayground)
    func floods() throws {
        let home = try Home()
        // What a wrong answer was is part of the report.
        let answer = String(repeating: "x", count: 200_000)
        try makeClass(home, "bob", ["answers.yaml": "01-chroot/where: \(answer)\n"])
        try expect(
            try grade(home, "--format", "json", "--report-limit", "64"), "bob", "larger than 64 KiB (--report-limit)")
    }

    @Test("Ctrl-C ends it with all that it started, and what was graded is a whole document", .needsPlayground)
    func interrupted() throws {
        let home = try Home()
        try makeClass(home, "bob", ["01-chroot.sh": "sleep 1000\n"])
        let podlab = try home.start("grade", home.path + "/class", "--format", "json")
        _ = try learnerProcess("bob", below: podlab.pid)
        podlab.send(SIGINT)
        let graded = try podlab.wait()
        #expect(graded.code == 128 + SIGINT && graded.error.contains("interrupted, 2 left"), "\(graded)")
        #expect(try graded.reports().map(\.subject.learner) == ["a-good"])
        #expect(home.sessions.isEmpty)
        #expect(try eventually { try orphans() == [] })
    }

    @Test("an alias as a key of answers.yaml holds up nobody", .needsPlayground)
    func keyBomb() throws {
        let home = try Home()
        let bomb = (1...40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
        try makeClass(home, "bob", ["answers.yaml": "a0: &a0 [x, x]\n\(bomb)? *a40\n: x\n", "01-chroot.sh": "true\n"])
        try expect(try grade(home, "--format", "json"), "bob", "answers.yaml:")
    }

    @Test(
        "two scripts for a lab, a lab or a step that is none: each is named", .needsPlayground,
        arguments: [
            ("1.sh", "1.sh and 01-chroot.sh are both for 01-chroot"), ("99-none.sh", "there is no lab '99-none'"),
            ("answers.yaml", "01-chroot has no step 'x'"), ("answers.yml", "is it meant to be answers.yaml?"),
        ])
    func misnamed(file: String, problem: String) throws {
        let home = try Home()
        try makeClass(home, "bob", ["01-chroot.sh": "true\n", file: "01-chroot/x: y\n"])
        let names = problem.contains("both") ? "01-chroot.sh and 1.sh are both for 01-chroot" : problem
        try expect(try grade(home, "--format", "json"), "bob", names)
    }

    @Test(
        "a folder that is a link, empty, not to be read or not named in UTF-8 is a learner, an error, and named",
        .needsPlayground)
    func nobodyVanishes() throws {
        let home = try Home()
        try makeClass(home, "none", ["notes.txt": "x"])
        symlink("a-good", home.path + "/class/link")
        #expect(
            mkdir(Array((home.path + "/class/b").utf8CString.dropLast()) + [CChar(bitPattern: 0xff), 0], 0o755) == 0)
        var names = ["a-good", "b\\xff", "link", "none", "z-good"]
        if !isRoot {
            try home.write("true\n", to: "class/mode/01.sh")
            chmod(home.path + "/class/mode", 0)
            names = ["a-good", "b\\xff", "link", "mode", "none", "z-good"]
        }
        defer { chmod(home.path + "/class/mode", 0o700) }
        let graded = try grade(home, "--format", "json", "--out", home.path + "/out")
        #expect(graded.code == 2, "\(graded)")
        let reports = try graded.reports()
        #expect(reports.map(\.subject.learner) == names)
        #expect(reports.map(\.summary.score) == names.map { $0.hasSuffix("good") ? 11 : 0 })
        for name in names where !name.hasSuffix("good") { #expect(graded.error.contains("podlab: \(name): ")) }
        let files = try FileManager.default.contentsOfDirectory(atPath: home.path + "/out").sorted().filter {
            !$0.hasPrefix(".")
        }
        #expect(files == names.map { "\($0).json" })
    }

    @Test("a report that cannot be written is the error of that learner, and the others' are written", .needsPlayground)
    func longName() throws {
        let home = try Home()
        let long = String(repeating: "m", count: 255)
        try makeClass(home, long, ["01-chroot.sh": Self.solution])
        try home.write("kept", to: "kept")
        try FileManager.default.createDirectory(atPath: home.path + "/out", withIntermediateDirectories: false)
        symlink("../kept", home.path + "/out/a-good.json")
        let graded = try grade(home, "--format", "json", "--out", home.path + "/out")
        try expect(graded, long, "the report cannot be written", scored: 11)
        let files = try FileManager.default.contentsOfDirectory(atPath: home.path + "/out").sorted().filter {
            !$0.hasPrefix(".")
        }
        #expect(files == ["a-good.json", "z-good.json"])
        #expect(try String(contentsOfFile: home.path + "/kept", encoding: .utf8) == "kept")
    }

    @Test("names of files and folders do nothing to a terminal and make up no lines", .needsPlayground)
    func escapes() throws {
        let home = try Home()
        let evil = "\u{1b}[2J\u{9b}31m\u{202e}\nz-good: pass"
        try makeClass(home, "\(evil)1", ["\(evil).sh": "true\n", "01-chroot.sh": "true\n"])
        try home.write("x", to: "class/\(evil)2/x")
        symlink("/", home.path + "/class/\(evil)3")
        try home.write("x", to: "labs\(evil)/01-x/lab.yaml")
        let executable = try home.executable()
        for arguments in [
            ["grade", home.path + "/class"], ["grade", home.path + "/class", "--format", "json"],
            ["grade", home.path + "/class/\(evil)2"], ["grade", home.path + "/\(evil)"],
            ["grade", home.path + "/class", "--out", home.path + "/kept/\(evil)/\u{1b}"],
            ["lint", home.path + "/labs\(evil)"], ["lint", home.path + "/\(evil)"],
            ["verify", "--labs", home.path + "/labs\(evil)"], ["labs", "--labs", home.path + "/labs\(evil)"],
        ] {
            let done = try run([executable] + arguments, environment: home.environment)
            for text in [done.output, done.error] {
                #expect(
                    text.unicodeScalars.allSatisfy {
                        $0 >= " " && !("\u{7f}"..."\u{9f}").contains($0) && $0 != "\u{202e}" || $0 == "\n"
                    },
                    "\(arguments): \(text.debugDescription)")
                #expect(!text.split(separator: "\n").contains { $0.hasPrefix("z-good: pass") }, "\(arguments)")
            }
        }
    }
}
