// Text that came from outside, made fit to print.

/// The text with everything that a terminal would act on, or that would make it read other than it is, made visible:
/// control characters (C0, DEL, C1), line separators, and the marks that turn or hide text (bidirectional overrides and
/// isolates, zero-width and tag characters). `keepingNewlines` leaves line feeds and tabs.
///
/// `ESC [ 2 J` becomes `\u{1b}[2J`; a line feed `\n`.
package func terminalSafe(_ text: String, keepingNewlines: Bool = false) -> String {
    guard !text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value < 0x7f }) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n" where keepingNewlines, "\t" where keepingNewlines: result.append(scalar)
        case "\n": result.append(contentsOf: "\\n".unicodeScalars)
        case "\t": result.append(contentsOf: "\\t".unicodeScalars)
        case "\r": result.append(contentsOf: "\\r".unicodeScalars)
        case _ where isHazardous(scalar):
            result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
        default: result.append(scalar)
        }
    }
    return String(result)
}

/// What a terminal would act on or not show as it is.
package func isHazardous(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    // Cf holds the bidirectional controls, zero-width joiners, the byte order mark and the tag characters.
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
    default: false
    }
}

/// Prose that is read and not examined (lessons, what a program printed): whatever acts on the terminal is left out, and so are
/// the controls that reorder what is read. What joins emoji and letters stays, and so do newlines and tabs. What follows an
/// ESC stays, as plain text. Names and evidence, of which every character is a fact, go through `terminalSafe`.
package func readable(_ text: String) -> String {
    if text.utf8.allSatisfy({ ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x0A || $0 == 0x09 }) { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.filter { !actsOnTerminal($0) }))
}

private func actsOnTerminal(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0x00...0x1F, 0x7F...0x9F: true
    case 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    case 0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE0FFF: true
    default: false
    }
}
