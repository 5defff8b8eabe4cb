// Why a text is no address, prefix or name.

/// A text that is not the value that it should be. It reads `address "10.0.0.300": not an IPv4 or IPv6 address`.
package struct NetworkValueError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `address`, `prefix`, `link name`, `MAC address`.
    package let what: String
    package let text: String
    package let problem: String

    package init(_ what: String, _ text: String, _ problem: String) {
        self.what = what
        self.text = text
        self.problem = problem
    }

    /// What could upset a terminal is escaped.
    package var description: String { "\(what) \(text.debugDescription): \(problem)" }
}
