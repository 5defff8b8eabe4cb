// The report: its JSON and its text.

import Foundation
import Testing
import Text

@testable import LabKit

/// A report with every status in it.
enum ReportFixture {
    static func check(_ id: String, _ outcome: ProbeOutcome) -> CheckResult {
        let check = Check(
            reference: CheckReference(step: "enter", check: id), title: "title of \(id)", kind: .level, points: 1,
            needs: [], probe: AnyProbe(DecoyProbe(name: "kubelet", alive: true)), help: "Try chroot.", observations: [])
        return CheckResult(check: check, outcome: outcome, seconds: 0.002_000_000_1)
    }

    static let result = LabResult(
        id: "01-chroot", title: "A root of its own",
        steps: [
            StepResult(
                id: "enter",
                checks: [
                    check("good", ProbeOutcome(status: .pass, expected: "x", actual: "x")),
                    check(
                        "root-is-box",
                        ProbeOutcome(
                            status: .fail, expected: "a bash whose root is /home/namespace/box",
                            actual: "3 bash processes, all with root /",
                            evidence: [Evidence(source: "/proc/23133/root", value: "/\u{1b}]0;evil\u{7}")])),
                    check("broken", ProbeOutcome(status: .error, reason: "timed out after 10 s")),
                    check("later", ProbeOutcome(status: .skip, reason: "needs root-is-box, which failed")),
                ])
        ], seconds: 0.81)

    static let report = Report(
        podlab: "0.1.0", host: HostReport(kernel: "6.18.44", cgroup: .hybrid, root: false, machine: "x86_64"),
        subject: SubjectReport(kind: .session, learner: "ada"), labs: [result])
}

@Suite("Report")
struct ReportTests {
    @Test("the JSON has what the design shows, unknown things as null, and reads back equal")
    func json() throws {
        let report = ReportFixture.report
        let text = try report.json()
        #expect(try JSONDecoder().decode(Report.self, from: Data(text.utf8)) == report)
        let lines = try report.json(pretty: false)
        #expect(lines.contains(#""reason":null,"seconds":0.002,"status":"pass""#))
        #expect(lines.contains(#""subject":{"kind":"session","learner":"ada","seed":null}"#))
        #expect(lines.contains(#""summary":{"error":1,"fail":1,"maxScore":4,"pass":1,"score":1,"skip":1}"#))
        #expect(lines.contains(#""schema":"podlab.report/v1""#))
        #expect(text == (try report.json()))
        #expect(report.labs[0].status == .error)
        #expect(report.exitCode == .notJudged)
    }

    @Test("a report without labs could not be judged")
    func empty() {
        var report = ReportFixture.report
        report.labs = []
        #expect(report.exitCode == .notJudged)
    }

    @Test("a failed check shows what was expected, what is, how we know and what to try")
    func text() {
        let text = TextReport().render(ReportFixture.report)
        let expected = """
            ada

            01-chroot  A root of its own  ERROR  1/4
              enter
                pass   title of good
                FAIL   title of root-is-box
                      expected  a bash whose root is /home/namespace/box
                      actual    3 bash processes, all with root /
                      evidence  /proc/23133/root: /\\u{1b}]0;evil\\u{7}
                      try       Try chroot.
                ERROR  title of broken
                      reason    timed out after 10 s
                skip   title of later
                      reason    needs root-is-box, which failed

            1 passed, 1 failed, 1 could not be judged, 1 skipped · score 1/4

            """
        #expect(text == expected)
    }

