// What Tab offers at the tutor's prompt.

/// Words for the first word of a line, and for the arguments of verbs.
package struct VerbCompletion: Sendable {
    /// Identifiers of the labs, such as `01-chroot`.
    package var labs: [String]
    /// Identifiers of the steps of the running lab.
    package var steps: [String]

    package init(labs: [String] = [], steps: [String] = []) {
        self.labs = labs
        self.steps = steps
    }

    /// The words that may stand at UTF-8 offset `wordStart` of `line`, where `word` is begun; as `LineEditor.Completer`.
    /// Empty for a line that goes to the playground's shell.
    package func words(line: String, wordStart: Int, word: String) -> [String] {
        let before = String(decoding: line.utf8.prefix(wordStart), as: UTF8.self)
        if before.isBlank { return Verb.all.map(\.name).filter { $0.hasPrefix(word) } }
        guard case .verb(let verb, let arguments) = Command.parse(before), arguments.words.isEmpty else { return [] }
        return verb.words.goingOn(self, word)
    }
}
