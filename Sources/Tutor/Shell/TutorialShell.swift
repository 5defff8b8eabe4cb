// The tutorial shell: reads lines, does the verbs itself, and types everything else into the playground.

import Foundation
import KernelState
import LabKit

/// One learner at one terminal, or a script on standard input.
package final class TutorialShell {
    let tutorial: Tutorial
    let screen: Screen
    let style: Style
    let editor: LineEditor?
    let escapeKey: EscapeKey
    private let script: ScriptInput?
    /// The exit code: that of the last check.
    private(set) var code: ExitCode = .allPass
    private var isOver = false
    /// What was left running when the prompt came, by name.
    var leftProgram: String?

    /// - Parameters:
    ///   - editor: for a learner at a terminal; otherwise lines come from `script`.
    ///   - escapeKey: comes back from what runs in the playground to the prompt.
    package init(
        tutorial: Tutorial, style: Style, editor: LineEditor?, script: ScriptInput?, escapeKey: EscapeKey = .standard
    ) {
        self.tutorial = tutorial
        self.style = style
        self.editor = editor
        self.script = script
        self.escapeKey = escapeKey
        screen = Screen(style: style)
    }

    /// Runs until `quit` or the end of the input. The playground is gone when it returns.
    package func run() -> ExitCode {
        defer { tutorial.end() }
        editor?.completer = { [weak self] line, start, word in self?.completions(line, start, word) ?? [] }
        editor?.renewedPrompt = { [weak self] in self?.prompt ?? "" }
        editor?.ignore(escapeKey.byte)
        if editor != nil { greet() }
        var didAnything = false
        while !isOver {
            for notice in tutorial.takeNotices() { say(screen.note(notice)) }
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
                watchPlayground()
                if let line = editor.readLine(prompt: prompt) { return line }
                // Ctrl-D belongs to the program that waits in the playground, if one does.
                guard !isHungUp(STDIN_FILENO), waitingProgram != nil, !isOver else { return nil }
                endInput()
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

    private var prompt: String {
        guard let lab = tutorial.lab, let step = tutorial.step else { return PromptView().render(style) }
        if tutorial.attempt?.shell.typist.isContinuing == true, waitingProgram == nil { return "> " }
        let checks = tutorial.lastResult?.checks.map(\.status.promptCheck) ?? step.checks.map { _ in .unknown }
        return PromptView(
            lab: String(lab.id.prefix(while: \.isNumber)), step: step.id, checks: checks, waiting: waitingProgram
        ).render(style)
    }

    /// The name of the program, not the playground's own shell, that waits in the playground: for input, or to be resumed.
    private var waitingProgram: String? { tutorial.attempt?.shell.typist.foreground?.comm }

    private func handle(_ line: String) {
        if tutorial.attempt?.shell.typist.isContinuing == true, waitingProgram == nil { return type(line) }
        switch Command.parse(line) {
        // Enter is input too.
        case .empty: if editor != nil, takesLines { type("") }
        case .shell(let text): type(text)
        case .verb(let verb, let arguments):
            if let problem = verb.problem(with: arguments) {
                say(screen.failed(problem))
                if editor == nil { code = .usage }
                return
            }
            do {
                try perform(verb, arguments)
            } catch {
                say(screen.failed("\(error)"))
                code = error is LabLookupError ? .usage : .notJudged
            }
        }
    }

    /// A program of the playground, not its own shell, waits for a line.
    private var takesLines: Bool {
        guard let typist = tutorial.attempt?.shell.typist else { return false }
        return typist.foreground != nil && !typist.isLeft
    }

    /// The text of the line as the tutor takes it: a verb with what may follow, or a line for the shell.
    private func completions(_ line: String, _ start: Int, _ word: String) -> [String] {
        let verbs = VerbCompletion(
            labs: tutorial.catalog.labs.map(\.id), steps: tutorial.lab?.steps.map(\.id) ?? []
        ).words(line: line, wordStart: start, word: word)
        return verbs + shellWords(line, start, word).filter { !verbs.contains($0) }
    }

    func suggest(for line: String) {
        let word = String(line.split(separator: " ").first ?? "")
        if let verb = Command.suggestion(for: word) { say(screen.note("Did you mean the verb `\(verb.name)`?")) }
    }

    // MARK: Output

    func say(_ lines: [String]) {
        try? screen.print(lines)
    }

    private func warn(_ text: String) {
        FileHandle.standardError.write(Data("podlab: \(text)\n".utf8))
    }

    func remember(_ code: ExitCode) { self.code = code }

    func leave() { isOver = true }

    /// Long text a screen at a time, for a learner; all of it for a script.
    func page(_ lines: [String]) {
        if let editor {
            if case .leftTyping(let character) = try? Pager(style: style).show(lines) {
                editor.typedAhead = String(character)
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