    @Test("the last lines of a course's report name each check that did not pass")
    func unproven() {
        var report = ReportFixture.report
        report.subject = SubjectReport(kind: .course)
        let lines = TextReport().render(report).split(separator: "\n").suffix(3)
        #expect(
            Array(lines) == [
                "FAIL   01-chroot, enter: title of root-is-box", "ERROR  01-chroot, enter: title of broken",
                "1 passed, 1 failed, 1 could not be judged, 1 skipped · score 1/4",
            ])
    }

    @Test("a command between backquotes is not cut in two, and is in colour where there are colours")
    func inlineCode() {
        var report = ReportFixture.report
        report.labs[0].steps[0].checks[1].help =
            String(repeating: "word ", count: 12) + "type `podlab root build` and `ls -l`."
        for width in 66...90 {
            let text = TextReport(style: TextStyle(width: width)).render(report)
            #expect(
                text.contains("`podlab root build`") && text.split(separator: "\n").allSatisfy { $0.count <= width })
        }
        let coloured = TextReport(style: TextStyle(color: true, width: 80)).render(report)
        #expect(coloured.contains("\u{1b}[36mpodlab root build\u{1b}[0m") && !coloured.contains("`"))
        #expect(!TextReport(tellsHelp: false).render(report).contains("ls -l"))
    }

    @Test("long texts are wrapped under themselves and never cut")
    func wrapping() {
        let words = (1...40).map { "word\($0)" }
        let check = ReportFixture.check(
            "a", ProbeOutcome(status: .fail, actual: words.joined(separator: " ") + "\nsecond"))
        let lines = TextReport(style: TextStyle(width: 60)).render(check, keepingNewlines: true)
        #expect(lines.allSatisfy { $0.count <= 60 })
        #expect(
            lines.joined(separator: " ").split(separator: " ").filter { $0.hasPrefix("word") }.map(String.init) == words
        )
        #expect(lines.contains("                second"))
    }

    @Test("a line feed in what was found in a playground makes up no line of the report")
    func noForgedLines() {
        let evil = "/x\n    pass   title of root-is-box"
        let check = ReportFixture.check(
            "a", ProbeOutcome(status: .fail, actual: evil, evidence: [Evidence(source: evil, value: evil)]))
        let lines = TextReport(style: TextStyle(width: 200)).render(check)
        #expect(
            lines.count { $0.contains("/x\\n") } == 2
                && !lines.contains { $0.contains("  pass  ") && !$0.contains("/x") })
    }

    @Test("JSON holds nothing that a terminal would act on, and says the same")
    func jsonOnTerminals() throws {
        var report = ReportFixture.report
        report.subject.learner = "\u{9b}2J\u{7f}\u{202e}\u{e0041}\nä"
        let json = try report.json()
        #expect(json.unicodeScalars.allSatisfy { $0 == "\n" || !isHazardous($0) })
        #expect(try JSONDecoder().decode(Report.self, from: Data(json.utf8)) == report)
    }

    @Test("a problem of the subject makes the whole an error, is told, and is in JSON only where there is one")
    func problems() throws {
        var report = ReportFixture.report
        report.labs = []
        report.problems = ["answers.yaml:1:1: no\n\u{1b}[2J"]
        #expect(report.exitCode == .notJudged)
        #expect(TextReport().render(report).contains("ERROR     answers.yaml:1:1: no\\n\\u{1b}[2J\n"))
        #expect(try JSONDecoder().decode(Report.self, from: Data(try report.json().utf8)) == report)
        #expect(try !ReportFixture.report.json().contains("problems"))
    }

    @Test("colour only where wanted: on a terminal without NO_COLOR")
    func color() {
        #expect(TextStyle(environment: [:], isTerminal: true).color)
        #expect(!TextStyle(environment: [:], isTerminal: false).color)
        #expect(!TextStyle(environment: ["NO_COLOR": "1"], isTerminal: true).color)
        #expect(TextStyle(environment: ["NO_COLOR": ""], isTerminal: true).color)
        #expect(!TextStyle(environment: ["TERM": "dumb"], isTerminal: true).color)
        #expect(TextReport(style: TextStyle(color: true)).render(ReportFixture.report).contains("\u{1b}[31mFAIL"))
    }

    @Test("a lab of which nothing was measured carries the reason at every check")
    func nothingMeasured() throws {
        let lab = try #require(try LabFixture().load().lab)
        let result = LabResult(lab: lab, nothingMeasured: .skip, reason: "no user namespaces")
        #expect(result.checks.count == 3 && result.checks.allSatisfy { $0.reason == "no user namespaces" })
        #expect(result.status == .skip)
        #expect(result.exitCode == .notJudged)
    }
}

@Suite("Terminal-safe text")
struct TerminalSafeTests {
    @Test(
        "what a terminal would act on is made visible",
        arguments: [
            ("plain text, äöü, 한글, 日本", "plain text, äöü, 한글, 日本"), ("\u{1b}[2J", "\\u{1b}[2J"),
            ("\u{9b}2J", "\\u{9b}2J"), ("a\nb\r\tc", "a\\nb\\r\\tc"), ("\r\n", "\\r\\n"),
            ("\u{7f}\u{8}", "\\u{7f}\\u{8}"),
            ("\u{202e}txt.exe", "\\u{202e}txt.exe"), ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("a\u{200b}b", "a\\u{200b}b"), ("\u{2028}", "\\u{2028}"), ("\u{0}", "\\u{0}"), ("\u{feff}", "\\u{feff}"),
            ("\u{e0041}", "\\u{e0041}"), ("e\u{301}", "e\u{301}"),
        ])
    func escapes(text: String, safe: String) {
        #expect(terminalSafe(text) == safe)
    }

    @Test("line feeds and tabs stay where lines are wanted, escapes never")
    func newlines() {
        #expect(terminalSafe("a\nb\t\u{1b}c\r\nd", keepingNewlines: true) == "a\nb\t\\u{1b}c\\r\nd")
    }
}
