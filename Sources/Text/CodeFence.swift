// Fenced code of Markdown, by the shape of single lines. See CommonMark, "Fenced code blocks".

/// The line that opens a fenced block of code: three or more back quotes or tildes.
package struct CodeFence: Sendable, Equatable {
    package let mark: Character
    package let length: Int
    /// Columns before it: a block's lines lose as many.
    package let indentation: Int
    /// What stands behind the marks, such as `console only=memory-v2`, without white space around it.
    package let info: String

    package init?(_ line: some StringProtocol) {
        guard let (indentation, run, rest) = Self.parts(line), run.count >= 3, let mark = run.first,
            mark == "~" || !rest.contains("`")
        else { return nil }
        self.mark = mark
        length = run.count
        self.indentation = indentation
        info = rest.trimmed
    }

    package var words: [String] { info.split(separator: " ").map(String.init) }

    /// A line with at least as many of the same mark and nothing else.
    package func isClosed(by line: some StringProtocol) -> Bool {
        guard let (_, run, rest) = Self.parts(line) else { return false }
        return run.first == mark && run.count >= length && rest.allSatisfy { $0 == " " || $0 == "\t" }
    }

    /// At most three spaces, marks of one kind, and the rest. A tab before the marks would be four columns.
    private static func parts<Line: StringProtocol>(
        _ line: Line
    ) -> (indentation: Int, run: Line.SubSequence, rest: Line.SubSequence)? {
        let begin = line.drop { $0 == " " }
        let indentation = line.distance(from: line.startIndex, to: begin.startIndex)
        guard indentation < 4, let mark = begin.first, mark == "`" || mark == "~" else { return nil }
        let run = begin.prefix { $0 == mark }
        return (indentation, run, begin[run.endIndex...])
    }
}
