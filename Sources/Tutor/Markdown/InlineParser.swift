// Inlines of Markdown: inline code, emphasis, links, escapes, breaks. One pass over the text makes a flat list of nodes,
// and Emphasis.swift pairs the delimiters among them; nothing nests, so no input can make it deep or slow.

struct InlineParser {
    struct Node {
        enum Kind { case text, code, hardBreak, delimiter, linkStart, linkEnd }
        var kind: Kind
        var text = ""
        var delimiter: Delimiter?
    }

    static let longestTarget = 2048

    private let source: [Unicode.Scalar]
    private var position = 0
    private var pending = String.UnicodeScalarView()
    private(set) var nodes: [Node] = []
    /// Nodes that are delimiters not yet paired.
    private var delimiters: [Int] = []
    /// `[` that may still begin a link: its node, and how many delimiters stood before it.
    private var brackets: [(node: Int, delimiters: Int)] = []
    private var backquotes: BackquoteRuns

    static func parse(_ text: some StringProtocol) -> [MarkdownInline] {
        var parser = InlineParser(Array(text.unicodeScalars))
        parser.scan()
        return parser.flatten()
    }

    private init(_ source: [Unicode.Scalar]) {
        self.source = source
        backquotes = BackquoteRuns(source)
    }

    private mutating func scan() {
        while position < source.count {
            switch source[position] {
            case "\\": escape()
            case "`": code()
            case "*", "_": delimiterRun()
            case "[": openBracket()
            case "]": closeBracket()
            case "<": autolink()
            case "&": entity()
            case "\n": lineEnd()
            default: takeText()
            }
        }
        flush()
        Emphasis.pair(&nodes, delimiters[...])
    }

    private mutating func takeText() {
        pending.append(source[position])
        position += 1
    }

    private mutating func flush() {
        guard !pending.isEmpty else { return }
        nodes.append(Node(kind: .text, text: String(pending)))
        pending = String.UnicodeScalarView()
    }

    private mutating func append(_ node: Node) {
        flush()
        nodes.append(node)
    }

    private mutating func escape() {
        let next = position + 1 < source.count ? source[position + 1] : " "
        if next == "\n" {
            append(Node(kind: .hardBreak))
            position += 2
            skipSpaces()
        } else if next.isASCII, next.isPunctuationOrSymbol {
            pending.append(next)
            position += 2
        } else {
            takeText()
        }
    }

    private mutating func lineEnd() {
        let spaces = pending.reversed().prefix { $0 == " " }.count
        pending.removeLast(spaces)
        if spaces >= 2 { append(Node(kind: .hardBreak)) } else { pending.append(" ") }
        position += 1
        skipSpaces()
    }

    private mutating func skipSpaces() {
        while position < source.count, source[position] == " " || source[position] == "\t" { position += 1 }
    }

    private mutating func code() {
        let length = run(of: "`")
        let start = position + length
        guard let end = backquotes.next(length: length, from: start) else {
            for _ in 0..<length { takeText() }
            return
        }
        var text = source[start..<end].map { $0 == "\n" ? " " : $0 }[...]
        // One space on both sides makes room for a back quote at the edge; it is not part of the code.
        if text.count > 2, text.first == " ", text.last == " ", text.contains(where: { $0 != " " }) {
            text = text.dropFirst().dropLast()
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text)
        append(Node(kind: .code, text: String(view)))
        position = end + length
    }

    private func run(of mark: Unicode.Scalar) -> Int {
        source[position...].prefix { $0 == mark }.count
    }

    private mutating func delimiterRun() {
        let mark = source[position]
        let count = run(of: mark)
        let before = position > 0 ? source[position - 1] : " "
        let after = position + count < source.count ? source[position + count] : " "
        append(Node(kind: .delimiter, delimiter: Delimiter(mark: mark, count: count, before: before, after: after)))
        delimiters.append(nodes.count - 1)
        position += count
    }

    private mutating func openBracket() {
        // An image cannot be shown; it is treated as a link to it.
        if pending.last == "!" { pending.removeLast() }
        append(Node(kind: .text, text: "["))
        brackets.append((nodes.count - 1, delimiters.count))
        position += 1
    }

    private mutating func closeBracket() {
        guard let open = brackets.popLast(), let link = linkTarget(from: position + 1) else {
            takeText()
            return
        }
        flush()
        Emphasis.pair(&nodes, delimiters[open.delimiters...])
        delimiters.removeSubrange(open.delimiters...)
        nodes[open.node] = Node(kind: .linkStart)
        nodes.append(Node(kind: .linkEnd, text: link.target))
        // A link holds no link.
        brackets.removeAll()
        position = link.end
    }

