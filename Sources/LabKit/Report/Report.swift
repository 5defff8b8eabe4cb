// The report, podlab.report/v1: the outcome of checking, one model rendered in many formats.
// Its JSON Schema is docs/podlab.report.v1.schema.json.

import Foundation

/// What came of checking one subject on one machine.
package struct Report: Sendable, Equatable, Codable {
    package static let schema = "podlab.report/v1"

    package var schema: String = Self.schema
    /// podlab's version.
    package var podlab: String
    package var host: HostReport
    package var subject: SubjectReport
    package var labs: [LabReport]
    package var summary: SummaryReport

    package init(podlab: String, host: HostReport, subject: SubjectReport, results: [LabResult]) {
        self.podlab = podlab
        self.host = host
        self.subject = subject
        labs = results.map(LabReport.init)
        summary = SummaryReport(checks: results.flatMap(\.checks))
    }

    /// 0: all pass. 1: at least one check failed. 2: an error, or nothing measured.
    package var exitCode: ExitCode {
        ExitCode(labs.flatMap(\.steps).flatMap(\.checks).map(\.status))
    }
}

/// The machine it was measured on.
package struct HostReport: Sendable, Equatable, Codable {
    package enum Cgroup: String, Sendable, Codable, CaseIterable {
        case v1, v2, hybrid
        /// No cgroup file system is mounted.
        case none
    }

    /// Release, as uname(2) gives it.
    package var kernel: String
    package var cgroup: Cgroup
    /// Whether podlab ran as root.
    package var root: Bool
    /// Hardware name, as uname(2) gives it.
    package var machine: String

    package init(kernel: String, cgroup: Cgroup, root: Bool, machine: String) {
        self.kernel = kernel
        self.cgroup = cgroup
        self.root = root
        self.machine = machine
    }
}

/// Whose work was checked.
package struct SubjectReport: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// The labs themselves, by `podlab verify`.
        case course
        /// Files that a learner handed in.
        case submission
        /// A learner at work.
        case session
    }

    package var kind: Kind
    package var learner: String?
    /// The seed that the learner's variables were drawn from.
    package var seed: String?

    package init(kind: Kind, learner: String? = nil, seed: String? = nil) {
        self.kind = kind
        self.learner = learner
        self.seed = seed
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(learner, forKey: .learner)
        try container.encode(seed, forKey: .seed)
    }
}

package struct LabReport: Sendable, Equatable, Codable {
    package var id: String
    package var title: String
    package var status: Status
    package var score: Int
    package var maxScore: Int
    package var seconds: Double
    package var steps: [StepReport]

    package init(_ result: LabResult) {
        id = result.id
        title = result.title
        status = result.status
        score = result.score
        maxScore = result.maxScore
        seconds = roundedSeconds(result.seconds)
        steps = result.steps.map(StepReport.init)
    }
}

package struct StepReport: Sendable, Equatable, Codable {
    package var id: String
    package var status: Status
    package var checks: [CheckReport]

    package init(_ result: StepResult) {
        id = result.id
        status = result.status
        checks = result.checks.map(CheckReport.init)
    }
}

package struct CheckReport: Sendable, Equatable, Codable {
    package var id: String
    package var title: String
    package var kind: CheckKind
    package var status: Status
    package var points: Int
    package var expected: String?
    package var actual: String?
    package var help: String?
    package var evidence: [Evidence]
    package var reason: String?
    package var seconds: Double

    package init(_ result: CheckResult) {
        id = result.id
        title = result.title
        kind = result.kind
        status = result.status
        points = result.points
        expected = result.expected
        actual = result.actual
        help = result.help
        evidence = result.evidence
        reason = result.reason
        seconds = roundedSeconds(result.seconds)
    }

    /// Written out, because what is unknown must stand there as `null`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(title, forKey: .title)
        try container.encode(kind, forKey: .kind)
        try container.encode(status, forKey: .status)
        try container.encode(points, forKey: .points)
        try container.encode(expected, forKey: .expected)
        try container.encode(actual, forKey: .actual)
        try container.encode(help, forKey: .help)
        try container.encode(evidence, forKey: .evidence)
        try container.encode(reason, forKey: .reason)
        try container.encode(seconds, forKey: .seconds)
    }
}

/// How many checks came out how, and the points.
package struct SummaryReport: Sendable, Equatable, Codable {
    package var pass: Int
    package var fail: Int
    package var error: Int
    package var skip: Int
    package var score: Int
    package var maxScore: Int

    init(checks: [CheckResult]) {
        func count(_ status: Status) -> Int { checks.count { $0.status == status } }
        pass = count(.pass)
        fail = count(.fail)
        error = count(.error)
        skip = count(.skip)
        score = checks.reduce(0) { $0 + $1.score }
        maxScore = checks.reduce(0) { $0 + $1.points }
    }
}

extension Report {
    /// The report as JSON, keys sorted, with a line feed at the end. Equal reports give equal bytes.
    package func json(pretty: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}

/// Whole microseconds: more is noise.
private func roundedSeconds(_ seconds: Double) -> Double {
    seconds.isFinite ? (max(0, seconds) * 1_000_000).rounded() / 1_000_000 : 0
}
