// `solution`: the commands of the solution.

import LabKit
import Text

extension Verb {
    static let solution = Verb(
        "solution", summary: "the commands that solve this step",
        help: "Shows the commands that solve this step, and in which shell they are to be typed. They are not run."
    ) { shell, _ in
        try shell.showSolution()
    }
}

extension TutorialShell {
    fileprivate func showSolution() throws {
        let script = try tutorial.solution()
        say(screen.note(placeOfSolution(script)))
        say(script.lines.map { "    " + terminalSafe($0.text) })
        if let answer = script.answer { say(["    answer " + answer]) }
    }

    /// Where the lines are to be typed, which they do not say themselves.
    fileprivate func placeOfSolution(_ script: ScriptStep) -> String {
        let skip = "`skip` types them for you."
        guard tutorial.stepIndex > 0, let lab = tutorial.lab else { return "For the node's own shell. " + skip }
        let before = lab.steps[tutorial.stepIndex - 1].id
        let leaves = script.lines.prefix { $0.text == "exit" }.count
        guard leaves == 0 else {
            let count = leaves == 1 ? "the first `exit` leaves" : "the first \(leaves) `exit` leave"
            return
                "They go on where the solution of `\(before)` ends; \(count) the shells that it has opened. In the node's own shell, "
                + "leave them out. " + skip
        }
        return "They go on where the solution of `\(before)` ends: in the shell that it has opened last, if any. "
            + skip
    }
}
