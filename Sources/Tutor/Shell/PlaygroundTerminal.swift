// The learner and the terminal of the playground: lines typed into it, keys passed on, programs left and resumed.

import Glibc
import KernelState
import LabKit
import Playgrounds
import Terminals
import Text

extension TutorialShell {
    // MARK: Lines and keys

    /// Types a line for the shell, less a prompt that was pasted with it.
    func typeCommand(_ line: String) {
        guard let prompt = ConsoleBlock.pastedPrompt(of: line), tutorial.attempt != nil else { return type(line) }
        let command = String(line.drop { $0 == " " || $0 == "\t" }.dropFirst(prompt.count))
        if prompt.hasPrefix("host") {
            say(
                screen.note(
                    "`\(prompt)` is the prompt of your own machine: type that line in another terminal, outside podlab."
                ))
            return
        }
        say(screen.note("`\(prompt)` is a prompt and is not typed. Typed is: `\(terminalSafe(command))`"))
        type(command)
    }

    /// Types a line into the playground and shows what comes of it.
    func type(_ line: String) {
        guard let attempt = tutorial.attempt else {
            say(
                screen.note("No lab is started, so there is no playground yet. Type `start 1`, or `labs` for the list.")
            )
            suggest(for: line)
            if editor == nil { remember(.notJudged) }
            return
        }
        var printed = ""
        linesAbove = 0
        withKeyboard(of: attempt) { typist, printer in
            let output = try typist.type(line, seconds: .infinity) { printer.take($0) }
            if typist.isLeft { printer.flush() } else { printer.finish(prompt: output.prompt) }
            printed = output.output
        }
        explain(line, printed, attempt)
        look(at: attempt, answering: line)
    }

    /// Ctrl-C at the prompt, for whoever waits in the playground.
    func interrupt() {
        guard let attempt = tutorial.attempt else { return }
        let typist = attempt.shell.typist
        let name = terminalSafe(typist.foreground?.comm ?? "bash")
        if typist.isLeft {
            say(
                screen.note(
                    "`\(name)` goes on running: `resume` returns to it, and Ctrl-C ends it there. The verbs work meanwhile."
                ))
            return
        }
        var isIgnored = false
        withKeyboard(of: attempt) { typist, printer in
            let (result, typed) = try typist.interrupt(seconds: .infinity) { printer.take($0) }
            isIgnored = result == .ignored
            if typist.isLeft { printer.flush() } else { printer.finish(prompt: typed.prompt) }
        }
        if isIgnored {
            say(
                screen.note(
                    "`\(name)` takes no Ctrl-C and waits on. Ctrl-D ends its input, `resume` gives it the whole keyboard; the verbs "
                        + "work as ever, and `reset` gives a fresh playground."))
        }
        noteContinuation(attempt)
        look(at: attempt)
    }

    /// The end of input, for the program that waits.
    func endInput() {
        guard let attempt = tutorial.attempt else { return }
        let typist = attempt.shell.typist
        if typist.isLeft {
            say(screen.failed("\(TerminalError.occupied(program: typist.foreground?.comm ?? "a program"))"))
            return
        }
        withKeyboard(of: attempt) { typist, printer in
            let typed = try typist.press([0x04], seconds: .infinity) { printer.take($0) }
            if typist.isLeft { printer.flush() } else { printer.finish(prompt: typed.prompt) }
        }
        noteContinuation(attempt)
        look(at: attempt)
    }

    /// Returns to what was left, or gives the keyboard to what waits.
    func resume() {
        guard let attempt = tutorial.attempt, let program = attempt.shell.typist.foreground else {
            say(screen.note("Nothing waits for you in the playground's terminal."))
            return
        }
        // Between a program's own lines there is nothing that says where the keys go.
        let name = terminalSafe(program.comm)
        let notice = screen.note("`\(name)` has the keyboard until it ends; \(escapeKey) comes back.")
        withKeyboard(of: attempt, saying: attempt.shell.typist.isLeft ? [] : notice) { typist, printer in
            try typist.resume { printer.take(PromptMark.removed(from: $0)[...]) }
            printer.flush()
        }
        look(at: attempt)
    }

    /// What a learner may want to know of a line that did not do what it was typed for.
    private func explain(_ line: String, _ printed: String, _ attempt: Attempt) {
        noteContinuation(attempt)
        if printed.contains("command not found") { suggest(for: line) }
        if let remark = MountRemark.remark(on: line, printed: printed) { say(screen.note(remark)) }
    }

