// The seam at which formats of reports are added: one more type in the table is all that it takes.

import Foundation
import Testing

@testable import LabKit

/// A format of the kind that needs all reports before it writes the first line, as a table of a class does.
private struct Scores: ReportFormat {
    static let name = "scores"
    static let suffix: String? = "tsv"

    init(_ setting: ReportSetting) {}

    func render(_ reports: [Report]) -> String {
        let total = reports.reduce(0) { $0 + $1.summary.score }
        return "\(total)\n" + reports.map { "\($0.subject.learner ?? "")\t\($0.summary.score)\n" }.joined()
    }
}

@Suite("Formats of reports")
struct ReportFormatTests {
    private let formats = ReportFormats(ReportFormats.all.types + [Scores.self])
    private let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test("a row in the table is found by its name, and has files of its own")
    func row() throws {
        #expect(formats.names == ["text", "json", "scores"])
        let found = try #require(formats["scores"])
        #expect(found.name == "scores" && formats["tsv"] == nil)
        #expect(formats.ofFiles(beside: found).suffix == "tsv")
        #expect(formats.fileNames("ADA") == "ADA.json, with --format scores ADA.tsv")
        #expect(ReportFormats.all.fileNames("ADA") == "ADA.json")
    }

    @Test("beside what people read on a terminal, files are written for programs")
    func files() {
        #expect(formats.standard.name == "text")
        #expect(formats.ofFiles(beside: formats.standard).type.name == "json")
    }

    @Test("names differ, and so do the endings of files")
    func unique() {
        let types = ReportFormats.all.types
        #expect(Set(types.map { $0.name }).count == types.count)
        let suffixes = types.compactMap { $0.suffix }
        #expect(Set(suffixes).count == suffixes.count)
    }

    @Test("a format that needs all reports prints nothing before the last, and then everything")
    func whole() throws {
        var stream = ReportStream(Scores(ReportSetting()), count: 3)
        #expect(try stream.add(ReportFixture.report).isEmpty && stream.add(ReportFixture.report).isEmpty)
        // One of the three was never graded.
        #expect(try stream.end() == "2\nada\t1\nada\t1\n")
    }

    @Test("several reports as JSON are one array, one is a document, and each is printed when it is there")
    func stream() throws {
        let report = ReportFixture.report
        var several = ReportStream(JSONReport(ReportSetting()), count: 3)
        let first = try several.add(report)
        #expect(first.hasPrefix("[\n{"))
        let all = try first + several.add(report) + several.end()
        #expect(try JSONDecoder().decode([Report].self, from: Data(all.utf8)) == [report, report])
        var one = ReportStream(JSONReport(ReportSetting()), count: 1)
        #expect(try one.add(report) + one.end() == report.json())
        #expect(try ReportStream(JSONReport(ReportSetting()), count: 2).end() == "[]\n")
    }

    @Test("nothing outside the formats' folder and their table names a format")
    func seam() throws {
        let own = ["Sources/LabKit/Report/Formats/", "Sources/LabKit/Report/ReportFormats.swift"]
        let names = ReportFormats.all.types.map { String(describing: $0) }
        let pattern = try NSRegularExpression(pattern: "\\b(?:\(names.joined(separator: "|")))\\b")
        var read = 0
        for name in try FileManager.default.subpathsOfDirectory(atPath: checkout.path + "/Sources")
        where name.hasSuffix(".swift") && !own.contains(where: { "Sources/\(name)".hasPrefix($0) }) {
            let text = try String(contentsOfFile: checkout.path + "/Sources/\(name)", encoding: .utf8)
            read += 1
            let hits = pattern.numberOfMatches(in: text, range: NSRange(text.startIndex..., in: text))
            #expect(hits == 0, "Sources/\(name) names a format of reports: let it ask ReportFormats")
        }
        // Were nothing read, this would show nothing.
        #expect(read > 200)
    }

    @Test("each format is a file of its own, named for its type")
    func places() throws {
        let files = try FileManager.default.contentsOfDirectory(
            atPath: checkout.path + "/Sources/LabKit/Report/Formats")
        #expect(Set(files) == Set(ReportFormats.all.types.map { "\(String(describing: $0)).swift" }))
    }
}

@Suite("Results in reports")
struct ResultCodingTests {
    @Test("the JSON of a lab is what it was when reports had models of their own")
    func golden() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var result = ReportFixture.result
        result.steps[0].checks[1].observed = ["root": "host"]
        result.steps.append(StepResult(id: "none", checks: []))
        let text = String(decoding: try encoder.encode(result), as: UTF8.self)
        #expect(
            text == """
                {"id":"01-chroot","maxScore":4,"score":1,"seconds":0.81,"status":"error","steps":[{"checks":[\
                {"actual":"x","evidence":[],"expected":"x","help":null,"id":"good","kind":"level","points":1,\
                "reason":null,"seconds":0.002,"status":"pass","title":"title of good"},\
                {"actual":"3 bash processes, all with root /",\
                "evidence":[{"source":"/proc/23133/root","value":"/\\u001b]0;evil\\u0007"}],\
                "expected":"a bash whose root is /home/namespace/box","help":"Try chroot.","id":"root-is-box",\
                "kind":"level","points":1,"reason":null,"seconds":0.002,"status":"fail","title":"title of root-is-box"},\
                {"actual":null,"evidence":[],"expected":null,"help":null,"id":"broken","kind":"level","points":1,\
                "reason":"timed out after 10 s","seconds":0.002,"status":"error","title":"title of broken"},\
                {"actual":null,"evidence":[],"expected":null,"help":null,"id":"later","kind":"level","points":1,\
                "reason":"needs root-is-box, which failed","seconds":0.002,"status":"skip","title":"title of later"}],\
                "id":"enter","status":"error"},{"checks":[],"id":"none","status":"error"}],"title":"A root of its own"}
                """)
    }

    @Test("a check that is for another machine takes nothing from its step, in a report that is read back too")
    func elsewhere() throws {
        var result = ReportFixture.result
        var checks = [result.steps[0].checks[0], result.steps[0].checks[3]]
        checks[1].isElsewhere = true
        result.steps = [StepResult(id: "enter", checks: checks)]
        #expect(result.status == .pass)
        let read = try JSONDecoder().decode(LabResult.self, from: JSONEncoder().encode(result))
        #expect(read == result)
        checks[1].isElsewhere = false
        result.steps = [StepResult(id: "enter", checks: checks)]
        #expect(try JSONDecoder().decode(LabResult.self, from: JSONEncoder().encode(result)) == result)
        #expect(result.status == .skip)
    }

    @Test("seconds are whole microseconds, and never below zero or beyond numbers")
    func seconds() {
        func seconds(_ value: Double) -> Double {
            LabResult(id: "a", title: "a", steps: [], seconds: value).seconds
        }
        #expect([1.234_567_89, -1, .infinity, .nan].map(seconds) == [1.234_568, 0, 0, 0])
    }
}
