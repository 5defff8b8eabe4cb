// Text that may be long, in a message.

/// Not more of a text than fits a message: `length` characters of Unicode, and an ellipsis for the rest.
package func clipped(_ text: String, to length: Int = 120) -> String {
    let scalars = text.unicodeScalars.prefix(length + 1)
    return scalars.count > length ? String(Substring(scalars.dropLast())) + "\u{2026}" : text
}