    /// Says so when a command has no end yet, once: nothing else would, and every line belongs to that command.
    private func noteContinuation(_ attempt: Attempt) {
        let typist = attempt.shell.typist
        guard !typist.isLeft, typist.isContinuing || typist.seemsContinuing else {
            knowsOfContinuation = false
            return
        }
        guard !knowsOfContinuation, editor != nil else { return }
        knowsOfContinuation = true
        say(
            screen.note(
                "The command has no end yet (a quote, a bracket, a `<<WORD`?): the shell takes each line as more of it. "
                    + "Ctrl-C gives it up."))
    }

    /// What a line or a program did may have finished the step.
    private func look(at attempt: Attempt, answering line: String = "") {
        attempt.noticeEdges()
        let done = tutorial.glance() != nil
        if line.contains("answer") { judgeAnswer(line) }
        if done { say(screen.ok("This step is done. `next` goes on.")) }
    }

    /// A line of the shell may have handed an answer in.
    private func judgeAnswer(_ line: String) {
        guard tutorial.step?.asksForAnswer == true, line.split(separator: " ").first == "answer" else { return }
        tellAnswer()
    }

    /// The verdict on the answer that was given last.
    func tellAnswer() {
        switch try? tutorial.verdictOnAnswer() {
        case .right: say(screen.ok("That answer is right."))
        case .wrong(let remark):
            say(
                screen.failed(
                    "That is not the answer." + (remark.map { " " + $0 } ?? " `hint` gives the next thought.")))
        case .unknown(let reason): say(screen.error("The answer could not be judged: \(reason)"))
        case nil: break
        }
    }

    // MARK: The keyboard

    /// While something runs, keys go to it: Ctrl-C interrupts it, Ctrl-Z stops it, and the escape key comes back from it.
    /// - Parameter notice: what is said when keys go there already: a key pressed on reading it belongs to the program.
    private func withKeyboard(
        of attempt: Attempt, saying notice: [String] = [], _ body: (Typist, PlaygroundPrinter) throws -> Void
    ) {
        let typist = attempt.shell.typist
        // What the learner's own terminal has been told, which is less than what the playground's has.
        var shownModes = ScreenModes()
        let printer = PlaygroundPrinter(typist: typist) { bytes in
            if shownModes != typist.modes {
                shownModes = typist.modes
                TerminalGuard.setLeaving(shownModes.leaving)
            }
            try? writeAll(bytes)
        }
        typist.onQuiet = { printer.flush() }
        defer { typist.onQuiet = {} }
        guard let editor else {
            say(notice)
            return tell(run(body, typist, printer), attempt)
        }
        let modes = TerminalState.save()
        let resize = ResizeSignal()
        if !notice.isEmpty {
            modes?.setKeyMode()
            say(notice)
        }
        modes?.setKeyMode(processingOutput: false)
        fitWindow()
        typist.learner = LearnerSide(keyboard: STDIN_FILENO, escapeKey: escapeKey, events: resize?.descriptor ?? -1) {
            [weak self] in
            let event = resize?.drain()
            self?.fitWindow()
            guard event == .continued, typist.isFullScreen else { return }
            // Whoever had the terminal meanwhile wrote over the program's screen.
            try? writeAll(typist.modes.entering)
            typist.redraw { printer.take($0) }
        }
        let problem = run(body, typist, printer)
        comeBack(from: typist, printer, shownModes)
        typist.learner = nil
        resize?.end()
        modes?.restore()
        editor.keysAhead += typist.takeKeysAhead()
        tell(problem, attempt)
        if typist.isLeft, problem == nil {
            let name = terminalSafe(typist.foreground?.comm ?? "it")
            leftProgram = name
            say(screen.note("`\(name)` goes on running. `resume` returns to it."))
        }
    }

    private func run(
        _ body: (Typist, PlaygroundPrinter) throws -> Void, _ typist: Typist, _ printer: PlaygroundPrinter
    ) -> (any Error)? {
        do {
            try body(typist, printer)
            return nil
        } catch {
            printer.endLine()
            return error
        }
    }

    private func tell(_ problem: (any Error)?, _ attempt: Attempt) {
        switch problem {
        case nil: break
        case TerminalError.ended?: say(reopen(attempt))
        case TerminalError.keyboardGone?: leave()
        case let problem?:
            say(screen.failed("\(problem)"))
            if editor == nil { remember(.notJudged) }
        }
    }

