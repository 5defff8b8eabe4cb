// podlab.report/v1 as tests read it.

import Foundation
import Testing

struct ReportDocument: Decodable {
    struct Lab: Decodable {
        var id: String
        var status: String
        var steps: [Step]
    }
    struct Step: Decodable {
        var id: String
        var status: String
        var checks: [Check]
    }
    struct Check: Decodable {
        var id: String
        var status: String
        var actual: String?
        var help: String?
        var reason: String?
        var evidence: [Evidence]
    }
    struct Evidence: Decodable {
        var source: String
        var value: String
    }
    struct Summary: Decodable, Equatable { var pass, fail, error, skip, score, maxScore: Int }
    struct Subject: Decodable {
        var kind: String
        var learner: String?
        var seed: String?
    }

    var schema: String
    var subject: Subject
    var labs: [Lab]
    var problems: [String]?
    var summary: Summary

    /// `pack/programs` to its status.
    var statuses: [String: String] {
        Dictionary(
            labs.flatMap(\.steps).flatMap { step in step.checks.map { ("\(step.id)/\($0.id)", $0.status) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// What failed or could not be judged, one line for each: a report has thousands of lines, of which a log keeps the wrong ones.
    var red: [String] {
        labs.flatMap { lab in
            lab.steps.flatMap { step in
                step.checks.filter { ["fail", "error"].contains($0.status) }.map { check in
                    let told = [check.reason, check.actual, check.help, check.evidence.last?.value].compactMap { $0 }
                        .joined(separator: "; ")
                    return "\(lab.id)/\(step.id)/\(check.id): \(check.status): \(told)"
                }
            }
        }
    }

    func check(_ reference: String) throws -> Check {
        let parts = reference.split(separator: "/").map(String.init)
        return try #require(
            labs.flatMap(\.steps).first { $0.id == parts[0] }?.checks.first { $0.id == parts[1] }, "\(reference)")
    }
}

extension Finished {
    /// The reports on standard output: one by itself, several as an array.
    func reports() throws -> [ReportDocument] {
        let data = Data(bytes)
        if bytes.first == UInt8(ascii: "[") { return try JSONDecoder().decode([ReportDocument].self, from: data) }
        return [try JSONDecoder().decode(ReportDocument.self, from: data)]
    }

    func report(sourceLocation: SourceLocation = #_sourceLocation) throws -> ReportDocument {
        let reports = try reports()
        return try #require(reports.count == 1 ? reports[0] : nil, "\(self)", sourceLocation: sourceLocation)
    }
}
