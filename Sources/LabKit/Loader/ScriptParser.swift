// Shell lines cut by step: solution.sh, mutants, submissions.
//
// Not typed: blank lines, comment lines, `#!` and the lines that podlab reads itself, `# step: ID` and `# answer: TEXT`.
// Everything else is typed as it stands: also blank and comment lines within a here-document or after a backslash at
// the end of a line, where they mean something to the shell.

import StrictYAML
import Text

extension Script {
    /// Reads a script and says what is wrong with it. Lines that could not be typed are errors.
    package static func parse(_ text: String, file: String) -> (script: Script, diagnostics: [Diagnostic]) {
        var parser = ScriptParser(file: file)
        for (index, line) in textLines(text).enumerated() { parser.read(line, number: index + 1) }
        parser.finish()
        return (parser.script, parser.diagnostics)
    }
}

struct ScriptParser {
    let file: String
    private(set) var script = Script()
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var comments: [String] = []
    private(set) var preambleAnswer: String?
    /// Here-documents that a typed line began and that are not over yet.
    private var heredocs: [Heredoc] = []
    private var continues = false

    struct Heredoc: Equatable {
        var word: String
        /// `<<-`: tabs before the last line do not count.
        var stripsTabs: Bool
        var line: Int
    }

    init(file: String) { self.file = file }

    mutating func read(_ line: String, number: Int) {
        if let control = line.unicodeScalars.first(where: { $0.value < 0x20 && $0 != "\t" || $0.value == 0x7f }) {
            // Typed into a terminal it would be a key, such as Control-C or Control-D.
            note("control character U+\(String(control.value, radix: 16)) cannot be typed", number)
            return
        }
        if let heredoc = heredocs.first {
            append(line, number)
            if (heredoc.stripsTabs ? String(line.drop { $0 == "\t" }) : line) == heredoc.word { heredocs.removeFirst() }
            return
        }
        let bare = line.drop(while: \.isWhitespace)
        if !continues {
            if bare.isEmpty { return }
            if bare.first == "#" { return readComment(String(bare), number) }
        }
        append(line, number)
        continues = line.reversed().prefix { $0 == "\\" }.count % 2 == 1
        heredocs += Self.heredocs(in: line, number: number)
    }

    mutating func finish() {
        if let open = heredocs.first {
            note("the here-document '\(open.word)' that begins here does not end", open.line)
        }
    }

    /// Whether a line names a step or a check, by which parts of a lab find each other.
    static func isName(_ line: String) -> Bool {
        let bare = line.drop(while: \.isWhitespace)
        let text = bare.drop { $0 == "#" }.drop(while: \.isWhitespace)
        return bare.first == "#" && ["step:", "kills:", "solves:"].contains(where: text.hasPrefix)
    }

    private mutating func readComment(_ comment: String, _ number: Int) {
        let text = comment.drop { $0 == "#" }.drop(while: \.isWhitespace)
        if comment.hasPrefix("##") || comment.hasPrefix("#!") {
            return
        } else if text.hasPrefix("step:") {
            let id = String(text.dropFirst(5)).trimmingWhiteSpace
            if !CheckReference.isName(id) {
                note("'\(id)' is no step: write '# step: ID'", number)
            } else if let earlier = script.step(id) {
                note("the step '\(id)' stands here a second time; the first is in line \(earlier.line)", number)
            }
            script.steps.append(ScriptStep(id: id, line: number, lines: []))
        } else if text.hasPrefix("answer:") {
            let answer = String(text.dropFirst(7)).trimmingWhiteSpace
            if script.steps.isEmpty {
                preambleAnswer = answer
            } else {
                script.steps[script.steps.count - 1].answer = answer
            }
        } else {
            comments.append(String(text))
        }
    }

    private mutating func append(_ text: String, _ number: Int) {
        let line = TypedLine(text: text, line: number)
        if script.steps.isEmpty {
            script.preamble.append(line)
        } else {
            script.steps[script.steps.count - 1].lines.append(line)
        }
    }

    private mutating func note(_ message: String, _ line: Int) {
        diagnostics.append(Diagnostic(file: file, position: SourcePosition(line: line), message: message))
    }

