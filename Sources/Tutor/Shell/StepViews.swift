// What several verbs say: where the learner is, what was found, how a lab ends.

import LabKit

extension TutorialShell {
    func greet() {
        say(screen.heading("podlab: what containers and pods are made of"))
        if let (lab, step) = tutorial.goesOn {
            say(
                screen.note(
                    "Type `start` to go on with \(lab) at the step `\(step)`, `labs` for the list, `help` for the verbs."
                ))
        } else {
            say(screen.note("Type `start 1` to begin, `labs` for the list, `help` for the verbs."))
        }
    }

    func showLabs() {
        say(
            LabsOverview(labs: tutorial.catalog.labs.map(\.outline), progress: tutorial.progress).text.split(
                separator: "\n"
            ).map(
                String.init))
    }

    /// Shows where the learner is: the lesson of the step and its task, below lines that belong above them.
    func arrive(after lines: [String] = []) {
        guard let step = tutorial.step, let lab = tutorial.lab, let section = tutorial.lessonSection else { return }
        let place = "Step \(tutorial.stepIndex + 1) of \(lab.steps.count) · \(step.title)"
        page(lines + screen.heading(place) + MarkdownRenderer(style: style).render(section.text))
        say([""] + screen.marked(.open, step.task))
        if editor != nil, tutorial.stepIndex == 0,
            tutorial.progress.labs.values.allSatisfy({ $0.finishedSteps.isEmpty })
        {
            say(screen.note(marksExplained + " `help` lists the verbs."))
        }
    }

    var marksExplained: String {
        let (holds, open) = style.unicode ? ("●", "○") : ("*", ".")
        return
            "Each `\(open)` in the prompt is a check of the step; it is `\(holds)` when the kernel says that it holds."
    }

    func sayLabEnds(skipped: Bool = false) {
        guard let lab = tutorial.lab, let step = tutorial.step else { return }
        let following = tutorial.catalog.labs.first { $0.number > lab.number }
        let isDone = lab.steps.allSatisfy { tutorial.isFinished($0) }
        let open = lab.steps.filter { !tutorial.isFinished($0) }.map { "`\($0.id)`" }
        var text =
            skipped
            ? "`\(step.id)` was the last step, and has been done for you."
            : isDone
                ? "`\(step.id)` was the last step: the lab is done."
                : "`\(step.id)` was the last step. Not done by yourself yet: \(open.joined(separator: ", "))."
        if let following { text += " Type `start \(following.number)` for \(following.id), *\(following.title)*, or" }
        text += following == nil ? " Type `labs` for the list." : " `labs` for the list."
        say(isDone ? screen.ok(text) : screen.note(text))
    }

    /// What is and what was expected. What to type is for `hint` to say: it is the answer, and comes with the last one.
    func show(_ result: StepResult) {
        let isTold = tutorial.hasShownHints
        say(
            CheckView(style: style).render(
                result.checks.map { check in
                    var shown = check
                    if !isTold { shown.help = nil }
                    return shown
                }))
    }
}
