// What came of checking: one probe's outcome, and the results of checks, steps and labs. They are what every view and every
// format of a report renders, and their JSON is that of podlab.report/v1.

/// Where a fact comes from and what it said there, such as `/proc/23133/root` and `/`.
package struct Evidence: Sendable, Hashable, Codable {
    package var source: String
    package var value: String

    package init(source: String, value: String) {
        self.source = source
        self.value = value
    }
}

/// A probe's answer.
package struct ProbeOutcome: Sendable, Equatable {
    package var status: Status
    /// Literal text, as are `actual` and the evidence; they may have several lines and may be hostile.
    package var expected: String?
    package var actual: String?
    package var evidence: [Evidence]
    /// Why it is an error or a skip: Markdown of one paragraph.
    package var reason: String?
    /// Keys that hints and observations refer to.
    package var observed: [String: String]

    package init(
        status: Status, expected: String? = nil, actual: String? = nil, evidence: [Evidence] = [],
        reason: String? = nil, observed: [String: String] = [:]
    ) {
        self.status = status
        self.expected = expected
        self.actual = actual
        self.evidence = evidence
        self.reason = reason
        self.observed = observed
    }
}

/// One check, judged: what its outcome says is said of the check as well (`result.status`).
@dynamicMemberLookup
package struct CheckResult: Sendable, Equatable {
    package var reference: CheckReference
    /// Markdown of one paragraph, as is `help`.
    package var title: String
    package var kind: CheckKind
    /// What the check is worth; earned when the status is *pass*.
    package var points: Int
    package var outcome: ProbeOutcome
    package var help: String?
    /// In whole microseconds: more is noise.
    package let seconds: Double
    /// It is for another machine. Skipped here, it takes nothing from the whole.
    package var isElsewhere: Bool

    package var id: String { reference.check }
    package var score: Int { outcome.status == .pass ? points : 0 }

    package init(
        reference: CheckReference, title: String, kind: CheckKind = .level, points: Int = 1, outcome: ProbeOutcome,
        help: String? = nil, seconds: Double = 0, isElsewhere: Bool = false
    ) {
        self.reference = reference
        self.title = title
        self.kind = kind
        self.points = points
        self.outcome = outcome
        self.help = help
        self.seconds = inMicroseconds(seconds)
        self.isElsewhere = isElsewhere
    }

    /// A check and what its probe answered. What to try is kept only where there is something to try.
    package init(check: Check, outcome: ProbeOutcome, seconds: Double) {
        self.init(
            reference: check.reference, title: check.title, kind: check.kind, points: check.points, outcome: outcome,
            help: outcome.status == .fail ? check.help(observed: outcome.observed) : nil, seconds: seconds)
    }

    package subscript<Value>(dynamicMember path: WritableKeyPath<ProbeOutcome, Value>) -> Value {
        get { outcome[keyPath: path] }
        set { outcome[keyPath: path] = newValue }
    }
}

/// The checks of one step, judged.
package struct StepResult: Sendable, Equatable {
    package var id: String
    package var checks: [CheckResult]

    package init(id: String, checks: [CheckResult]) {
        self.id = id
        self.checks = checks
    }

    /// A step without checks measured nothing: *error*.
    package var status: Status {
        let here = checks.filter { !$0.isElsewhere }
        return .combining((here.isEmpty ? checks : here).map(\.status))
    }
    package var score: Int { checks.reduce(0) { $0 + $1.score } }
    package var maxScore: Int { checks.reduce(0) { $0 + $1.points } }
}

/// The steps of one lab, judged.
package struct LabResult: Sendable, Equatable {
    package var id: String
    package var title: String
    package var steps: [StepResult]
    /// Wall-clock time of the whole, in seconds, to the microsecond.
    package let seconds: Double

    package init(id: String, title: String, steps: [StepResult], seconds: Double) {
        self.id = id
        self.title = title
        self.steps = steps
        self.seconds = inMicroseconds(seconds)
    }

    package var status: Status { .combining(steps.map(\.status)) }
    package var score: Int { steps.reduce(0) { $0 + $1.score } }
    package var maxScore: Int { steps.reduce(0) { $0 + $1.maxScore } }
    package var checks: [CheckResult] { steps.flatMap(\.checks) }
    package var exitCode: ExitCode { ExitCode(checks.map(\.status)) }
}

extension LabResult {
    /// A lab of which nothing could be measured: every check has the same status and reason. For a requirement that this
    /// machine lacks (*skip*) or a playground that did not start (*error*).
    package init(lab: Lab, nothingMeasured status: Status, reason: String, seconds: Double = 0) {
        let steps = lab.steps.map { step in
            StepResult(
                id: step.id,
                checks: step.checks.map {
                    CheckResult(check: $0, outcome: ProbeOutcome(status: status, reason: reason), seconds: 0)
                })
        }
        self.init(id: lab.id, title: lab.title, steps: steps, seconds: seconds)
    }
}

private func inMicroseconds(_ seconds: Double) -> Double {
    seconds.isFinite ? (max(0, seconds) * 1_000_000).rounded() / 1_000_000 : 0
}