    /// The here-documents that a line begins: `<<WORD`, `<<-WORD`, with the word quoted or not. `<<<` is none, nor is a
    /// shift within `((…))`, nor anything in quotes or behind `#`.
    static func heredocs(in line: String, number: Int) -> [Heredoc] {
        guard line.hasPair("<", "<") else { return [] }
        var found: [Heredoc] = []
        var rest = Substring(line)
        var quote: Character?
        var arithmetic = 0
        var previous: Character = " "
        while let character = rest.first {
            defer { previous = character }
            if let open = quote {
                rest.removeFirst()
                if character == "\\", open == "\"" { rest = rest.dropFirst() }
                if character == open { quote = nil }
            } else if character == "\\" {
                rest = rest.dropFirst(2)
            } else if character == "'" || character == "\"" {
                quote = character
                rest.removeFirst()
            } else if character == "#", previous.isWhitespace {
                break
            } else if rest.hasPrefix("((") || rest.hasPrefix("))") {
                arithmetic += character == "(" ? 1 : -1
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix("<<<") {
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("<<"), arithmetic <= 0 {
                rest = rest.dropFirst(2)
                let stripsTabs = rest.first == "-"
                if stripsTabs { rest.removeFirst() }
                rest = rest.drop { $0 == " " || $0 == "\t" }
                let word = rest.prefix { !$0.isWhitespace && !";&|<>()".contains($0) }
                rest = rest.dropFirst(word.count)
                let plain = word.filter { !"'\"\\".contains($0) }
                if !plain.isEmpty { found.append(Heredoc(word: plain, stripsTabs: stripsTabs, line: number)) }
            } else {
                rest.removeFirst()
            }
        }
        return found
    }
}

/// A file of lines that stand in for one step: its first line says for what, comments what is special about them.
private struct StandIn {
    /// What stands behind the word of the first line.
    var name: String
    var parser: ScriptParser
    var diagnostics: [Diagnostic]

    var summary: String { parser.comments.joined(separator: " ") }
    var lines: [TypedLine] { parser.script.preamble }
    var answer: String? { parser.preambleAnswer }

    /// - Parameters:
    ///   - head: the word of the first line, with what follows it: `kills: STEP/CHECK`.
    ///   - kind: what such a file is: `a mutant`.
    /// - Returns: nil: the first line is another.
    init?(_ text: String, head: String, kind: String, path: String) {
        let lines = textLines(text)
        let word = head.prefix { $0 != " " }
        let first = (lines.first ?? "").drop { $0 == "#" }.drop(while: \.isWhitespace)
        guard lines.first?.hasPrefix("#") == true, first.hasPrefix(word) else { return nil }
        name = String(first.dropFirst(word.count)).trimmingWhiteSpace
        parser = ScriptParser(file: path)
        for (index, line) in lines.enumerated().dropFirst() { parser.read(line, number: index + 1) }
        parser.finish()
        diagnostics = parser.diagnostics
        if let step = parser.script.steps.first {
            diagnostics.append(
                Diagnostic(
                    file: path, position: SourcePosition(line: step.line),
                    message: "\(kind) stands in for one step and is not cut by step lines"))
        }
    }
}

extension Mutant {
    private static let head = "kills: STEP/CHECK"

    /// Reads a mutant: the first line `# kills: STEP/CHECK`, comments that say what is wrong with it, lines to type.
    static func parse(_ text: String, file: String, path: String) -> (mutant: Mutant?, diagnostics: [Diagnostic]) {
        guard let read = StandIn(text, head: head, kind: "a mutant", path: path) else {
            return (nil, [Diagnostic(file: path, message: "the first line must be '# \(head)'")])
        }
        guard let reference = CheckReference(read.name) else {
            return (nil, [Diagnostic(file: path, message: "'\(read.name)' names no check: write STEP/CHECK")])
        }
        return (
            Mutant(file: file, kills: reference, summary: read.summary, lines: read.lines, answer: read.answer),
            read.diagnostics
        )
    }
}

extension Alternative {
    private static let head = "solves: STEP"

    /// Reads an alternative: the first line `# solves: STEP`, comments that say what is other about it, lines to type.
    static func parse(
        _ text: String, file: String, path: String
    ) -> (alternative: Alternative?, diagnostics: [Diagnostic]) {
        guard let read = StandIn(text, head: head, kind: "an alternative", path: path) else {
            return (nil, [Diagnostic(file: path, message: "the first line must be '# \(head)'")])
        }
        return (
            Alternative(file: file, solves: read.name, summary: read.summary, lines: read.lines, answer: read.answer),
            read.diagnostics
        )
    }
}

extension String {
    var trimmingWhiteSpace: String {
        var text = self[...].drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
