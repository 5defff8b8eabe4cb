// Does a command print what the lesson says it prints?

import Text

/// The expected output of a command, as a lesson writes it.
///
/// `…` within a line stands for any text of that line, a line that is only `…` for one line or more, `<name>` for one
/// or more characters without white space; equal names stand for equal text. White space at the end of a line, and empty
/// lines at the end, do not count. A pattern that is nothing but `…` stands for nothing, too: what a shell says of its jobs
/// comes when it comes.
package struct OutputPattern: Sendable {
    package enum Outcome: Sendable, Equatable {
        /// It fits; every name seen so far with its text.
        case match([String: String])
        /// It does not. `line` is the place in the pattern up to which it fits best, from 0; `actual` the output there.
        case mismatch(line: Int, expected: String, actual: String?)
        /// It would fit if the `…` that is this line of the pattern, from 0, could stand for no line at all.
        case nothing(line: Int)
        /// Given up: too many ways to read the pattern.
        case tooAmbiguous
    }

    fileprivate enum Token: Equatable {
        case literal([Unicode.Scalar])
        case anyText
        case oneLine
        /// Behind `oneLine`.
        case moreLines
        case word(String)
        case endOfLine
    }

    private let lines: [String]
    private let tokens: [(token: Token, line: Int)]

    package init(lines: [String]) {
        self.lines = Self.trimmed(lines)
        var tokens: [(token: Token, line: Int)] = []
        for (number, line) in self.lines.enumerated() {
            for token in Self.tokens(of: line) { tokens.append((token, number)) }
        }
        self.tokens = tokens
    }

    /// Compares with what a command printed. `bindings` are the names bound earlier in the same lesson. The work is
    /// bounded by `limit` states, each looked at once.
    package func match(
        _ output: String, bindings: [String: String] = [:], limit: Int = 200_000
    ) -> Outcome {
        let actualLines = Self.trimmed(textLines(output))
        let gaps = tokens.filter { $0.token == .oneLine }.map(\.line)
        let outcome = match(actualLines, bindings, limit, empty: lines.count == 1 ? Set(gaps) : [])
        guard case .mismatch = outcome, !gaps.isEmpty,
            case .match = match(actualLines, bindings, limit, empty: Set(gaps))
        else { return outcome }
        // One that has to be empty, whatever the others are; where any of several can be, the last.
        let empty = gaps.first { gap in
            guard case .match = match(actualLines, bindings, limit, empty: Set(gaps).subtracting([gap])) else {
                return true
            }
            return false
        }
        return .nothing(line: empty ?? gaps[gaps.count - 1])
    }

    /// - Parameter empty: lines of the pattern that are `…` and may stand for nothing.
    private func match(
        _ actualLines: [String], _ bindings: [String: String], _ limit: Int, empty: Set<Int>
    ) -> Outcome {
        let text: [Unicode.Scalar] = actualLines.flatMap { Array($0.unicodeScalars) + ["\n"] }
        var stack = [State(token: 0, place: 0, bindings: bindings)]
        var seen = Set(stack)
        var furthest = stack[0]
        while let state = stack.popLast() {
            if (state.token, state.place) > (furthest.token, furthest.place) { furthest = state }
            if state.token == tokens.count {
                if state.place == text.count { return .match(state.bindings) }
                continue
            }
            // The last one pushed is tried first.
            for next in successors(of: state, in: text, empty: empty) where seen.insert(next).inserted {
                stack.append(next)
            }
            guard seen.count <= limit else { return .tooAmbiguous }
        }
        let line = furthest.token < tokens.count ? tokens[furthest.token].line : lines.count
        let actual = text[..<furthest.place].count { $0 == "\n" }
        return .mismatch(
            line: line, expected: line < lines.count ? lines[line] : "(no more output)",
            actual: actual < actualLines.count ? actualLines[actual] : nil)
    }

    private struct State: Hashable {
        var token: Int
        var place: Int
        var bindings: [String: String]
    }

    private func successors(of state: State, in text: [Unicode.Scalar], empty: Set<Int>) -> [State] {
        func moved(to place: Int, token: Int? = nil, binding: (String, String)? = nil) -> State {
            var next = State(token: token ?? state.token + 1, place: place, bindings: state.bindings)
            if let binding { next.bindings[binding.0] = binding.1 }
            return next
        }
        let place = state.place
        switch tokens[state.token].token {
        case .literal(let scalars):
            return text[place...].starts(with: scalars) ? [moved(to: place + scalars.count)] : []
        case .endOfLine:
            return place < text.count && text[place] == "\n" ? [moved(to: place + 1)] : []
        case .anyText:
            let longer = place < text.count && text[place] != "\n" ? [moved(to: place + 1, token: state.token)] : []
            return longer + [moved(to: place)]
        case .oneLine:
            let end = text[place...].firstIndex(of: "\n")
            return (end.map { [moved(to: $0 + 1)] } ?? [])
                + (empty.contains(tokens[state.token].line) ? [moved(to: place, token: state.token + 2)] : [])
        case .moreLines:
            let end = text[place...].firstIndex(of: "\n")
            return (end.map { [moved(to: $0 + 1, token: state.token)] } ?? []) + [moved(to: place)]
        case .word(let name):
            if let bound = state.bindings[name] {
                let scalars = Array(bound.unicodeScalars)
                return text[place...].starts(with: scalars) ? [moved(to: place + scalars.count)] : []
            }
            let end = text[place...].firstIndex { $0.properties.isWhitespace } ?? text.count
            guard end > place else { return [] }
            return (place + 1...end).map { stop in
                var word = String.UnicodeScalarView()
                word.append(contentsOf: text[place..<stop])
                return moved(to: stop, binding: (name, String(word)))
            }
        }
    }
}

