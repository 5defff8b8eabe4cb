// The report, podlab.report/v1: the outcome of checking, one model rendered in many formats.
// Its JSON Schema is docs/podlab.report.v1.schema.json.

/// What came of checking one subject on one machine.
package struct Report: Sendable, Equatable, Codable {
    package static let schema = "podlab.report/v1"

    package var schema: String = Self.schema
    /// podlab's version.
    package var podlab: String
    package var host: HostReport
    package var subject: SubjectReport
    package var labs: [LabResult]
    /// What of the subject's files could not be judged, or how judging it ended; each makes the whole an error. Nothing of
    /// it is a check, so nothing of it scores.
    package var problems: [String]
    package var summary: SummaryReport

    package init(
        podlab: String, host: HostReport, subject: SubjectReport, labs: [LabResult], problems: [String] = []
    ) {
        self.podlab = podlab
        self.host = host
        self.subject = subject
        self.labs = labs
        self.problems = problems
        summary = SummaryReport(checks: labs.flatMap(\.checks))
    }

    private enum CodingKeys: String, CodingKey {
        case schema, podlab, host, subject, labs, problems, summary
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        schema = try container.decode(String.self, forKey: .schema)
        podlab = try container.decode(String.self, forKey: .podlab)
        host = try container.decode(HostReport.self, forKey: .host)
        subject = try container.decode(SubjectReport.self, forKey: .subject)
        labs = try container.decode([LabResult].self, forKey: .labs)
        problems = try container.decodeIfPresent([String].self, forKey: .problems) ?? []
        summary = try container.decode(SummaryReport.self, forKey: .summary)
    }

    /// `problems` is written where there are some.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schema, forKey: .schema)
        try container.encode(podlab, forKey: .podlab)
        try container.encode(host, forKey: .host)
        try container.encode(subject, forKey: .subject)
        try container.encode(labs, forKey: .labs)
        if !problems.isEmpty { try container.encode(problems, forKey: .problems) }
        try container.encode(summary, forKey: .summary)
    }

    /// 0: all pass. 1: at least one check failed. 2: an error, a problem, or nothing measured.
    package var exitCode: ExitCode {
        ExitCode(labs.flatMap(\.checks).map(\.status) + problems.map { _ in .error })
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
