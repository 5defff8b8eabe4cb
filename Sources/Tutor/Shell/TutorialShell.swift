// The tutorial shell: reads lines, does the verbs itself, and types everything else into the playground.

import Glibc
import KernelState
import LabKit
import Playgrounds
import Terminals
import Text

/// One learner at one terminal, or a script on standard input.
package final class TutorialShell {
    let tutorial: Tutorial
    private let firstStyle: Style
    let editor: LineEditor?
    let escapeKey: EscapeKey
    private let script: ScriptInput?
    /// The exit code: that of the last check.
    private(set) var code: ExitCode = .allPass
    private var isOver = false
    /// What was left running when the prompt came, by name.
    var leftProgram: String?
    /// The learner has been told that the shell waits for the rest of a command.
    var knowsOfContinuation = false
    /// Lines of background jobs that were shown since the last line was typed.
    var linesAbove = 0
    /// Ctrl-D was pressed at an empty prompt, and nothing since.
    private var hasAskedToEnd = false
    /// The pager was left with `q`: the rest of a `quit` may follow.
    private var leftPager = false

    /// - Parameters:
    ///   - editor: for a learner at a terminal; otherwise lines come from `script`.
    ///   - escapeKey: comes back from what runs in the playground to the prompt.
    package init(
        tutorial: Tutorial, style: Style, editor: LineEditor?, script: ScriptInput?, escapeKey: EscapeKey = .standard
    ) {
        self.tutorial = tutorial
        firstStyle = style
        self.editor = editor
        self.script = script
        self.escapeKey = escapeKey
    }

    /// As wide as the window is now.
    var style: Style {
        guard editor != nil, let columns = windowSize(of: STDOUT_FILENO)?.columns else { return firstStyle }
        return Style(colour: firstStyle.colour, unicode: firstStyle.unicode, width: columns)
    }

    var screen: Screen { Screen(style: style) }

    /// Runs until `quit` or the end of the input. The playground is gone when it returns.
    package func run() -> ExitCode {
        defer { tutorial.end() }
        editor?.completer = { [weak self] line, start, word in self?.completions(line, start, word) ?? [] }
        editor?.renewedPrompt = { [weak self] in self?.prompt ?? "" }
        editor?.passesInterrupt = { [weak self] line in self?.passesInterrupt(line) ?? false }
        editor?.ignore(escapeKey.byte)
        if editor != nil { greet() }
        var didAnything = false
        while !isOver {
            if editor == nil { for notice in tutorial.takeNotices() { say(screen.note(notice)) } }
            guard let line = nextLine() else { break }
            didAnything = true
            handle(line)
        }
        if !didAnything, editor == nil { showLabs() }
        return code
    }

    // MARK: Lines

    private func nextLine() -> String? {
        if let editor {
            while true {
                for notice in tutorial.takeNotices() { say(screen.note(notice)) }
                watchPlayground()
                if let line = editor.readLine(prompt: prompt) {
                    hasAskedToEnd = false
                    return line
                }
                if editor.wasInterrupted {
                    interrupt()
                } else if !takeEndOfInput() {
                    return nil
                }
                if isOver { return nil }
            }
        }
        while let script {
            do {
                guard let line = try script.next() else { return nil }
                if line.wasRepaired {
                    warn("line \(line.number) is not UTF-8 text; what could not be read was replaced")
                }
                return line.text
            } catch {
                warn("\(error)")
                code = .notJudged
                if case .unreadable = error { return nil }
            }
        }
        return nil
    }

    /// Ctrl-D belongs to the program that waits in the playground, if one does. Else it ends podlab, and what is built with it: when it is
    /// pressed twice.
    /// - Returns: false when podlab is to end.
    private func takeEndOfInput() -> Bool {
        guard !isHungUp(STDIN_FILENO), !isOver, let attempt = tutorial.attempt else { return false }
        let typist = attempt.shell.typist
        if typist.isLeft || typist.waitsForLine {
            hasAskedToEnd = false
            endInput()
            return true
        }
        guard !hasAskedToEnd, attempt.playground.node.isAlive else { return false }
        hasAskedToEnd = true
        say(
            screen.note(
                "Ctrl-D once more, or `quit`, ends podlab and this playground with all that is in it; your progress is kept."
            ))
        return true
    }

    /// Ctrl-C on an empty line is for whoever waits in the playground; with an unfinished command there, on any line.
    private func passesInterrupt(_ line: String) -> Bool {
        guard let typist = tutorial.attempt?.shell.typist else { return false }
        if takesEveryLine || typist.seemsContinuing { return true }
        return line.isBlank && (typist.isLeft || typist.waitsForLine)
    }

    private var prompt: String {
        guard let lab = tutorial.lab, let step = tutorial.step else { return PromptView().render(style) }
        if takesEveryLine { return "> " }
        let checks = tutorial.lastResult?.checks.map(\.status.promptCheck) ?? step.checks.map { _ in .unknown }
        return PromptView(
            lab: String(lab.id.prefix(while: \.isNumber)), step: step.id, checks: checks, waiting: waiting
        ).render(style)
    }

    /// The playground's own shell waits for the rest of a command: a verb's word in it is no verb.
    private var takesEveryLine: Bool {
        guard let attempt = tutorial.attempt, attempt.playground.node.isAlive else { return false }
        let typist = attempt.shell.typist
        return typist.isContinuing && !typist.isLeft && !attempt.shell.hasEnded
    }

    /// Who waits in the playground, for input or to be resumed, and is not its own shell at its prompt.
    private var waiting: String? {
        guard let typist = tutorial.attempt?.shell.typist else { return nil }
        if let name = typist.foreground?.comm { return typist.seemsContinuing ? name + " >" : name }
        // A `read` of the shell itself.
        return typist.waitsForLine ? "bash" : nil
    }

    private func handle(_ line: String) {
        let wasPager = leftPager
        leftPager = false
        if takesEveryLine { return type(line) }
        // The pager has eaten the first letter of it.
        switch Command.parse(wasPager && line == "uit" ? "quit" : line) {
        // Enter is input too.
        case .empty: if editor != nil, tutorial.attempt?.shell.typist.waitsForLine == true { type("") }
        case .shell(let text): typeCommand(text)
        case .verb(let verb, let arguments):
            if let problem = verb.problem(with: arguments) {
                say(screen.failed(problem))
                if editor == nil { code = .usage }
                return
            }
            let playground = tutorial.attempt.map(ObjectIdentifier.init)
            do {
                try verb.perform(self, arguments)
            } catch {
                say(screen.failed("\(error)"))
                code = isUsage(error) ? .usage : .notJudged
            }
            // What was left in a playground is gone with it.
            if tutorial.attempt.map(ObjectIdentifier.init) != playground {
                leftProgram = nil
                knowsOfContinuation = false
            }
        }
    }

    private func isUsage(_ error: any Error) -> Bool {
        switch error {
        case is LabLookupError, TutorialError.unknownStep, TutorialError.noSuchStepNumber: true
        default: false
        }
    }

    /// The text of the line as the tutor takes it: a verb with what may follow, or a line for the shell.
    private func completions(_ line: String, _ start: Int, _ word: String) -> [String] {
        let verbs = VerbCompletion(
            labs: tutorial.catalog.labs.map(\.id), steps: tutorial.lab?.steps.map(\.id) ?? []
        ).words(line: line, wordStart: start, word: word)
        return verbs + shellWords(line, start, word).filter { !verbs.contains($0) }
    }

    /// What may help after a command that the shell does not know.
    func suggest(for line: String) {
        let word = String(line.split(separator: " ").first ?? "")
        if let words = AbsentCommand.remark(on: word) {
            say(screen.note(words))
        } else if let verb = Command.suggestion(for: word) {
            say(screen.note("Did you mean the verb `\(verb.name)`?"))
        } else if let name = tutorial.attempt?.shell.typist.foreground?.comm, ["bash", "sh"].contains(name) {
            say(
                screen.note(
                    "You are in a shell that you started (`\(terminalSafe(name))`), which has what its own root has. Lines with "
                        + "`node#` in the lesson are typed in the node's shell: `exit` leads back."))
        }
    }

    // MARK: Output

    func say(_ lines: [String]) {
        try? screen.print(lines)
    }

    private func warn(_ text: String) {
        writeError("podlab: \(text)\n")
    }

    func remember(_ code: ExitCode) { self.code = code }

    func leave() { isOver = true }

    /// Long text a screen at a time, for a learner; all of it for a script.
    func page(_ lines: [String]) {
        if let editor {
            switch try? Pager(style: style).show(lines) {
            case .leftTyping(let character): editor.typedAhead = String(character)
            case .left: leftPager = true
            case .shown, nil: break
            }
        } else {
            say(lines)
        }
    }
}

extension Status {
    fileprivate var promptCheck: PromptView.Check {
        switch self {
        case .pass: .pass
        case .fail: .fail
        case .error: .error
        case .skip: .skip
        }
    }
}
