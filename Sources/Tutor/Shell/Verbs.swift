// What each verb of the tutorial shell does.

import Foundation
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
        case .skip: try go(tutorial.skip(), otherwise: "That was the last step.")
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
        if let id = tutorial.progress.currentLab, let step = tutorial.progress.labs[id]?.currentStep,
            tutorial.catalog.labs.contains(where: { $0.id == id })
        {
            say(
                screen.note(
                    "Type `start` to go on with \(id) at the step `\(step)`, `labs` for the list, `help` for the verbs."
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
    }

    private func go(_ moved: Bool, otherwise text: String) {
        if moved { arrive() } else { say(screen.note(text)) }
    }

    private func next() throws {
        let (_, step) = try tutorial.current()
        let result = try tutorial.check()
        guard result.status == .pass else {
            show(result)
            say(screen.note("This step is not done yet. `hint` helps, `skip` does it for you."))
            return
        }
        if try tutorial.next() {
            arrive()
        } else {
            say(screen.ok("`\(step.id)` was the last step: the lab is done. Type `labs` for the list."))
        }
    }

    private func showTask() throws {
        let (_, step) = try tutorial.current()
        say(screen.marked(.open, step.task))
        for check in step.checks { say(screen.text("  · \(check.title)")) }
        if let answer = step.answerProbe {
            say(screen.note("This step asks for an answer: `answer \(answer.format ?? "VALUE")`."))
        }
    }

    private func showLesson(of id: String?) throws {
        let (attempt, step) = try tutorial.current()
        let wanted = id ?? step.id
        guard let index = attempt.lab.steps.firstIndex(where: { $0.id == wanted }) else {
            throw TutorialError.unknownStep(wanted, lab: attempt.lab.id, steps: attempt.lab.steps.map(\.id))
        }
        guard attempt.lab.lesson.sections.indices.contains(index) else { return }
        let section = attempt.lab.lesson.sections[index]
        page(screen.heading(section.title) + MarkdownRenderer(style: style).render(section.text))
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
        }
    }

    private func show(_ result: StepResult) {
        say(CheckView(style: style).render(result.checks.map { CheckLine($0) }))
    }

    private func hint() throws {
        guard let hint = try tutorial.hint() else {
            say(screen.note("There is no further hint. `solution` shows the commands."))
            return
        }
        say(screen.note("Hint \(hint.number) of \(hint.of): \(hint.text)"))
    }

    private func showSolution() throws {
        let script = try tutorial.solution()
        say(script.lines.map { "    " + singleLineSafe($0.text) })
        if let answer = script.answer { say(["    answer " + answer]) }
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
            say(screen.ok("answer noted: \(singleLineSafe(text))"))
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
                "\(escapeKey) comes back here from whatever runs in the playground, which goes on; `resume` returns to "
                    + "it. Ctrl-C and Ctrl-Z go to the program that runs. Tab completes what is there inside the playground."
            ))
    }
}

extension CheckLine {
    /// A judged check as it is shown.
    init(_ result: CheckResult) {
        let status: Status =
            switch result.status {
            case .pass: .pass
            case .fail: .fail
            case .error: .error
            case .skip: .skip
            }
        self.init(
            status: status, title: result.title, expected: result.expected, actual: result.actual,
            evidence: result.evidence.map { Evidence(source: $0.source, value: $0.value) }, help: result.help,
            reason: result.reason)
    }
}
