// How many terminal columns a text takes. Own tables rather than wcwidth(3): its answer depends on the locale of the
// process, and a statically linked program may find no locale at all.

/// The number of columns that a terminal gives to `text`, escape sequences that set a style (`ESC [ … m`) not counted.
///
/// A tab goes to the next multiple of eight; other control characters take no column. Wide characters are those of
/// Unicode Standard Annex #11 (East Asian Width W and F) and those shown as emoji.
package func displayWidth(_ text: String) -> Int {
    var column = 0
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
    var escape = EscapeSkipper()
    for character in text where !escape.consumes(character) {
        column += character == "\t" ? 8 - column % 8 : displayWidth(character)
    }
    return column
}

/// The columns of one user-perceived character: 0, 1 or 2, or more for clusters of several spacing letters.
package func displayWidth(_ character: Character) -> Int {
    if let ascii = character.asciiValue { return ascii >= 0x20 && ascii < 0x7F ? 1 : 0 }
    let scalars = character.unicodeScalars
    guard let first = scalars.first else { return 0 }
    if scalars.count > 1, first.properties.isEmoji, scalars.contains(where: joinsEmoji) { return 2 }
    return scalars.reduce(0) { $0 + scalarWidth($1) }
}

/// A joiner, an emoji variation selector, a skin tone or the key cap: with one of these the cluster is one wide picture.
private func joinsEmoji(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x200D, 0xFE0F, 0x20E3, 0x1F3FB...0x1F3FF: true
    default: false
    }
}

private func scalarWidth(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: return 0
    case 0x20..<0x300: return scalar.value == 0xAD ? 0 : 1
    // The vowels and final consonants of Hangul join the leading consonant, which is wide already.
    case 0x1160...0x11FF, 0xD7B0...0xD7FF: return 0
    default: break
    }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .lineSeparator, .paragraphSeparator: return 0
    default: return isWide(scalar) ? 2 : 1
    }
}

private func isWide(_ scalar: Unicode.Scalar) -> Bool {
    let value = scalar.value
    if value < 0x1100 { return false }
    var low = 0
    var high = wideRanges.count
    while low < high {
        let middle = (low + high) / 2
        if wideRanges[middle].upperBound < value { low = middle + 1 } else { high = middle }
    }
    if low < wideRanges.count, wideRanges[low].contains(value) { return true }
    // A single regional indicator is narrow; a pair of them is one flag, and two columns together.
    return scalar.properties.isEmojiPresentation && !(0x1F1E6...0x1F1FF).contains(value)
}

/// East Asian Width W and F, unassigned code points between wide ones included, emoji left out (the standard library
/// knows these). Sorted.
private let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2630...0x2637, 0x268A...0x268F, 0x2E80...0x303E, 0x3040...0x3247,
    0x3250...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7AF, 0xF900...0xFAFF, 0xFE10...0xFE1F,
    0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265,
    0x20000...0x2FFFD, 0x30000...0x3FFFD,
]

/// Follows `ESC [ … m` through a text, so that styled lines can be measured and cut.
struct EscapeSkipper {
    private var inside = false

    /// Whether this character belongs to an escape sequence.
    mutating func consumes(_ character: Character) -> Bool {
        if character == "\u{1B}" {
            inside = true
            return true
        }
        guard inside else { return false }
        if character.isLetter { inside = false }
        return true
    }
}
