// Which words may stand at a place of a shell's command line: programs and paths, as the process that will read the line
// sees them.

/// Completes words for a shell in the playground.
package struct ShellWords {
    private let place: ProcessPlace
    /// Values of the playground's own variables, such as BOX, where the reader has none of that name.
    private let variables: [String: String]

    package init(place: ProcessPlace, variables: [String: String] = [:]) {
        self.place = place
        self.variables = variables
    }

    /// Words of bash itself.
    private static let builtins = [
        "alias", "bg", "break", "cd", "command", "continue", "declare", "do", "done", "echo", "elif", "else", "esac",
        "eval", "exec", "exit", "export", "false", "fg", "fi", "for", "hash", "history", "if", "jobs", "kill", "local",
        "printf", "pwd", "read", "readonly", "return", "set", "shift", "shopt", "source", "test", "then", "time",
        "times",
        "trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
    ]
    private static let usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The words that may stand at UTF-8 offset `start` of `line`, where `word` is begun. A directory ends with `/`.
    package func words(line: String, start: Int, word: String) -> [String] {
        let before = String(decoding: line.utf8.prefix(start), as: UTF8.self)
        // The rest of a name with a blank in it, whose beginning is not known here.
        if before.hasSuffix("\\ ") || word.contains("\\") { return [] }
        if Self.isCommandPlace(before), !word.contains("/"), !word.hasPrefix("~"), !word.hasPrefix("$") {
            return programs(word)
        }
        if word.hasPrefix("$"), !word.contains("/") { return names(ofVariable: word) }
        return paths(word, onlyPrograms: Self.isCommandPlace(before))
    }

    /// Whether a command begins there: at the start, after an operator, or after a word that takes a command.
    private static func isCommandPlace(_ before: String) -> Bool {
        let text = before.trimmingSuffix { $0 == " " || $0 == "\t" }
        guard let last = text.last else { return true }
        if "|;&(!".contains(last) { return true }
        let word = text.split { " \t|;&(".contains($0) }.last.map(String.init) ?? ""
        return ["do", "then", "else", "exec", "sudo", "time", "strace", "nohup", "env", "command", "which"].contains(
            word)
    }

    private func programs(_ prefix: String) -> [String] {
        // Every program there is would be no help.
        guard !prefix.isEmpty else { return [] }
        var found = Set(Self.builtins.filter { $0.hasPrefix(prefix) })
        let path = place.environment["PATH"] ?? Self.usualPath
        // In all as long as one directory may take.
        let deadline = ContinuousClock.now + .milliseconds(100)
        for folder in path.split(separator: ":").prefix(32) {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { break }
            found.formUnion(
                place.entries(of: String(folder), prefix: prefix, patience: left).filter(\.isProgram).map(\.name))
        }
        return found.map(Self.quoted).sorted()
    }

    private func names(ofVariable word: String) -> [String] {
        let known = Set(place.environment.keys).union(variables.keys)
        return known.filter { ("$" + $0).hasPrefix(word) }.map { "$" + $0 }.sorted()
    }

    private func paths(_ word: String, onlyPrograms: Bool) -> [String] {
        if word == "~" { return ["~/"] }
        let cut = word.lastIndex(of: "/").map { word.index(after: $0) } ?? word.startIndex
        let (typed, prefix) = (String(word[..<cut]), String(word[cut...]))
        guard let folder = expanded(typed) else { return [] }
        return place.entries(of: folder, prefix: prefix).filter { !onlyPrograms || $0.isDirectory || $0.isProgram }.map
        {
            typed + Self.quoted($0.name) + ($0.isDirectory ? "/" : "")
        }
    }

    /// The beginning of a path with `~` and variables filled in; nil where one is not known.
    private func expanded(_ text: String) -> String? {
        var rest = text[...]
        var result = ""
        if rest.hasPrefix("~/") {
            result = value("HOME") ?? "/root"
            rest = rest.dropFirst()
        }
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            let isBraced = rest.first == "{"
            if isBraced { rest = rest.dropFirst() }
            let name = rest.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
            rest = rest[name.endIndex...]
            if isBraced {
                guard rest.first == "}" else { return nil }
                rest = rest.dropFirst()
            }
            guard let value = value(String(name)) else { return nil }
            result += value
        }
        return result + rest
    }

    private func value(_ name: String) -> String? { place.environment[name] ?? variables[name] }

    /// A name as it is typed: what a shell would take for its own is quoted.
    private static func quoted(_ name: String) -> String {
        var text = ""
        for character in name {
            if " \t\"'`\\$&|;()<>*?[]{}!#~".contains(character) { text += "\\" }
            text.append(character)
        }
        return text
    }
}

extension String {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> Substring {
        var text = self[...]
        while let last = text.last, matches(last) { text = text.dropLast() }
        return text
    }
}
