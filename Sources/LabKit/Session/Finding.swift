// Something that was proven or not, in the shape of a check's result, for reports that are not about a learner.

/// One proof of a truth about a lab.
package struct Finding {
    /// Unique within its truth.
    package var id: String
    package var title: String
    package var status: Status
    package var expected: String?
    package var actual: String?
    package var evidence: [Evidence]
    package var reason: String?

    package init(
        id: String, title: String, status: Status, expected: String? = nil, actual: String? = nil,
        evidence: [Evidence] = [], reason: String? = nil
    ) {
        self.id = id
        self.title = title
        self.status = status
        self.expected = expected
        self.actual = actual
        self.evidence = evidence
        self.reason = reason
    }

    package static func fail(_ id: String, _ title: String, _ actual: String) -> Finding {
        Finding(id: id, title: title, status: .fail, actual: actual)
    }

    /// As a check of the step that stands for the truth; worth one point.
    package func result(step: String, seconds: Double) -> CheckResult {
        let check = Check(
            reference: CheckReference(step: step, check: id), title: title, kind: .level, points: 1, needs: [],
            probe: .answer(AnswerProbe(equals: .text(""), format: nil)), help: nil, observations: [])
        return CheckResult(
            check: check,
            outcome: ProbeOutcome(
                status: status, expected: expected, actual: actual, evidence: evidence, reason: reason),
            seconds: seconds)
    }
}

extension TypedLine {
    /// A line that stands in no script.
    package static func line(_ text: String, at number: Int) -> TypedLine { TypedLine(text: text, line: number) }
}
