// What texts tell a learner to type: a verb, a program or a command of podlab's that must exist.

import Playgrounds
import StrictYAML
import Text

/// The names of a command's subcommands, and of theirs.
package struct CommandTree: Sendable {
    package var children: [String: CommandTree]

    package init(_ children: [String: CommandTree] = [:]) { self.children = children }

    /// The first word that names nothing, of the words behind the command's own name; nil when all do. Options, and what is written
    /// for something else (`ID`, `…`, a path), end the names.
    fileprivate func stranger(in words: some Sequence<Substring>) -> (word: String, known: [String])? {
        var place = self
        for word in words {
            guard !place.children.isEmpty, word.allSatisfy({ ("a"..."z").contains($0) || $0 == "-" }), word.first != "-"
            else { return nil }
            guard let next = place.children[String(word)] else { return (String(word), place.children.keys.sorted()) }
            place = next
        }
        return nil
    }
}

/// Looks through the inline code of a lab's texts. `podlab X` must be a command, whoever says it; what a learner is told to *type* must
/// begin with a verb of the tutorial shell, a program of the lab or a word of the shell's.
package struct CommandMentions: Sendable {
    package let verbs: Set<String>
    package let commands: CommandTree

    package init(verbs: some Sequence<String>, commands: CommandTree) {
        self.verbs = Set(verbs)
        self.commands = commands
    }

    /// bash(1), "Reserved words" and "Shell builtin commands".
    private static let shellWords: Set<String> = [
        "if", "then", "for", "while", "until", "case", "select", "function", "time", "alias", "bg", "break", "cd",
        "command", "continue", "declare", "disown", "echo", "enable", "eval", "exec", "exit", "export", "false", "fg",
        "hash", "help", "history", "jobs", "kill", "let", "local", "logout", "printf", "pwd", "read", "readonly",
        "return", "set", "shift", "source", "test", "trap", "true", "type", "ulimit", "umask", "unalias", "unset",
        "wait",
    ]

    /// A lesson's prose and the texts of lab.yaml, each with its first line.
    package func problems(in lab: Lab, lesson: String, definition: String, folder: String) -> [Diagnostic] {
        let programs = lab.tools + (lab.scene.box?.programs ?? [])
        let known = verbs.union(Self.shellWords)
            .union(programs.map { $0.split(separator: "/").last.map(String.init) ?? $0 })
            .union(
                Self.functions(
                    in: lesson + definition + lab.solution.steps.flatMap(\.lines).map(\.text).joined(separator: "\n")))
        return [("lesson.md", Self.prose(of: lesson)), ("lab.yaml", definition)].flatMap { file, text in
            InlineCode.all(in: text).compactMap { code in
                problem(with: code, known).map {
                    Diagnostic(
                        file: folder + "/" + file, position: SourcePosition(line: code.line), severity: .incomplete,
                        message: $0)
                }
            }
        }
    }

    private func problem(with code: InlineCode, _ known: Set<String>) -> String? {
        let words = code.text.split(separator: " ")
        guard let first = words.first else { return nil }
        if first == "podlab", let (word, names) = commands.stranger(in: words.dropFirst()) {
            return "podlab has no command '\(word)'" + Spelling.suggestion(for: word, in: names)
        }
        guard code.isTyped, first.allSatisfy({ ("a"..."z").contains($0) || $0 == "-" || $0.isNumber }) else {
            return nil
        }
        let word = String(first)
        return known.contains(word) || word == "podlab"
            ? nil
            : "'\(word)' is to be typed, and it is neither a verb nor among the lab's tools"
                + Spelling.suggestion(for: word, in: Array(verbs))
    }

    /// Shell functions that a text defines: `again() {`.
    private static func functions(in text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).filter { $0.contains("()") }.map { word in
            String(word.prefix { $0 != "(" }.drop { !$0.isLetter })
        }
    }

    /// The text with the lines of fenced blocks left empty.
    private static func prose(of text: String) -> String {
        var isCode = false
        return textLines(text).map { line in
            if line.drop(while: { $0 == " " }).hasPrefix("```") {
                isCode.toggle()
                return ""
            }
            return isCode ? "" : String(line)
        }.joined(separator: "\n")
    }
}

/// A code span: what stands between two single backticks.
private struct InlineCode {
    var text: String
    /// Of its first character, from 1.
    var line: Int
    /// It stands directly behind the word "type".
    var isTyped: Bool

    static func all(in text: String) -> [InlineCode] {
        var found: [InlineCode] = []
        var line = 1
        var before = ""
        var open: (text: String, line: Int, isTyped: Bool)?
        for character in text {
            if character == "`" {
                if let code = open {
                    found.append(InlineCode(text: code.text, line: code.line, isTyped: code.isTyped))
                    open = nil
                    before = ""
                } else {
                    let words = before.split(whereSeparator: \.isWhitespace)
                    open = ("", line, words.last?.lowercased().hasSuffix("type") ?? false)
                }
            } else if open != nil {
                open?.text.append(character.isNewline ? " " : character)
            } else {
                before.append(character)
            }
            guard character.isNewline else { continue }
            line += 1
            // A span ends with its paragraph; an odd backtick spoils no more than that.
            if open == nil, before.hasSuffix("\n\n") { before = "" }
            if let code = open, line > code.line + 2 { open = nil }
        }
        return found
    }
}
