// What each verb of the tutorial shell does.

import LabKit

extension TutorialShell {
    func perform(_ verb: Verb, _ arguments: Command.Arguments) throws {
        switch verb {
        case .labs: showLabs()
        case .start: try start(arguments.words.first)
        case .task: try showTask()
        case .lesson: try showLesson(of: arguments.words.first)
        case .check: try check()
        case .hint: try hint()
        case .solution: try showSolution()
        case .demo: try demo()
        case .answer: try answer(arguments.text)
        case .reset:
            try tutorial.reset()
            say(screen.ok("A fresh playground. The steps before this one have been done for you."))
        case .skip: if try tutorial.skip() { arrive() } else { sayLabEnds(skipped: true) }
        case .next: try next()
        case .back: try go(tutorial.back(), otherwise: "This is the first step.")
        case .goto:
            try tutorial.go(to: arguments.words[0])
            arrive()
        case .progress: try showProgress()
        case .resume: resume()
        case .help: help(arguments.words.first)
        case .quit: leave()
        }
    }

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

    // MARK: Steps

    private func start(_ name: String?) throws {
        let wanted = name ?? tutorial.progress.currentLab ?? tutorial.catalog.labs.first?.id ?? "1"
        try tutorial.start(wanted)
        guard let lab = tutorial.lab else { return }
        var lines = screen.heading("\(lab.id) · \(lab.title)")
        if tutorial.stepIndex == 0 {
            lines += MarkdownRenderer(style: style).render(lab.lesson.introduction)
        }
        arrive(after: lines)
    }

