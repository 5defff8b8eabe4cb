// Something that was proven or not, for reports that are not about a learner.

import LabKit

/// One proof of a truth about a lab.
struct Finding {
    /// Unique within its truth.
    var id: String
    var title: String
    var outcome: ProbeOutcome
    /// It is for another machine: worth nothing here, and no part of the whole.
    var isElsewhere: Bool

    init(
        id: String, title: String, status: Status, expected: String? = nil, actual: String? = nil,
        evidence: [Evidence] = [], reason: String? = nil, isElsewhere: Bool = false
    ) {
        self.id = id
        self.title = title
        outcome = ProbeOutcome(status: status, expected: expected, actual: actual, evidence: evidence, reason: reason)
        self.isElsewhere = isElsewhere
    }

    static func fail(_ id: String, _ title: String, _ actual: String) -> Finding {
        Finding(id: id, title: title, status: .fail, actual: actual)
    }

    /// As a check of the step that stands for the truth; worth one point, if it is for here.
    func result(step: String, seconds: Double) -> CheckResult {
        CheckResult(
            reference: CheckReference(step: step, check: id), title: title, points: isElsewhere ? 0 : 1,
            outcome: outcome, seconds: seconds, isElsewhere: isElsewhere)
    }
}
