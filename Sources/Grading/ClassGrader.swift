// Grading one learner of a class after another, each in a process of its own, and never less than one report for each.

import LabKit
import SystemPackage

/// What came of one learner.
package struct Graded: Sendable {
    package var report: Report
    /// podlab was asked to end meanwhile, by this signal.
    package var interruption: Int32?
    /// Its process did not end by itself and well: what it made must be looked for.
    package var isAbnormal = false

    /// Why it could not be graded, or not all of it; nil when all of it was.
    package var trouble: String? {
        let checks = report.labs.flatMap(\.checks)
        if let problem = report.problems.first { return problem }
        if let check = checks.first(where: { $0.status == .error }) { return check.reason ?? "an error" }
        return checks.allSatisfy { $0.status == .skip } ? "nothing was measured" : nil
    }

    /// For the exit code: what was not judged counts too.
    package var statuses: [Status] {
        report.labs.flatMap(\.checks).map(\.status) + (trouble == nil ? [] : [.error])
    }
}

/// The grading of a class.
package struct ClassGrader {
    /// All labs that there are.
    package var labs: [Lab]
    /// The labs that are judged for everybody; nil: those that are handed in.
    package var wanted: [Lab]?
    package var courseSeed: String?
    package var limits: GradingLimits
    /// The most that may be said of one learner, in bytes.
    package var mostBytes: Int
    /// podlab's version.
    package var version: String
    package var host: HostReport
    /// podlab's own folder of this run, which nothing in a playground can see.
    package var session: FilePath
    /// The process of one learner: what podlab is called with for it, given the pipe for its reports.
    package var process: (Learner, FilePath) -> LearnerProcess

    package init(
        labs: [Lab], wanted: [Lab]?, courseSeed: String?, limits: GradingLimits, mostBytes: Int, version: String,
        host: HostReport, session: FilePath, process: @escaping (Learner, FilePath) -> LearnerProcess
    ) {
        self.labs = labs
        self.wanted = wanted
        self.courseSeed = courseSeed
        self.limits = limits
        self.mostBytes = mostBytes
        self.version = version
        self.host = host
        self.session = session
        self.process = process
    }

    /// Grades one learner. Whatever goes wrong is in the report.
    package func grade(_ learner: Learner, _ signals: EndingSignals) -> Graded {
        var problems = [learner.problem].compactMap(\.self)
        if let fault = learner.fault {
            return Graded(report: report(learner, (wanted ?? []).map { unjudged($0, fault) }, [fault]))
        }
        let receiver: GradeReceiver
        let outcome: LearnerProcess.Outcome
        do {
            // Opened when its turn comes: what lies there now is graded, and a link that has taken its place is not followed.
            let folder = try Folder(learner.path)
            receiver = try GradeReceiver(in: session)
            outcome = try process(learner, receiver.path).run(folder, receiver, signals)
        } catch {
            problems.append("\(error)")
            return Graded(report: report(learner, (wanted ?? []).map { unjudged($0, "\(error)") }, problems))
        }
        var planned = (wanted ?? []).map(\.id)
        var done: [LabResult] = []
        for message in receiver.messages {
            switch message {
            case .plan(let labs, let found):
                planned = labs
                problems += found
            case .lab(let lab): done.append(lab)
            case .done: break
            }
        }
        let lacking = labs.filter { lab in planned.contains(lab.id) && !done.contains { $0.id == lab.id } }
        if let trouble = outcome.trouble {
            problems.append(trouble)
            done += lacking.map { unjudged($0, "not judged, and nothing scored: \(trouble)") }
        }
        if !outcome.survivors.isEmpty {
            problems.append("could not be ended: \(outcome.survivors.prefix(5).joined(separator: ", "))")
        }
        return Graded(
            report: report(learner, done.sorted { $0.id < $1.id }, problems), interruption: outcome.interruption,
            isAbnormal: outcome.trouble != nil || !outcome.survivors.isEmpty)
    }

    private func unjudged(_ lab: Lab, _ reason: String) -> LabResult {
        LabResult(lab: lab, nothingMeasured: .error, reason: reason)
    }

    private func report(_ learner: Learner, _ labs: [LabResult], _ problems: [String]) -> Report {
        let subject = SubjectReport(
            kind: .submission, learner: learner.name, seed: Grader.seed(course: courseSeed, learner: learner.name))
        return Report(podlab: version, host: host, subject: subject, labs: labs, problems: problems)
    }
}
