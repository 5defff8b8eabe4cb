// A lab that `podlab verify` proves, as a teacher runs it.

import Testing

extension Home {
    /// The report on the six truths of a lab, none of which may be red; what is skipped is for whoever asks to judge. Nothing is left.
    func proven(_ lab: String, seed: String?) throws -> ReportDocument {
        let options = seed.map { ["--seed", $0] } ?? []
        let verified = try run(
            [try executable(), "verify", lab, "--format", "json"] + options, environment: environment)
        let report = try verified.report()
        #expect(report.red.isEmpty, "\(report.red.joined(separator: "\n"))")
        #expect(verified.code == 0 && report.summary.fail == 0 && report.summary.error == 0, "\(verified.error)")
        #expect(sessions.isEmpty)
        return report
    }
}
