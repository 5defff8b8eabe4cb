// Lines of a text, whatever system it was written on.

/// The lines of a text without their ends. A final line feed ends the last line and starts no other; a carriage return
/// before a line feed and a byte order mark at the start are dropped. Cut by bytes, because in Swift a carriage return and
/// a line feed together are one Character and not a line feed.
package func textLines(_ text: String) -> [String] {
    let start = text.unicodeScalars.first == "\u{feff}" ? text.unicodeScalars.dropFirst() : text.unicodeScalars[...]
    let bytes = text.utf8[start.startIndex...]
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
        String(Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line))
    }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
}

extension String {
    /// Whether the text holds these two ASCII characters one after the other. Most lines do not, and looking at bytes
    /// is far quicker than at Characters.
    package func hasPair(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
        let (first, second) = (UInt8(ascii: first), UInt8(ascii: second))
        var previous: UInt8 = 0
        for byte in utf8 {
            if byte == second, previous == first { return true }
            previous = byte
        }
        return false
    }
}
