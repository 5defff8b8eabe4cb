// Typing a script into an attempt step by step, and checking each step when its lines are done.

import LabKit
import Playgrounds
import SystemPackage
import Terminals
import Text

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
        try begin(step, noticing: false)
        _ = try type(lines, noticing: false)
        if let answer { try self.answer(answer, to: step) }
    }

    /// Types the lines of a step, gives the step's answer if there is one, and judges the step.
    /// - Parameter step: with the checks that are asked for.
    package func run(
        _ step: Step, lines: [TypedLine], answer: String?, seconds: Double = linePatience,
        onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws -> StepRun {
        try begin(step)
        let typed = type(lines, patience: seconds, within: [], onOutput: onOutput)
        // The last answer counts, so one that was handed in beside the script goes before one that the script types.
        if let answer { try self.answer(answer, to: step) }
        return StepRun(result: check(step), outputs: typed.outputs, trouble: typed.trouble)
    }

    /// Types lines until one is not done in its time, or one of the limits is over.
    /// - Parameter keepingOutput: where nobody looks at what was printed it is not kept: 20,000 lines can print a MiB each.
    /// - Returns: what was printed, and why the lines were not all typed.
    func type(
        _ lines: [TypedLine], patience: Double, within limits: [TimeLimit], keepingOutput: Bool = true,
        onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) -> (outputs: [TypedOutput], trouble: String?) {
        var outputs: [TypedOutput] = []
        for line in lines {
            if let over = limits.over {
                return (outputs, "\(over.words) at line \(line.line), which was not typed, nor was any after it")
            }
            let nearest = limits.nearest.flatMap { $0.left < patience ? $0 : nil }
            do {
                let seconds = nearest.map { max(0.001, $0.left) } ?? patience
                let printed = try type([line], seconds: seconds, onOutput: onOutput)
                if keepingOutput { outputs += printed }
            } catch .stillRunning(let text, _, _) where nearest != nil {
                return (outputs, "\(nearest?.words ?? "") while \u{201C}\(terminalSafe(text))\u{201D} still ran")
            } catch {
                return (outputs, "\(error)")
            }
        }
        return (outputs, nil)
    }
}
