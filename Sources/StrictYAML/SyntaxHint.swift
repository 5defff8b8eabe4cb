// What a person most likely did where the YAML parser gives up: its own words speak of tokens and contexts.

/// The lines of a file around a fault.
struct SyntaxHint {
    let lines: [String]
    let position: SourcePosition

    /// Words that go on from the parser's; nil when the parser's say enough.
    func words(for problem: String) -> String? {
        guard lines.indices.contains(position.line - 1) else { return nil }
        let line = SourceLine(lines[position.line - 1])
        if line.hasTab || line.character(position.column) == "\t" {
            return "YAML is indented with spaces, and here is a tab"
        }
        switch problem {
        case "mapping values are not allowed in this context": return secondColon(line)
        case "did not find expected '-' indicator":
            guard !line.text.hasPrefix("-") else { return nil }
            return "this line begins where the list's '-' stands: a key of an entry begins two columns further right"
        case "did not find expected key":
            return line.text.isEmpty ? nil : "the line's indentation fits nothing above it"
        case "could not find expected ':'":
            guard let before = lineBefore, !before.line.text.contains(":") else { return nil }
            return "line \(before.number) has no ':'"
        default: return nil
        }
    }

    /// A colon where there can be none: the line before, or one further left, has gone wrong.
    private func secondColon(_ line: SourceLine) -> String? {
        guard let before = lineBefore, line.firstColon == position.column else {
            return "text with a colon and a space in it needs quotes"
        }
        if line.indentation > before.line.keyColumn, let key = before.line.keyWithValue {
            return
                "this line is indented deeper than line \(before.number), where '\(key)' has a value already: keys of one "
                + "object begin in the same column, which is \(before.line.keyColumn + 1) there"
        }
        if !before.line.text.contains(":") { return "line \(before.number) has no ':' after its key" }
        return nil
    }

    private var lineBefore: (number: Int, line: SourceLine)? {
        for index in (0..<position.line - 1).reversed() {
            let line = SourceLine(lines[index])
            if !line.text.isEmpty { return (index + 1, line) }
        }
        return nil
    }
}

/// A line as far as hints need it, without its comment.
private struct SourceLine {
    /// Spaces before the first character.
    let indentation: Int
    let hasTab: Bool
    /// What follows the indentation.
    let text: Substring
    private let whole: String

    init(_ line: String) {
        whole = line
        let spaces = line.unicodeScalars.prefix { $0 == " " }
        indentation = spaces.count
        let rest = line.unicodeScalars.dropFirst(indentation)
        hasTab = rest.first == "\t"
        let comment = line.range(of: " #")?.lowerBound ?? line.endIndex
        let end = max(comment, rest.startIndex)
        text = rest.first == "#" ? "" : Substring(rest[rest.startIndex..<end]).trimmingSuffix(while: \.isWhitespace)
    }

    func character(_ column: Int) -> Unicode.Scalar? { whole.unicodeScalars.dropFirst(column - 1).first }

    /// The column, from 0, in which the line's key begins: that of what follows the dashes of lists.
    var keyColumn: Int {
        indentation + text.unicodeScalars.prefix { $0 == "-" || $0 == " " }.count
    }

    /// The column, from 1, of the first colon that ends a key.
    var firstColon: Int? {
        let scalars = Array(text.unicodeScalars)
        let place = scalars.indices.first { index in
            scalars[index] == ":" && (index + 1 == scalars.count || scalars[index + 1] == " ")
        }
        return place.map { indentation + $0 + 1 }
    }

    /// The key of a line such as `- key: value`.
    var keyWithValue: Substring? {
        let pair = text.drop { $0 == "-" || $0 == " " }
        guard let colon = pair.range(of: ": ") else { return nil }
        let value = pair[colon.upperBound...]
        return value.hasPrefix("|") || value.hasPrefix(">") ? nil : pair[..<colon.lowerBound]
    }
}

extension StringProtocol {
    /// The first place of an ASCII pair.
    fileprivate func range(of pair: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(pair) { return start..<index(start, offsetBy: pair.count) }
            start = index(after: start)
        }
        return nil
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> Substring {
        var result = self
        while let last = result.last, isDropped(last) { result.removeLast() }
        return result
    }
}
