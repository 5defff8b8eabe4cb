// What a line typed at the tutor's prompt means.

import Text

package enum Command: Equatable, Sendable {
    case verb(Verb, Arguments)
    /// A line for the playground's shell.
    case shell(String)
    case empty

    /// What stands after a verb.
    package struct Arguments: Equatable, Sendable {
        /// As typed, without white space at the ends.
        package var text: String
        /// Cut at white space; quotes mean nothing.
        package var words: [String]

        package init(_ text: Substring = "") {
            words = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { String($0) }
            self.text = String(text.unindented.droppingTrailingSpaces)
        }
    }

    /// The first word alone decides. It must be a verb exactly: nothing is guessed, because any other word may be a
    /// program. What follows a `!` is for the shell in any case.
    package static func parse(_ line: String) -> Command {
        let text = line.unindented.droppingTrailingSpaces
        if text.isEmpty { return .empty }
        if text.first == "!" {
            let command = text.dropFirst().unindented
            return command.isEmpty ? .empty : .shell(String(command))
        }
        let word = text.prefix { $0 != " " && $0 != "\t" }
        guard let verb = Verb.named(word) else { return .shell(line) }
        return .verb(verb, Arguments(text[word.endIndex...]))
    }

    /// The verb that was probably meant by a word that the shell does not know: for use after "command not found".
    package static func suggestion(for word: String) -> Verb? {
        guard (2...24).contains(word.count) else { return nil }
        let candidates = Verb.all.map { (verb: $0, distance: Spelling.distance(word.lowercased(), $0.name)) }
        // In a short word, two changes make almost any verb out of it.
        let limit = word.count <= 4 ? 1 : 2
        let best = candidates.min { $0.distance < $1.distance }
        return best.flatMap { $0.distance <= limit ? $0.verb : nil }
    }
}
