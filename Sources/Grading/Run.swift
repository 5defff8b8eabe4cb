// Typing a script into an attempt step by step, and checking each step when its lines are done.

import LabKit
import SystemPackage

/// Where the Swift solutions of labs are looked up; the front end knows them, because they are compiled from `Labs`.
package protocol SolutionPlayer: Sendable {
    /// Whether the lab has a compiled solution.
    func hasSolution(lab: String) -> Bool
    /// Runs the solution of a step inside the playground of an attempt, on a terminal of its own that stays open.
    func play(step: String, in attempt: Attempt) throws
}

/// What came of one step of a typed script.
package struct StepRun {
    package var result: StepResult
    package var outputs: [TypedOutput]
    /// Why the lines could not all be typed.
    package var trouble: String?
}

extension Attempt {
    /// Types the lines of a step and gives its answer if there is one, for the sake of a later step.
    package func perform(_ step: Step, lines: [TypedLine], answer: String?) throws {
        try begin(step)
        _ = try type(lines, noticing: false)
        if let answer { try self.answer(answer, to: step) }
    }

    /// Types the lines of a step, gives the step's answer if there is one, and judges the step.
    /// - Parameter only: the one check that is asked for; nil: all.
    package func run(
        _ step: Step, lines: [TypedLine], answer: String?, only: CheckReference? = nil, seconds: Double = 30,
        onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws -> StepRun {
        try begin(step)
        var trouble: String?
        var outputs: [TypedOutput] = []
        do {
            outputs = try type(lines, seconds: seconds, onOutput: onOutput)
        } catch {
            trouble = "\(error)"
        }
        // The last answer counts, so one that was handed in beside the script goes before one that the script types.
        if let answer { try self.answer(answer, to: step) }
        return StepRun(result: check(step, only: only), outputs: outputs, trouble: trouble)
    }
}
