// Submissions, from good to hostile: what each comes to, and that the next learner is graded all the same.

import Foundation
import Testing

@Suite struct GradeTests {
    private static let solution =
        (try? String(contentsOfFile: Executable.checkout + "/Labs/01-chroot/solution.sh", encoding: .utf8)) ?? ""

    /// The solution without its step lines.
    private static let uncut = solution.split(separator: "\n").filter { !$0.hasPrefix("# step:") }.joined(
        separator: "\n")

    private func grade(_ home: Home, _ options: String...) throws -> Finished {
        try run(
            [try home.executable(), "grade", "--format", "json"] + options, environment: home.environment)
    }

    @Test("the notes' chroot.sh passes the checks of the steps that it covers", .needsPlayground)
    func realScript() throws {
        let home = try Home()
        let fixture = Executable.checkout + "/Tests/Fixtures/chroot.sh"
        let script = try String(contentsOfFile: fixture, encoding: .utf8)
        try home.write(script, to: "submission/01-chroot.sh")
        let graded = try grade(home, home.path + "/submission")
        #expect(graded.code == 1, "\(graded)")
        let report = try graded.report()
        #expect(report.subject.learner == "submission")
        #expect(
            report.statuses == [
                "where/root-known": "fail", "pack/programs": "pass", "pack/libraries": "pass", "pack/proc": "pass",
                "pack/own-folder": "pass",
                "enter/inside": "pass", "enter/files-only": "pass", "limits/kubelet-killed": "fail",
            ])
    }

    @Test("a script cut by steps is judged step by step, one without step lines at its end", .needsPlayground)
    func cutAndUncut() throws {
        let home = try Home()
        try home.write(Self.solution, to: "class/cut/01-chroot.sh")
        try home.write(Self.uncut, to: "class/uncut/01.sh")
        let graded = try grade(home, home.path + "/class")
        #expect(graded.code == 0, "\(graded)")
        let reports = try graded.reports()
        #expect(reports.map(\.subject.learner) == ["cut", "uncut"])
        for report in reports { #expect(report.summary.pass == 8 && report.summary.score == 11, "\(report.statuses)") }
    }

    @Test("what was inside only for a while counts in a cut script and not in an uncut one", .needsPlayground)
    func momentMatters() throws {
        let home = try Home()
        try home.write(Self.solution + "\nexit\n", to: "class/cut/01-chroot.sh")
        try home.write(Self.uncut + "\nexit\n", to: "class/uncut/01-chroot.sh")
        let reports = try grade(home, home.path + "/class").reports()
        #expect(reports[0].statuses["enter/inside"] == "pass")
        #expect(reports[1].statuses["enter/inside"] == "fail")
        #expect(reports[1].statuses["limits/kubelet-killed"] == "pass")
    }

    @Test("answers.yaml answers, and its values stay the text that they are", .needsPlayground)
    func answers() throws {
        let home = try Home()
        try home.write(Self.solution, to: "kim/01-chroot.sh")
        try home.write("01-chroot/where: 40:12\n", to: "kim/answers.yaml")
        let graded = try grade(home, home.path + "/kim")
        #expect(graded.code == 1)
        let check = try graded.report().check("where/root-known")
        #expect(check.status == "fail" && check.actual?.contains("40:12") == true, "\(check)")
        #expect(try graded.report().summary.fail == 1)
    }

    @Test("with a course seed learners get boxes of their own, and a copied answer fails", .needsPlayground)
    func seeds() throws {
        let home = try Home()
        let names = ["ada", "bob", "cem", "dan", "eve", "fay"]
        for name in names { try home.write("echo packing $BOX\nmkdir -p $BOX/bin\n", to: "class/\(name)/01-chroot.sh") }
        let reports = try grade(home, home.path + "/class", "--seed", "spring").reports()
        let boxes = try reports.map { try $0.check("pack/programs").evidence.map(\.source).joined() }
        #expect(Set(boxes).count > 1, "\(boxes)")
        #expect(reports.map(\.subject.seed) == names.map { "spring:\($0)" })
        // A script with the paths of one learner's box, handed in by another whose box is elsewhere.
        let first = try #require(boxes.first)
        let other = try #require(zip(names, boxes).first { $0.1 != first }?.0)
        let path = try #require(first.split(separator: " ").last { $0.hasPrefix("/home/namespace/") }).split(
            separator: ":")[0]
        let literal = Self.solution.replacing("$BOX", with: path)
        try home.write(literal, to: "copies/ada/01-chroot.sh")
        try home.write(literal, to: "copies/\(other)/01-chroot.sh")
        let copies = try grade(home, home.path + "/copies", "--seed", "spring").reports()
        #expect(copies[0].statuses["pack/programs"] == "pass" && copies[0].statuses["enter/inside"] == "pass")
        #expect(copies[1].statuses["pack/programs"] == "fail" && copies[1].statuses["enter/inside"] != "pass")
        // The numbers of a root are those of one playground: an answer that was right in one is wrong in another.
        let right = try #require(copies[0].check("where/root-known").actual)
        let numbers = right.filter { $0.isNumber || $0 == ":" }
        try home.write(Self.solution, to: "late/01-chroot.sh")
        try home.write("01-chroot/where: '1\(numbers)'\n", to: "late/answers.yaml")
        #expect(try grade(home, home.path + "/late").report().statuses["where/root-known"] == "fail")
    }

    @Test("a hostile submission fails by itself, and the learners around it are graded", .needsPlayground)
    func hostile() throws {
        let home = try Home()
        try home.write(Self.solution, to: "class/a-good/01-chroot.sh")
        try home.write("while :; do :; done\n", to: "class/b-loop/01-chroot.sh")
        try home.write("exit\nmkdir -p $BOX/bin\n", to: "class/c-exit/01-chroot.sh")
        try home.write("kill -9 -1\nmkdir -p $BOX/bin\n", to: "class/d-kill/01-chroot.sh")
        try home.write("trap '' INT TERM HUP; cat >/dev/null\n", to: "class/e-stubborn/01-chroot.sh")
        try home.write(":(){ sleep 60 & sleep 60 & }; : ; exec sleep 100\n", to: "class/f-sleep/01-chroot.sh")
        try home.write(Self.solution, to: "class/g-good/01-chroot.sh")
        let graded = try grade(home, home.path + "/class", "--patience", "10", "--out", home.path + "/reports")
        #expect(graded.code == 1, "\(graded)")
        let reports = try graded.reports()
        #expect(reports.count == 7)
        for report in reports {
            let isGood = report.subject.learner?.hasSuffix("good") == true
            #expect((report.summary.pass == 8) == isGood, "\(report.subject): \(report.red)")
            #expect(report.summary.error == 0, "\(report.subject): \(report.red)")
        }
        let loop = try reports[1].check("pack/programs").evidence.last
        #expect(loop?.value.contains("did not come to an end within 10 s") == true, "\(loop as Any)")
        let exit = try reports[2].check("pack/programs").evidence.last
        #expect(exit?.value.contains("shell on the terminal has ended") == true, "\(exit as Any)")
        // A signal to everybody reaches the decoy, but it came from the node.
        #expect(try reports[3].check("limits/kubelet-killed").status == "fail")
        let files = try FileManager.default.contentsOfDirectory(atPath: home.path + "/reports").sorted()
            .filter { !$0.hasPrefix(".") }
        #expect(files == reports.map { "\($0.subject.learner ?? "").json" })
        let one = try Data(contentsOf: URL(fileURLWithPath: home.path + "/reports/a-good.json"))
        #expect(try JSONDecoder().decode(ReportDocument.self, from: one).summary.pass == 8)
        #expect(home.sessions.isEmpty)
    }

    @Test("a file that cannot be read as a script is named, and the exit code is 2", .needsPlayground)
    func unreadable() throws {
        let home = try Home()
        let garbage = Data((0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) })
        try home.write("", to: "garbage/01-chroot.sh")
        try garbage.write(to: URL(fileURLWithPath: home.path + "/garbage/01-chroot.sh"))
        try home.write(String(repeating: "x", count: 300_000), to: "large/01-chroot.sh")
        try home.write("", to: "link/answers.yaml")
        symlink("/etc/passwd", home.path + "/link/01-chroot.sh")
        try home.write("", to: "pipe/answers.yaml")
        mkfifo(home.path + "/pipe/01-chroot.sh", 0o600)
        try home.write("true\n", to: "stray/99-nothing.sh")
        let expected = [
            "garbage": "not UTF-8 text", "large": "larger than 262144 bytes", "link": "01-chroot.sh",
            "pipe": "not a regular file",
            "stray": "there is no lab '99-nothing'",
        ]
        for (name, message) in expected {
            let graded = try grade(home, home.path + "/" + name)
            #expect(graded.code == 2 && graded.error.contains(message), "\(name): \(graded)")
            #expect(!graded.output.contains("root:x:0:0"))
        }
    }

    @Test("a script with an unknown step or a control character is an error with its place", .needsPlayground)
    func unknownStep() throws {
        let home = try Home()
        try home.write("# step: where\ntrue\n# step: packing\ntrue\n", to: "step/01-chroot.sh")
        let graded = try grade(home, home.path + "/step")
        #expect(graded.code == 2, "\(graded)")
        #expect(
            try graded.report().check("pack/programs").reason?.hasPrefix("01-chroot.sh:3:1: there is no step 'packing'")
                == true)
        try home.write("true\necho \u{3}\n", to: "control/01-chroot.sh")
        let control = try grade(home, home.path + "/control")
        #expect(control.code == 2, "\(control)")
        #expect(try control.report().check("pack/programs").reason?.hasPrefix("01-chroot.sh:2") == true, "\(control)")
    }

    @Test("what is no submission is wrong usage", .needsPodlab)
    func wrongUsage() throws {
        let home = try Home()
        try home.write("hello", to: "empty/notes.txt")
        for (arguments, message) in [
            ([home.path + "/empty"], "holds no submission"), ([home.path + "/absent"], "is not a folder"),
            ([home.path + "/empty/notes.txt"], "is not a folder"), ([], "folders"),
            ([home.path, "--patience", "0"], "--patience"), ([home.path, "--lab", "77"], "no lab '77'"),
        ] {
            if arguments.contains("77") { try home.write("true", to: "01.sh") }
            let graded = try run([try home.executable(), "grade"] + arguments, environment: home.environment)
            #expect(graded.code == 64 && graded.error.contains(message), "\(arguments): \(graded)")
        }
    }

    @Test("a lab that is asked for is judged even where there is no script for it", .needsPlayground)
    func noScript() throws {
        let home = try Home()
        try home.write("", to: "kim/answers.yaml")
        let graded = try grade(home, home.path + "/kim", "--lab", "1")
        #expect(graded.code == 1, "\(graded)")
        #expect(try graded.report().statuses["pack/programs"] == "fail")
    }
}
