// Time that submissions take: which limit was over, what was not judged for it, and that none of that scores.

import Foundation
import Testing

@Suite struct GradeLimitTests {
    private func grade(_ home: Home, _ options: String...) throws -> Finished {
        try run(
            [try home.executable(), "grade", "--format", "json", home.path + "/bob"] + options,
            environment: home.environment)
    }

    @Test("a step that takes longer than its limit is judged as it stands, and says so", .needsPlayground)
    func step() throws {
        let home = try Home()
        try home.write(
            "# step: pack\n" + String(repeating: "sleep 0.6\n", count: 1000) + "# step: enter\ntrue\n",
            to: "bob/01-chroot.sh")
        let graded = try grade(home, "--step-limit", "2")
        #expect(graded.code == 1, "\(graded)")
        let evidence = try graded.report().check("pack/programs").evidence.last
        #expect(evidence?.value.contains("the step's 2 s were over (--step-limit)") == true, "\(evidence as Any)")
    }

    @Test(
        "what is not judged before the lab or the submission is out of time is an error that names the limit",
        .needsPlayground, arguments: ["lab", "submission"], ["# step: pack\n", ""])
    func whole(scope: String, head: String) throws {
        let home = try Home()
        try home.write(head + String(repeating: "sleep 0.6\n", count: 1000), to: "bob/01-chroot.sh")
        let graded = try grade(home, "--\(scope)-limit", "2")
        #expect(graded.code == 2, "\(graded)")
        let report = try graded.report()
        #expect(report.summary.score == 0 && report.summary.pass == 0)
        let check = try report.check("pack/programs")
        let words = "not judged, and nothing scored: the \(scope)'s 2 s were over (--\(scope)-limit)"
        #expect(check.status == "error" && check.reason == words, "\(check)")
        #expect(graded.error.contains("0 graded, 1 could not be: bob (\(words))"), "\(graded.error)")
        #expect(home.sessions.isEmpty)
    }

    @Test("labs behind the one that used up the submission's time are errors and are not begun", .needsPlayground)
    func behind() throws {
        let home = try Home()
        for lab in ["01", "02"] { try home.write("sleep 1000\n", to: "bob/\(lab).sh") }
        let report = try grade(home, "--submission-limit", "2").report()
        #expect(report.labs.map(\.status) == ["error", "error"])
        let checks = report.labs[1].steps.flatMap(\.checks)
        #expect(checks.allSatisfy { $0.reason?.contains("--submission-limit") == true })
    }

    @Test(
        "a limit that is none is wrong usage", .needsPodlab,
        arguments: ["--step-limit", "--lab-limit", "--submission-limit"])
    func usage(option: String) throws {
        for value in ["0", "-1", "nan", "1e9"] {
            let done = try Home().podlab("grade", "/", "\(option)=\(value)")
            #expect(done.code == 64 && done.error.contains(option), "\(done)")
        }
    }
}
