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
