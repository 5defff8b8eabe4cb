// The results of labs, steps and checks in the JSON of podlab.report/v1. What follows from other things is written, for
// whoever reads a report, and worked out anew when one is read.

extension LabResult: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, title, status, score, maxScore, seconds, steps
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(title, forKey: .title)
        try container.encode(status, forKey: .status)
        try container.encode(score, forKey: .score)
        try container.encode(maxScore, forKey: .maxScore)
        try container.encode(seconds, forKey: .seconds)
        try container.encode(steps, forKey: .steps)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try container.decode(String.self, forKey: .id),
            title: try container.decode(String.self, forKey: .title),
            steps: try container.decode([StepResult].self, forKey: .steps),
            seconds: try container.decode(Double.self, forKey: .seconds))
    }
}

extension StepResult: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, status, checks
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(status, forKey: .status)
        try container.encode(checks, forKey: .checks)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let id = try container.decode(String.self, forKey: .id)
        var list = try container.nestedUnkeyedContainer(forKey: .checks)
        var checks: [CheckResult] = []
        while !list.isAtEnd { checks.append(try CheckResult(from: list.superDecoder(), step: id)) }
        self.init(id: id, checks: checks)
        // No check says that it is for another machine, but the step's status does: what was skipped took nothing from it.
        if try container.decode(Status.self, forKey: .status) != status {
            for index in checks.indices where checks[index].status == .skip { self.checks[index].isElsewhere = true }
        }
    }
}

extension CheckResult: Encodable {
    private enum CodingKeys: String, CodingKey {
        case id, title, kind, status, points, expected, actual, help, evidence, reason, seconds
    }

    /// What is unknown stands there as `null`. What a probe observed for hints is not part of it.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(title, forKey: .title)
        try container.encode(kind, forKey: .kind)
        try container.encode(outcome.status, forKey: .status)
        try container.encode(points, forKey: .points)
        try container.encode(outcome.expected, forKey: .expected)
        try container.encode(outcome.actual, forKey: .actual)
        try container.encode(help, forKey: .help)
        try container.encode(outcome.evidence, forKey: .evidence)
        try container.encode(outcome.reason, forKey: .reason)
        try container.encode(seconds, forKey: .seconds)
    }

    /// A check does not name its step, in which it stands.
    fileprivate init(from decoder: any Decoder, step: String) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let outcome = ProbeOutcome(
            status: try container.decode(Status.self, forKey: .status),
            expected: try container.decodeIfPresent(String.self, forKey: .expected),
            actual: try container.decodeIfPresent(String.self, forKey: .actual),
            evidence: try container.decode([Evidence].self, forKey: .evidence),
            reason: try container.decodeIfPresent(String.self, forKey: .reason))
        self.init(
            reference: CheckReference(step: step, check: try container.decode(String.self, forKey: .id)),
            title: try container.decode(String.self, forKey: .title),
            kind: try container.decode(CheckKind.self, forKey: .kind),
            points: try container.decode(Int.self, forKey: .points), outcome: outcome,
            help: try container.decodeIfPresent(String.self, forKey: .help),
            seconds: try container.decode(Double.self, forKey: .seconds))
    }
}