    /// Gives the learner's terminal the modes again that the prompt needs, whatever was printed on it.
    private func comeBack(from typist: Typist, _ printer: PlaygroundPrinter, _ modes: ScreenModes) {
        let drewOnFirstScreen = modes.takesScreen && !modes.isAlternate
        try? writeAll(modes.leaving)
        TerminalGuard.setLeaving([])
        // What was drawn stays to be read, above the prompt.
        if drewOnFirstScreen { try? writeAll("\u{1b}[999;1H\r\n") } else if !modes.isAlternate { printer.endLine() }
        guard !typist.isLeft else { return }
        leftProgram = nil
        typist.forgetModes()
    }

    private func fitWindow() {
        guard let size = windowSize(of: STDIN_FILENO) else { return }
        tutorial.resize(rows: UInt16(clamping: size.rows), columns: UInt16(clamping: size.columns))
    }

    // MARK: While the prompt waits

    /// Takes what is printed while the prompt waits, and notices what ends meanwhile.
    func watchPlayground() {
        guard let editor else { return }
        editor.watched = []
        editor.alarm = nil
        guard let attempt = tutorial.attempt else { return }
        let typist = attempt.shell.typist
        editor.watched.append(
            (
                typist.terminal.master,
                { [weak self] in
                    typist.drainInBackground()
                    guard typist.isLeft else { return self?.fromBackground(typist) ?? [] }
                    self?.lookSoon(typist, 20)
                    return []
                }
            ))
        guard typist.shellEnd >= 0 else { return }
        editor.watched.append(
            (
                typist.shellEnd,
                { [weak self] in
                    guard let self else { return [] }
                    let lines = self.missed(typist) + self.reopen(attempt)
                    self.leftProgram = nil
                    self.watchPlayground()
                    return lines
                }
            ))
    }

    /// What has printed something may be about to end, or to ask for a line; there is no event for that.
    private func lookSoon(_ typist: Typist, _ milliseconds: Int32) {
        editor?.alarm = (
            milliseconds,
            { [weak self] in
                guard let self else { return [] }
                guard typist.noticeReturn() else {
                    if milliseconds < 1000 { self.lookSoon(typist, milliseconds * 2) }
                    return []
                }
                let name = self.leftProgram ?? "it"
                self.leftProgram = nil
                typist.forgetModes()
                let asks = typist.foreground != nil
                return self.missed(typist)
                    + self.screen.note(asks ? "`\(name)` has given the terminal back." : "`\(name)` has ended.")
            }
        )
    }

    /// What jobs of the background print is shown as it comes, above the prompt. What is more than a few lines comes with the next line that is
    /// typed: a job that prints without end must not take the prompt away.
    private func fromBackground(_ typist: Typist) -> [String] {
        guard !typist.isFullScreen, linesAbove < 20 else { return [] }
        let lines = self.lines(of: typist.takeBacklogLines(atMost: 2048))
        linesAbove += lines.count
        return lines
    }

    /// What was printed meanwhile, as lines that cannot disturb the prompt.
    private func missed(_ typist: Typist) -> [String] { lines(of: typist.takeBacklog()) }

    private func lines(of bytes: [UInt8]) -> [String] {
        let text = String(decoding: PasteMode.removed(from: bytes), as: UTF8.self)
        let lines = text.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false)
        return lines.dropLast(lines.last?.isEmpty == false ? 0 : 1).map { readable(String($0)) }
    }

    /// A new shell in place of one that has ended; says so.
    private func reopen(_ attempt: Attempt) -> [String] {
        guard attempt.playground.node.isAlive else {
            editor?.watched = []
            return screen.failed("The playground has ended. Type `reset` for a fresh one; your progress is kept.")
        }
        do {
            try attempt.reopenShell()
            if editor != nil { fitWindow() }
            return screen.note("The playground's shell has ended; this is a new one. To leave podlab, type `quit`.")
        } catch {
            return screen.failed("\(error)")
        }
    }

    // MARK: Completion

    /// Programs and paths inside the playground, as whoever reads its terminal sees them.
    func shellWords(_ line: String, _ start: Int, _ word: String) -> [String] {
        guard let attempt = tutorial.attempt else { return [] }
        let typist = attempt.shell.typist
        guard let place = ProcessPlace(of: typist.foreground?.pid ?? typist.shell) else { return [] }
        let words = ShellWords(place: place, variables: attempt.values.environment)
        let before = line.utf8.prefix(start)
        // `!` in front says that the rest is for the shell.
        if before.allSatisfy({ $0 == 0x20 || $0 == 0x09 }), word.hasPrefix("!") {
            return words.words(line: line, start: start, word: String(word.dropFirst())).map { "!" + $0 }
        }
        let isVerb = if case .verb = Command.parse(String(decoding: before, as: UTF8.self)) { true } else { false }
        return isVerb ? [] : words.words(line: line, start: start, word: word)
    }
}
