// One learner's answer to one lab, in the form of solution.sh.

import StrictYAML
import Text

/// A script handed in. Without step lines it is typed whole and then everything is checked; with them each step is checked
/// when its lines are done.
package struct Submission: Sendable, Equatable {
    package var script: Script

    /// Reads a submission for a lab. Steps that the lab does not have, or in another order, are errors; steps left out
    /// are not: they just fail.
    package static func parse(
        _ text: String, file: String, lab: Lab
    ) -> (submission: Submission, diagnostics: [Diagnostic]) {
        var (script, diagnostics) = Script.parse(text, file: file)
        diagnostics += script.problems(against: lab.steps.map(\.id), file: file, severity: .error)
        return (Submission(script: script), diagnostics.inOrder)
    }

    /// The lines for a step: those under its step line, with the lines above the first step line before them. Nil when
    /// the script is not cut by steps, or has none for this one.
    package func lines(for step: String) -> [TypedLine]? {
        guard let part = script.step(step) else { return nil }
        return part.id == script.steps.first?.id ? script.preamble + part.lines : part.lines
    }
}

extension Script {
    /// Step lines that do not fit the lab's steps.
    func problems(against steps: [String], file: String, severity: Diagnostic.Severity) -> [Diagnostic] {
        var problems: [Diagnostic] = []
        var last = -1
        for part in self.steps where CheckReference.isName(part.id) {
            func note(_ message: String) {
                problems.append(
                    Diagnostic(
                        file: file, position: SourcePosition(line: part.line), severity: severity, message: message))
            }
            guard let place = steps.firstIndex(of: part.id) else {
                note("there is no step '\(part.id)'" + Spelling.suggestion(for: part.id, in: steps))
                continue
            }
            if place < last { note("the step '\(part.id)' comes before the step above it") }
            last = max(last, place)
        }
        return problems
    }
}
