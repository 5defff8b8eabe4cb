// Which `*` and `_` pair up to emphasis: the delimiter rules of CommonMark 0.31, section 6.2.

/// A run of `*` or `_`.
struct Delimiter {
    let mark: Unicode.Scalar
    let originalCount: Int
    var count: Int
    let canOpen: Bool
    let canClose: Bool
    var strongOpened = 0
    var strongClosed = 0
    var emphasisOpened = 0
    var emphasisClosed = 0

    init(mark: Unicode.Scalar, count: Int, before: Unicode.Scalar, after: Unicode.Scalar) {
        self.mark = mark
        originalCount = count
        self.count = count
        let (spaceBefore, spaceAfter) = (before.properties.isWhitespace, after.properties.isWhitespace)
        let (markBefore, markAfter) = (before.isPunctuationOrSymbol, after.isPunctuationOrSymbol)
        let isLeft = !spaceAfter && (!markAfter || spaceBefore || markBefore)
        let isRight = !spaceBefore && (!markBefore || spaceAfter || markAfter)
        // An underscore inside a word (pivot_root) is part of it.
        canOpen = isLeft && (mark == "*" || !isRight || markBefore)
        canClose = isRight && (mark == "*" || !isLeft || markAfter)
    }

    /// What is left of it as text.
    var unpaired: String { String(repeating: Character(mark), count: count) }

    /// Runs that fail to find an opener fail alike within one class.
    var closerClass: Int { (mark == "*" ? 0 : 6) + (canOpen ? 3 : 0) + originalCount % 3 }

    func opens(_ closer: Delimiter) -> Bool {
        guard mark == closer.mark, canOpen else { return false }
        guard canClose || closer.canOpen else { return true }
        return (originalCount + closer.originalCount) % 3 != 0
            || (originalCount % 3 == 0 && closer.originalCount % 3 == 0)
    }
}

enum Emphasis {
    /// Pairs the delimiters among `nodes` whose indices are `candidates`, in linear time.
    static func pair(_ nodes: inout [InlineParser.Node], _ candidates: ArraySlice<Int>) {
        var openers: [Int] = []
        // For each class, how many of the openers are known to be of no use.
        var useless = [Int](repeating: 0, count: 12)
        for index in candidates {
            guard var closer = nodes[index].delimiter else { continue }
            while closer.canClose, closer.count > 0 {
                let floor = useless[closer.closerClass]
                let found = openers[floor...].lastIndex { nodes[$0].delimiter?.opens(closer) == true }
                guard let found, var opener = nodes[openers[found]].delimiter else {
                    useless[closer.closerClass] = openers.count
                    break
                }
                let size = opener.count >= 2 && closer.count >= 2 ? 2 : 1
                opener.take(size, opening: true)
                closer.take(size, opening: false)
                nodes[openers[found]].delimiter = opener
                openers.removeSubrange((opener.count > 0 ? found + 1 : found)...)
                for position in useless.indices { useless[position] = min(useless[position], openers.count) }
            }
            nodes[index].delimiter = closer
            if closer.canOpen, closer.count > 0 { openers.append(index) }
        }
    }
}

extension Delimiter {
    fileprivate mutating func take(_ size: Int, opening: Bool) {
        count -= size
        switch (size, opening) {
        case (2, true): strongOpened += 1
        case (2, false): strongClosed += 1
        case (_, true): emphasisOpened += 1
        case (_, false): emphasisClosed += 1
        }
    }
}

extension Unicode.Scalar {
    /// Punctuation or a symbol, which is what CommonMark calls punctuation since 0.31.
    var isPunctuationOrSymbol: Bool {
        switch properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol:
            true
        default: false
        }
    }
}
