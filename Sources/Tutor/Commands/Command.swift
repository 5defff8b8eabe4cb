// What a line typed at the tutor's prompt means.

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
        let candidates = Verb.all.map { (verb: $0, distance: editDistance(word.lowercased(), $0.name)) }
        // In a short word, two changes make almost any verb out of it.
        let limit = word.count <= 4 ? 1 : 2
        let best = candidates.min { $0.distance < $1.distance }
        return best.flatMap { $0.distance <= limit ? $0.verb : nil }
    }
}

/// How many characters must be inserted, removed, replaced or swapped with their neighbour (optimal string alignment).
func editDistance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left), Array(right))
    var rows = [Array(0...right.count)]
    for (i, character) in left.enumerated() {
        var row = [i + 1]
        for (j, other) in right.enumerated() {
            var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (character == other ? 0 : 1))
            if i > 0, j > 0, character == right[j - 1], left[i - 1] == other {
                best = min(best, rows[i - 1][j - 1] + 1)
            }
            row.append(best)
        }
        rows.append(row)
    }
    return rows[left.count][right.count]
}