    /// Shows where the learner is: the lesson of the step and its task, below lines that belong above them.
    private func arrive(after lines: [String] = []) {
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

    private var marksExplained: String {
        let (holds, open) = style.unicode ? ("●", "○") : ("*", ".")
        return
            "Each `\(open)` in the prompt is a check of the step; it is `\(holds)` when the kernel says that it holds."
    }

    private func go(_ moved: Bool, otherwise text: String) {
        if moved { arrive() } else { say(screen.note(text)) }
    }

    private func next() throws {
        _ = try tutorial.current()
        // What was done stays done, whatever the learner has made of it since.
        if !tutorial.isDone {
            let result = try tutorial.check()
            guard result.status == .pass else {
                show(result)
                say(screen.note("This step is not done yet. `hint` helps, `skip` does it for you."))
                return
            }
        }
        if try tutorial.next() { arrive() } else { sayLabEnds() }
    }

    private func sayLabEnds(skipped: Bool = false) {
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

    private func showTask() throws {
        let (_, step) = try tutorial.current()
        say(screen.marked(.open, step.task))
        for check in step.checks { say(screen.text("  · \(check.title)")) }
        if let question = step.question {
            say(screen.note("This step asks for an answer: `answer \(question.format ?? "VALUE")`."))
        }
        if let values = tutorial.attempt?.values.environment, !values.isEmpty {
            let list = values.sorted { $0.key < $1.key }.map { "`$\($0.key)` is `\(singleLineSafe($0.value))`" }
            say(screen.note("In the node's shell \(list.joined(separator: ", "))."))
        }
    }

    private func showLesson(of name: String?) throws {
        let (attempt, _) = try tutorial.current()
        let index =
            try name.map { name throws(TutorialError) in try tutorial.stepIndex(of: name) } ?? tutorial.stepIndex
        guard attempt.lab.lesson.sections.indices.contains(index) else { return }
        let section = attempt.lab.lesson.sections[index]
        let place = "Step \(index + 1) of \(attempt.lab.steps.count) · \(section.title)"
        page(screen.heading(place) + MarkdownRenderer(style: style).render(section.text))
    }

    // MARK: Checks

    private func check() throws {
        let result = try tutorial.check()
        show(result)
        remember(ExitCode(result.checks.map(\.status)))
        if result.status == .pass {
            say(screen.ok("This step is done. `next` goes on."))
        } else if let message = try tutorial.brokenScene() {
            say(screen.note("\(message) Type `reset` for a fresh playground at this step."))
        } else if !tutorial.hasShownHints {
            say(screen.note("`hint` gives the next thought."))
        }
    }

    /// What is and what was expected. What to type is for `hint` to say: it is the answer, and comes with the last one.
    private func show(_ result: StepResult) {
        let isTold = tutorial.hasShownHints
        say(
            CheckView(style: style).render(
                result.checks.map { check in
                    var shown = check
                    if !isTold { shown.help = nil }
                    return shown
                }))
    }

    private func hint() throws {
        guard let hint = try tutorial.hint() else {
            say(
                screen.note(
                    "There is no further hint. `check` says what to type for what does not hold, `solution` shows all commands."
                ))
            return
        }
        say(screen.note("Hint \(hint.number) of \(hint.of): \(hint.text)"))
    }

    private func showSolution() throws {
        let script = try tutorial.solution()
        say(screen.note(placeOfSolution(script)))
        say(script.lines.map { "    " + singleLineSafe($0.text) })
        if let answer = script.answer { say(["    answer " + answer]) }
    }

    /// Where the lines are to be typed, which they do not say themselves.
    private func placeOfSolution(_ script: ScriptStep) -> String {
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

    private func demo() throws {
        let (attempt, step) = try tutorial.current()
        var shown: [UInt8] = []
        try attempt.playSolution(step) { shown += $0 }
        let text = String(decoding: shown, as: UTF8.self).replacing("\r\n", with: "\n")
        say(text.split(separator: "\n").map { singleLineSafe(String($0)) })
        say(
            screen.note(
                "Done in a terminal of its own. `check` looks at what it made; `reset` gives a fresh playground."))
    }

    /// A value that the playground's shell must expand is handed in by the shell; any other is taken as it is.
    private func answer(_ text: String) throws {
        let (attempt, step) = try tutorial.current()
        guard step.asksForAnswer else {
            say(screen.note("This step asks for no answer. `task` shows what it asks for."))
            return
        }
        if text.contains("$") || text.contains("`") {
            guard case .waiting(_, isShell: true) = attempt.shell.typist.reader() else {
                say(
                    screen.failed(
                        "Another program has the terminal: leave it with `exit`, or answer with the plain value."))
                return
            }
            type("answer \(text)")
        } else {
            try tutorial.answer(text)
            say(screen.text("answer noted: \(singleLineSafe(text))"))
            let done = tutorial.glance() != nil
            tellAnswer()
            if done { say(screen.ok("This step is done. `next` goes on.")) }
        }
    }

    private func showProgress() throws {
        guard let lab = tutorial.lab else {
            showLabs()
            return
        }
        for (index, step) in lab.steps.enumerated() {
            let here = index == tutorial.stepIndex ? " (you are here)" : ""
            say(screen.marked(tutorial.isFinished(step) ? .ok : .open, "\(step.id) · \(step.title)\(here)"))
        }
    }

    private func help(_ name: String?) {
        if let name {
            if let verb = Verb(rawValue: name) {
                say(screen.text("`\(verb.usage)`") + [""] + MarkdownRenderer(style: style).render(verb.help))
            } else {
                say(screen.failed("`\(name)` is no verb. For a command of the shell, `!help \(name)` may know more."))
            }
            return
        }
        say(screen.pairs(Verb.allCases.map { ($0.usage, $0.summary) }))
        say([""] + screen.note("Anything else, or what follows a `!`, is typed into the playground's shell."))
        guard editor != nil else { return }
        say(
            screen.note(
                marksExplained
                    + " `\(style.unicode ? "–" : "-")` is one that another has to come before, `!` one that could not be "
                    + "judged. A name behind them is of a program or shell in the playground that waits for your line.")
        )
        say(
            screen.note(
                "\(escapeKey) comes back here from whatever runs in the playground, which goes on; `resume` returns to "
                    + "it. Ctrl-C and Ctrl-Z go to the program that runs; at this prompt Ctrl-C empties the line, and on an empty one goes to "
                    + "what waits in the playground. Tab completes what is there inside the playground."
            ))
    }
}
