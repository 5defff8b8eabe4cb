// "Did you mean …": the known word nearest to an unknown one.

package enum Spelling {
    /// The nearest known word, if it is near enough to be a slip of the fingers.
    package static func nearest(to word: String, in known: [String]) -> String? {
        let ranked = known.map { ($0, distance(word.lowercased(), $0.lowercased())) }
        guard let best = ranked.min(by: { $0.1 < $1.1 }) else { return nil }
        return best.1 <= max(1, min(word.count, best.0.count) / 3) ? best.0 : nil
    }

    /// ` (did you mean 'x'?)`, or what there is to choose from.
    package static func suggestion(for word: String, in known: [String]) -> String {
        if let near = nearest(to: word, in: known) { return " (did you mean '\(near)'?)" }
        return known.isEmpty ? "" : " (known: \(known.joined(separator: ", ")))"
    }

    /// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
    package static func distance(_ one: String, _ other: String) -> Int {
        // What is longer than any key of a file is not a slip of one: do not spend time on it.
        let (a, b) = (Array(one.prefix(80)), Array(other.prefix(80)))
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var rows = [Array(0...b.count)]
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                let cost = a[i - 1] == b[j - 1] ? 0 : 1
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + cost)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
