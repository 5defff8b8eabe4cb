// How much longer aliases (`*name`) can make a YAML file. The parser puts the anchored value in each alias's place, so that ten
// lines can stand for a billion values, and it hashes keys before anybody could count them.

/// An upper bound from the text alone. What looks like an alias in a text block is counted too, if there is such an anchor.
struct AliasGrowth {
    private let bytes: Int
    private let anchors: Int
    private let aliases: Int
    /// Byte offset of the first alias.
    private let first: Int

    init(of text: String) {
        bytes = text.utf8.count
        let found: (anchors: [Substring], aliases: [(name: Substring, offset: Int)]) = Self.marks(in: text)
        let used = Set(found.aliases.map(\.name))
        let named = Set(found.anchors)
        let aliases = found.aliases.filter { named.contains($0.name) }
        anchors = found.anchors.count { used.contains($0) }
        self.aliases = aliases.count
        first = aliases.first?.offset ?? 0
    }

    /// Whether there is any alias of an anchor.
    var isAny: Bool { aliases > 0 }

    /// The most values that a file may stand for: a few seconds of work.
    private static let mostValues = 2e7

    /// n anchors that use one another, with k aliases in all, stand for most when each has k/n of them: (1 + k/n)^n.
    var isBounded: Bool {
        guard aliases > 0, anchors > 0 else { return true }
        var growth = Double(bytes)
        for _ in 0..<anchors {
            growth *= 1 + Double(aliases) / Double(anchors)
            if growth > Self.mostValues { return false }
        }
        return true
    }

    func position(in text: String) -> SourcePosition {
        let lines = text.utf8.prefix(first).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let column = Substring(lines.last ?? text.utf8.prefix(0)).unicodeScalars.count + 1
        return SourcePosition(line: max(1, lines.count), column: column)
    }

    private static func marks(in text: String) -> (anchors: [Substring], aliases: [(name: Substring, offset: Int)]) {
        let utf8 = text.utf8
        var (anchors, aliases): ([Substring], [(name: Substring, offset: Int)]) = ([], [])
        var (index, offset, isAfterWord) = (utf8.startIndex, 0, false)
        while index != utf8.endIndex {
            let byte = utf8[index]
            let next = utf8.index(after: index)
            if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*"), !isAfterWord {
                let name = Substring(utf8[next...].prefix(while: isNameByte))
                if !name.isEmpty {
                    if byte == UInt8(ascii: "&") { anchors.append(name) } else { aliases.append((name, offset)) }
                }
            }
            isAfterWord = isNameByte(byte)
            (index, offset) = (next, offset + 1)
        }
        return (anchors, aliases)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
