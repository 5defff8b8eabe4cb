// What a lab must hold, by name.

/// A truth of a lab. The raw value is its step in a report.
package enum Truth: String, CaseIterable, Sendable {
    /// On a fresh playground no check of a task passes by itself.
    case unsolved = "unsolved-is-red"
    /// After `solution.sh`, and separately after `Solution.swift`, every check passes.
    case solved = "solved-is-green"
    /// Every mutant turns the check red that it names.
    case mutants = "mutants-are-killed"
    /// Every alternative is as right as the solution: all checks of its step pass.
    case alternatives = "alternatives-are-green"
    /// Every console block of the lesson prints what it says.
    case lesson = "lesson-is-true"
    /// After all of these nothing is left on the machine.
    case reset = "reset-is-clean"
}