    /// `(target)` or `(<target> "title")` at `start`.
    private func linkTarget(from start: Int) -> (target: String, end: Int)? {
        guard start < source.count, source[start] == "(" else { return nil }
        let limit = min(source.count, start + Self.longestTarget)
        var index = start + 1
        var target = String.UnicodeScalarView()
        var depth = 0
        let isBracketed = index < limit && source[index] == "<"
        if isBracketed { index += 1 }
        scan: while index < limit {
            switch source[index] {
            case ">" where isBracketed:
                index += 1
                break scan
            case "\n", "[", "]": return nil
            case " " where !isBracketed: break scan
            case "(" where !isBracketed: depth += 1
            case ")" where !isBracketed:
                if depth == 0 { break scan }
                depth -= 1
            default: break
            }
            target.append(source[index])
            index += 1
        }
        guard let end = skipTitle(from: index, limit: limit) else { return nil }
        return (String(target), end)
    }

    /// An optional `"title"`, then the closing bracket; the index behind it.
    private func skipTitle(from start: Int, limit: Int) -> Int? {
        var index = start
        while index < limit, source[index] == " " { index += 1 }
        if index < limit, source[index] == "\"" || source[index] == "'" {
            let mark = source[index]
            index += 1
            while index < limit, source[index] != mark {
                if source[index] == "]" || source[index] == "[" { return nil }
                index += 1
            }
            index += 1
            while index < limit, source[index] == " " { index += 1 }
        }
        return index < limit && source[index] == ")" ? index + 1 : nil
    }

    /// `<https://…>`. Any other `<` is text: lessons write placeholders so.
    private mutating func autolink() {
        let limit = min(source.count, position + Self.longestTarget)
        var index = position + 1
        var hasColon = false
        while index < limit, !"<> \n".unicodeScalars.contains(source[index]) {
            if source[index] == ":" { hasColon = true }
            index += 1
        }
        guard hasColon, index < limit, source[index] == ">", source[position + 1].properties.isAlphabetic else {
            return takeText()
        }
        var target = String.UnicodeScalarView()
        target.append(contentsOf: source[(position + 1)..<index])
        append(Node(kind: .linkStart))
        nodes.append(Node(kind: .text, text: String(target)))
        nodes.append(Node(kind: .linkEnd, text: String(target)))
        position = index + 1
    }

    private mutating func entity() {
        let names: [(String, Unicode.Scalar)] = [
            ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", "\u{A0}"),
        ]
        let found = names.first { source[position...].starts(with: $0.0.unicodeScalars) }
        guard let (name, scalar) = found else { return takeText() }
        pending.append(scalar)
        position += name.unicodeScalars.count
    }

    private func flatten() -> [MarkdownInline] {
        var result: [MarkdownInline] = []
        var (strong, emphasis, inLink) = (0, 0, false)
        var linkText = ""
        func add(_ kind: MarkdownInline.Kind, _ text: String) {
            guard !text.isEmpty || kind == .hardBreak else { return }
            let next = MarkdownInline(kind, text, strong: strong > 0, emphasised: emphasis > 0, link: inLink)
            if inLink { linkText += text }
            if kind == .text, let last = result.last, last.kind == .text,
                (last.isStrong, last.isEmphasised, last.isLink) == (next.isStrong, next.isEmphasised, next.isLink)
            {
                result[result.count - 1].text += text
            } else {
                result.append(next)
            }
        }
        for node in nodes {
            switch node.kind {
            case .text: add(.text, node.text)
            case .code: add(.code, node.text)
            case .hardBreak: add(.hardBreak, "")
            case .delimiter:
                guard let delimiter = node.delimiter else { continue }
                strong -= delimiter.strongClosed
                emphasis -= delimiter.emphasisClosed
                add(.text, delimiter.unpaired)
                strong += delimiter.strongOpened
                emphasis += delimiter.emphasisOpened
            case .linkStart: (inLink, linkText) = (true, "")
            case .linkEnd:
                inLink = false
                // A link that shows its target already, or leads to a place in the same page, needs no more.
                if linkText != node.text, !node.text.hasPrefix("#") { add(.linkTarget, node.text) }
            }
        }
        return result
    }
}

/// Where the runs of back quotes are, by length, so that looking for the end of inline code stays linear.
private struct BackquoteRuns {
    private var starts: [Int: [Int]] = [:]
    private var used: [Int: Int] = [:]

    init(_ source: [Unicode.Scalar]) {
        var index = 0
        while let start = source[index...].firstIndex(of: "`") {
            index = source[start...].firstIndex { $0 != "`" } ?? source.count
            starts[index - start, default: []].append(start)
        }
    }

    /// The first run of exactly `length` at or after `position`. Positions only grow from call to call.
    mutating func next(length: Int, from position: Int) -> Int? {
        guard let candidates = starts[length] else { return nil }
        var index = used[length] ?? 0
        while index < candidates.count, candidates[index] < position { index += 1 }
        used[length] = index
        return index < candidates.count ? candidates[index] : nil
    }
}