extension OutputPattern {
    /// Replaces the names that are bound: `kill <pid>` becomes `kill 42`.
    package static func fill(_ text: String, bindings: [String: String]) -> String {
        var result = ""
        var rest = text[...]
        while let range = nextName(in: rest) {
            let name = String(rest[range].dropFirst().dropLast())
            result += rest[..<range.lowerBound] + (bindings[name] ?? "<\(name)>")
            rest = rest[range.upperBound...]
        }
        return result + rest
    }

    /// The names in a text, in order.
    static func names(in text: String) -> [String] {
        var names: [String] = []
        var rest = text[...]
        while let range = nextName(in: rest) {
            names.append(String(rest[range].dropFirst().dropLast()))
            rest = rest[range.upperBound...]
        }
        return names
    }

    private static func nextName(in text: Substring) -> Range<Substring.Index>? {
        var start = text.startIndex
        while let open = text[start...].firstIndex(of: "<") {
            let after = text.index(after: open)
            guard let close = text[after...].firstIndex(of: ">") else { return nil }
            let name = text[after..<close]
            if name.first?.isLetter == true, CheckReference.isName(String(name)) {
                return open..<text.index(after: close)
            }
            start = after
        }
        return nil
    }

    private static func tokens(of line: String) -> [Token] {
        if line.drop(while: \.isWhitespace) == "…" { return [.oneLine, .moreLines] }
        var tokens: [Token] = []
        for (index, part) in line.split(separator: "…", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { tokens.append(.anyText) }
            var rest = part
            while let range = nextName(in: rest) {
                if range.lowerBound > rest.startIndex {
                    tokens.append(.literal(Array(rest[..<range.lowerBound].unicodeScalars)))
                }
                tokens.append(.word(String(rest[range].dropFirst().dropLast())))
                rest = rest[range.upperBound...]
            }
            if !rest.isEmpty { tokens.append(.literal(Array(rest.unicodeScalars))) }
        }
        return tokens + [.endOfLine]
    }

    /// Lines without the white space at their ends (a terminal's carriage return is some) and without empty last lines.
    private static func trimmed(_ lines: [String]) -> [String] {
        var lines = lines.map { line in
            var scalars = Substring(line).unicodeScalars
            while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
            return String(scalars)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
