// The tutorial shell: reads lines, does the verbs itself, and types everything else into the playground.

import Foundation
import KernelState
import LabKit

/// One learner at one terminal, or a script on standard input.
package final class TutorialShell {
    let tutorial: Tutorial
    let screen: Screen
    let style: Style
    private let editor: LineEditor?
    private let script: ScriptInput?
    /// The exit code: that of the last check.
    private var code: ExitCode = .allPass
    private var isOver = false

    /// - Parameters:
    ///   - editor: for a learner at a terminal; otherwise lines come from `script`.
    package init(tutorial: Tutorial, style: Style, editor: LineEditor?, script: ScriptInput?) {
        self.tutorial = tutorial
        self.style = style
        self.editor = editor
        self.script = script
        screen = Screen(style: style)
    }

    /// Runs until `quit` or the end of the input. The playground is gone when it returns.
    package func run() -> ExitCode {
        defer { tutorial.end() }
        editor?.completer = { [weak self] line, start, word in
            guard let self else { return [] }
            return VerbCompletion(
                labs: self.tutorial.catalog.labs.map(\.id), steps: self.tutorial.lab?.steps.map(\.id) ?? []
            ).words(line: line, wordStart: start, word: word)
        }
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
                if let line = editor.readLine(prompt: prompt) { return line }
                // Ctrl-D belongs to the program that waits in the playground, if one does.
                guard waitingProgram != nil else { return nil }
                press([0x04])
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

    /// The name of the program, not the playground's own shell, that waits for input in the playground.
    private var waitingProgram: String? {
        guard let typist = tutorial.attempt?.shell.typist, case .waiting(let pid, isShell: false) = typist.reader()
        else {
            return nil
        }
        return ProcessState.read(pid, fields: [])?.comm ?? "\(pid)"
    }

    private func handle(_ line: String) {
        if tutorial.attempt?.shell.typist.isContinuing == true, waitingProgram == nil { return type(line) }
        switch Command.parse(line) {
        case .empty: break
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

    // MARK: The playground

    /// Types a line into the playground and shows what comes of it.
    func type(_ line: String) {
        guard let attempt = tutorial.attempt else {
            say(
                screen.note("No lab is started, so there is no playground yet. Type `start 1`, or `labs` for the list.")
            )
            suggest(for: line)
            if editor == nil { code = .notJudged }
            return
        }
        withKeyboard(of: attempt) { typist, printer in
            let output = try typist.type(line, seconds: .infinity) { printer.take($0) }
            printer.finish(prompt: output.prompt)
            if output.output.contains("command not found") { suggest(for: line) }
        }
        attempt.noticeEdges()
        if tutorial.glance() != nil { say(screen.ok("This step is done. `next` goes on.")) }
    }

    private func press(_ keys: [UInt8]) {
        guard let attempt = tutorial.attempt else { return }
        withKeyboard(of: attempt) { typist, printer in
            try typist.press(keys, seconds: .infinity) { bytes in
                printer.take(bytes.filter { $0 != PromptMark.prompt && $0 != PromptMark.continuation }[...])
            }
            printer.flush()
        }
    }

    /// While something runs, keys go to it one by one: Ctrl-C interrupts it, Ctrl-Z stops it.
    private func withKeyboard(of attempt: Attempt, _ body: (Typist, PlaygroundPrinter) throws -> Void) {
        let typist = attempt.shell.typist
        let printer = PlaygroundPrinter(typist: typist) { try? writeAll($0) }
        let modes = editor == nil ? nil : TerminalState.save()
        if editor != nil {
            modes?.setKeyMode()
            typist.keyboard = STDIN_FILENO
            if let size = windowSize(of: STDIN_FILENO) {
                tutorial.resize(rows: UInt16(clamping: size.rows), columns: UInt16(clamping: size.columns))
            }
        }
        typist.onQuiet = { printer.flush() }
        defer {
            typist.keyboard = nil
            typist.onQuiet = {}
            modes?.restore()
        }
        do {
            try body(typist, printer)
        } catch LabKit.TerminalError.ended {
            printer.flush()
            reopen(attempt)
        } catch {
            printer.flush()
            say(screen.failed("\(error)"))
            code = .notJudged
        }
    }

    private func reopen(_ attempt: Attempt) {
        guard attempt.playground.node.isAlive else {
            say(screen.failed("The playground has ended. Type `reset` for a fresh one; your progress is kept."))
            return
        }
        do {
            try attempt.reopenShell()
            say(screen.note("The playground's shell has ended; this is a new one. To leave podlab, type `quit`."))
        } catch {
            say(screen.failed("\(error)"))
        }
    }

    private func suggest(for line: String) {
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

/// Writes bytes to standard output.
private func writeAll(_ bytes: [UInt8]) throws {
    try FileHandle.standardOutput.write(contentsOf: Data(bytes))
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
