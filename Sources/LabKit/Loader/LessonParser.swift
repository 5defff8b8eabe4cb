// lesson.md: headings, and the console blocks between them.

import StrictYAML
import Text

extension Lesson {
    /// Reads a lesson and says what is wrong with its console blocks.
    static func parse(_ text: String, file: String) -> (lesson: Lesson, diagnostics: [Diagnostic]) {
        var parser = LessonParser(file: file)
        for (index, line) in textLines(text).enumerated() { parser.read(line, number: index + 1) }
        parser.finish()
        return (parser.lesson, parser.diagnostics)
    }
}

private struct LessonParser {
    let file: String
    var lesson = Lesson(title: "", introduction: "", sections: [])
    var diagnostics: [Diagnostic] = []
    private var body: [String] = []
    /// The fence that is open, its line, and what stands in it if it is a console block.
    private var open: (fence: CodeFence, line: Int)?
    private var console: ConsoleParser?
    /// For the next console block.
    private var waits: [ConsoleBlock.Wait] = []

    init(file: String) { self.file = file }

    mutating func read(_ line: String, number: Int) {
        if let open {
            body.append(line)
            if open.fence.isClosed(by: line) {
                closeFence()
            } else {
                console?.read(line, number: number)
            }
        } else if let fence = CodeFence(line) {
            body.append(line)
            open = (fence, number)
            let words = fence.words
            if words.first == "console" {
                console = ConsoleParser(file: file, line: number, words: Array(words.dropFirst()))
                console?.block.waits = waits
                waits = []
            }
        } else if let words = LessonSection.words(of: line) {
            body.append(line)
            for word in words where !MachineWords.known.contains(word) {
                note(
                    "unknown kind of machine '\(word)'" + Spelling.suggestion(for: word, in: MachineWords.known), number
                )
            }
        } else if let condition = LessonSection.condition(of: line) {
            body.append(line)
            if condition.isEmpty { note("'wait:' needs a command", number) }
            waits.append(ConsoleBlock.Wait(condition: condition, line: number))
        } else if line.hasPrefix("## ") {
            closeSection()
            lesson.sections.append(
                LessonSection(
                    title: line.dropFirst(3).description.trimmingWhiteSpace, line: number, text: "", consoleBlocks: []))
        } else if line.hasPrefix("# "), lesson.title.isEmpty, lesson.sections.isEmpty {
            lesson.title = line.dropFirst(2).description.trimmingWhiteSpace
        } else {
            body.append(line)
        }
    }

    mutating func finish() {
        if let open {
            note("the code block that begins here does not end", open.line)
            closeFence()
        }
        closeSection()
    }

    private mutating func closeFence() {
        open = nil
        guard let console else { return }
        self.console = nil
        diagnostics += console.diagnostics
        if lesson.sections.isEmpty {
            note("a console block must stand in the section of a step", console.block.line)
        } else {
            lesson.sections[lesson.sections.count - 1].consoleBlocks.append(console.block)
            if console.block.commands.isEmpty, !console.block.skip {
                note("a console block needs a prompt line, such as 'node# ls'", console.block.line)
            }
        }
    }

    private mutating func closeSection() {
        for wait in waits { note("no console block stands behind this 'wait:'", wait.line) }
        waits = []
        let text = body.joined(separator: "\n").trimmingWhiteSpace
        body = []
        if lesson.sections.isEmpty {
            lesson.introduction = text
        } else {
            lesson.sections[lesson.sections.count - 1].text = text
        }
    }

    private mutating func note(_ message: String, _ line: Int) {
        diagnostics.append(
            Diagnostic(file: file, position: SourcePosition(line: line), severity: .incomplete, message: message))
    }
}

/// Reads what stands in one console block.
struct ConsoleParser {
    let file: String
    var block: ConsoleBlock
    var diagnostics: [Diagnostic] = []
    /// Whether the line before is typed, so that `> ` continues it.
    private var typing = false

    init(file: String, line: Int, words: [String]) {
        self.file = file
        block = ConsoleBlock(line: line, only: [], skip: false, commands: [])
        for word in words {
            if word == "skip" {
                block.skip = true
            } else if word.hasPrefix("only=") {
                block.only += word.dropFirst(5).split(separator: ",").map(String.init)
                for kind in block.only where !MachineWords.known.contains(kind) {
                    note(
                        "unknown kind of machine '\(kind)'" + Spelling.suggestion(for: kind, in: MachineWords.known),
                        line)
                }
            } else {
                note("unknown word '\(word)' behind 'console' (known: skip, only=KIND)", line)
            }
        }
    }

    mutating func read(_ line: String, number: Int) {
        if let (prompt, command) = Self.prompt(line) {
            typing = !command.isEmpty
            // A prompt with nothing behind it only shows that the shell waits again.
            if typing {
                block.commands.append(
                    ConsoleBlock.Command(prompt: prompt, typed: [command], line: number, expected: []))
            }
        } else if typing, line == ">" || line.hasPrefix("> ") {
            block.commands[block.commands.count - 1].typed.append(String(line.dropFirst(2)))
        } else if block.commands.isEmpty {
            if !line.trimmingWhiteSpace.isEmpty, !block.skip { note("output before the first prompt line", number) }
        } else {
            typing = false
            block.commands[block.commands.count - 1].expected.append(line)
        }
    }

    private mutating func note(_ message: String, _ line: Int) {
        diagnostics.append(
            Diagnostic(file: file, position: SourcePosition(line: line), severity: .incomplete, message: message))
    }

    /// Splits a prompt line. A mere `$` is none here: a program may print one.
    static func prompt(_ line: String) -> (prompt: String, command: String)? {
        guard let found = ConsolePrompt(line) else { return nil }
        switch found.kind {
        case .place, .shell, .folder: return (String(line[..<found.end]), String(line[found.end...]).trimmingWhiteSpace)
        case .bare: return nil
        }
    }
}
