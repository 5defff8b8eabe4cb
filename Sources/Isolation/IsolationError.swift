// The one error of this module: which operation, on what, what the kernel said, and what to do next.

import Linux
import SystemPackage

/// Why a plan could not be started or a child not be waited for.
package struct IsolationError: Error, Sendable, Equatable {
    /// The operation with its object, as the step describes itself: `mount proc on /proc`.
    package var operation: String
    /// The step that failed; nil when none is to blame.
    package private(set) var failed: Step?
    /// Where in the plan it went wrong, counted from zero; nil when that is outside the plan.
    package var step: Int?
    /// How many steps the plan has.
    package var steps: Int?
    /// What the system call answered; nil when none was made (an invalid plan).
    package var errno: Errno?
    /// The errno in words, and what the kernel logged about it; or what is wrong with the plan.
    package var meaning: String
    /// What to do next, where that is known.
    package var hint: String?
    /// What is to be mounted would have come to lie where nothing may; nil: it failed otherwise.
    package var refusal: PlaceRefusal?

    init(
        _ operation: String, step: Int? = nil, of steps: Int? = nil, errno: Errno? = nil, meaning: String? = nil,
        hint: String? = nil
    ) {
        self.operation = operation
        self.step = step
        self.steps = steps
        self.errno = errno
        self.meaning = meaning ?? errno.map { $0.words } ?? "failed"
        self.hint = hint
    }

    /// A step of a plan has failed.
    init(_ index: Int, of plan: Plan, errno: Errno? = nil, meaning: String? = nil, hint: String? = nil) {
        let step = plan.steps.indices.contains(index) ? plan.steps[index] : nil
        self.init(
            step?.summary ?? "start", step: index, of: plan.steps.count, errno: errno, meaning: meaning, hint: hint)
        failed = step
    }

    /// The plan makes no sense.
    init(_ error: PlanError, of plan: Plan) {
        self.init(error.operation, step: error.step, of: plan.steps.count, meaning: error.problem)
        failed = error.failed
    }

    /// Whether this very step has failed: not the way to it, and no other one.
    package func isAbout(_ step: Step) -> Bool { failed == step }
}

extension IsolationError: CustomStringConvertible {
    /// `mount proc on /proc: EPERM (operation not permitted) [step 7 of 19]`, and the hint on a line of its own.
    package var description: String {
        var text = operation + ": "
        if let errno { text += "\(errno.symbol) (\(meaning))" } else { text += meaning }
        if let step, let steps { text += " [step \(step + 1) of \(steps)]" }
        if let hint { text += "\n  " + hint }
        return text
    }
}

/// What is wrong with a plan before anything has happened.
package struct PlanError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The step at which it stops to make sense, counted from zero; nil: the plan as a whole.
    package let step: Int?
    /// That step.
    package let failed: Step?
    package let problem: String

    init(_ index: Int, _ step: Step, _ problem: String) {
        self.step = index
        failed = step
        self.problem = problem
    }

    /// The plan as a whole.
    init(_ problem: String) {
        step = nil
        failed = nil
        self.problem = problem
    }

    /// The step as it describes itself.
    var operation: String { failed?.summary ?? "the plan" }

    package var description: String {
        (step.map { "step \($0 + 1), " } ?? "") + operation + ": " + problem
    }
}
