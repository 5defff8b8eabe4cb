// Columns of text, and the spaces around it.

extension String {
    /// The text, cut or filled with spaces to so many characters.
    package func padded(to width: Int) -> String {
        let kept = prefix(max(0, width))
        return String(kept) + String(repeating: " ", count: max(0, width - kept.count))
    }
}

extension StringProtocol {
    /// Without the spaces, tabs and line ends before and behind it.
    package var trimmed: String {
        let start = firstIndex { !$0.isWhitespace } ?? endIndex
        let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
        return String(self[start..<end])
    }
}
