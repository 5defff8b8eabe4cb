// Something that was proven or not, in the shape of a check's result, for reports that are not about a learner.

import StrictYAML

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
    /// It is for another machine: worth nothing here, and no part of the whole.
    package var isElsewhere: Bool

    package init(
        id: String, title: String, status: Status, expected: String? = nil, actual: String? = nil,
        evidence: [Evidence] = [], reason: String? = nil, isElsewhere: Bool = false
    ) {
        self.id = id
        self.title = title
        self.status = status
        self.expected = expected
        self.actual = actual
        self.evidence = evidence
        self.reason = reason
        self.isElsewhere = isElsewhere
    }

    package static func fail(_ id: String, _ title: String, _ actual: String) -> Finding {
        Finding(id: id, title: title, status: .fail, actual: actual)
    }

    /// As a check of the step that stands for the truth; worth one point, if it is for here.
    package func result(step: String, seconds: Double) -> CheckResult {
        let check = Check(
            reference: CheckReference(step: step, check: id), title: title, kind: .level,
            points: isElsewhere ? 0 : 1, needs: [],
            probe: .placeholder, help: nil, observations: [])
        var result = CheckResult(
            check: check,
            outcome: ProbeOutcome(
                status: status, expected: expected, actual: actual, evidence: evidence, reason: reason),
            seconds: seconds)
        result.isElsewhere = isElsewhere
        return result
    }
}

extension TypedLine {
    /// A line that stands in no script.
    package static func line(_ text: String, at number: Int) -> TypedLine { TypedLine(text: text, line: number) }
}
