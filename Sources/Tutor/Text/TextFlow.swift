// Sets prose into lines of a width: greedy, by display width, breaking at spaces, between ideographs, and inside a word
// only where it is wider than the whole line.

/// The lines of `runs`, none wider than `width`; a newline in a run is a break that stays. Takes time linear in the text.
package func wrap(_ runs: [Run], width: Int) -> [StyledLine] {
    var flow = TextFlow(width: max(width, 2))
    for run in runs { flow.add(run) }
    return flow.finish()
}

/// Puts `first` before the first line and `rest` before the others.
package func hang(_ lines: [StyledLine], first: StyledLine, rest: StyledLine) -> [StyledLine] {
    lines.enumerated().map { $0.offset == 0 ? first + $0.element : $0.element.isEmpty ? [] : rest + $0.element }
}

private struct TextFlow {
    let width: Int
    private var lines: [StyledLine] = []
    private var line: StyledLine = []
    private var column = 0
    /// The word under construction: its characters with width and look. A space inside inline code is one of them.
    private var word: [Letter] = []
    private var spaceLook: Look?

    private struct Letter {
        var character: Character
        var width: Int
        var look: Look
    }

    init(width: Int) { self.width = width }

    mutating func add(_ run: Run) {
        for character in run.text {
            switch character {
            case "\n", "\r\n":
                endWord()
                endLine()
            case " " where !run.isKept, "\t":
                endWord()
                spaceLook = run.look
            default:
                let letter = Letter(character: character, width: displayWidth(character), look: run.look)
                if !run.isKept, let last = word.last, mayBreak(between: last, and: letter) { endWord() }
                word.append(letter)
            }
        }
    }

    mutating func finish() -> [StyledLine] {
        endWord()
        if !line.isEmpty || lines.isEmpty { endLine() }
        return lines
    }

    /// Ideographs and kana may be parted, but closing marks do not begin a line. Hangul has spaces between its words.
    private func mayBreak(between last: Letter, and next: Letter) -> Bool {
        guard isIdeograph(last) || isIdeograph(next) else { return false }
        return !"、。，．・：；？！）］｝」』】〉》”’ー)]},.;:!?".contains(next.character)
            && !"（［｛「『【〈《“‘([{".contains(last.character)
    }

    private func isIdeograph(_ letter: Letter) -> Bool {
        guard letter.width == 2, let scalar = letter.character.unicodeScalars.first else { return false }
        return !(0xAC00...0xD7A3).contains(scalar.value) && !(0x1100...0x115F).contains(scalar.value)
    }

    private mutating func endWord() {
        guard !word.isEmpty else { return }
        let letters = word
        word.removeAll(keepingCapacity: true)
        let size = letters.reduce(0) { $0 + $1.width }
        if size <= width {
            place(letters[...], width: size)
        } else {
            // Wider than any line: give up the spaces of inline code first, then break anywhere.
            for (index, part) in letters.split(separator: " ", by: \.character).enumerated() {
                if index > 0 { spaceLook = part.first?.look ?? [] }
                placeBroken(part)
            }
        }
    }

    /// Breaks behind a slash where one stands in the second half of the line: paths stay readable.
    private mutating func placeBroken(_ letters: ArraySlice<Letter>) {
        var start = letters.startIndex
        var size = 0
        var slash: (index: Int, size: Int)?
        for index in letters.indices {
            if size > 0, size + letters[index].width > width {
                var cut = (index: index, size: size)
                if let slash, slash.size > width / 2 { cut = slash }
                place(letters[start..<cut.index], width: cut.size)
                start = cut.index
                size -= cut.size
                slash = nil
            }
            size += letters[index].width
            if letters[index].character == "/" { slash = (index + 1, size) }
        }
        place(letters[start...], width: size)
    }

    private mutating func place(_ letters: ArraySlice<Letter>, width size: Int) {
        guard let first = letters.first else { return }
        let gap = spaceLook != nil && column > 0 ? 1 : 0
        if column + gap + size > width, column > 0 {
            endLine()
        } else if gap == 1 {
            // A space carries a look (an underline, say) only where both its neighbours do.
            let left = line.last?.look ?? []
            append(" ", left.intersection(first.look).intersection(spaceLook ?? []))
            column += 1
        }
        for letter in letters { append(letter.character, letter.look) }
        column += size
        spaceLook = nil
    }

    private mutating func append(_ character: Character, _ look: Look) {
        if line.last?.look == look {
            line[line.count - 1].text.append(character)
        } else {
            line.append(Run(String(character), look))
        }
    }

    private mutating func endLine() {
        lines.append(line)
        line.removeAll()
        column = 0
        spaceLook = nil
    }
}

extension Array {
    fileprivate func split<Key: Equatable>(separator: Key, by key: (Element) -> Key) -> [ArraySlice<Element>] {
        split(whereSeparator: { key($0) == separator })
    }
}
