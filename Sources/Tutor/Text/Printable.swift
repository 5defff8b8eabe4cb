// Text that others wrote (lessons, file names, evidence read from a playground) must not drive the learner's terminal.

/// What becomes of a character that would act on the terminal rather than be shown.
package enum ControlCharacters: Sendable {
    /// Left out.
    case removed
    /// Written out, as `\u{1B}`: for evidence, where the character is a fact that the learner should see.
    case shown
}

/// `text` without anything that a terminal obeys: ESC and the other C0 controls but newline and tab, DEL, the C1
/// controls, line and paragraph separators, and the controls that reorder what is read (bidirectional overrides,
/// isolates and marks). What follows an ESC stays, as plain text.
package func printable(_ text: String, controls: ControlCharacters = .removed) -> String {
    if text.utf8.allSatisfy({ ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x0A || $0 == 0x09 }) { return text }
    var safe = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        if !actsOnTerminal(scalar) {
            safe.append(scalar)
        } else if case .shown = controls {
            safe.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
        }
    }
    return String(safe)
}

/// As `printable`, for a text that must stay on one line: newlines and tabs are treated as controls too.
package func singleLineSafe(_ text: String) -> String {
    let safe = printable(text, controls: .shown)
    guard safe.utf8.contains(where: { $0 == 0x0A || $0 == 0x09 }) else { return safe }
    return safe.map { $0 == "\n" ? "\\n" : $0 == "\t" ? "\\t" : String($0) }.joined()
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
