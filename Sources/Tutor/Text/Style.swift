// What the terminal at hand can show: colours or not, more than ASCII or not, and how many columns.
import Glibc

/// How output is to look.
package struct Style: Sendable, Equatable {
    package enum Colour: Sendable {
        /// No escape sequence at all, so neither bold nor dim.
        case none
        /// The sixteen colours of ECMA-48, and bold, dim, italic, underline. Readers' own themes give them their look.
        case sixteen
    }

    package var colour: Colour
    /// Whether podlab's own symbols (✓ ✗ ● │) are understood. Text of lessons is never transliterated.
    package var unicode: Bool
    /// Columns of the terminal, 20…500.
    package var width: Int

    package static let widths = 20...500
    /// Prose is not set wider than this: longer lines are hard to read.
    package static let widestText = 96

    package init(colour: Colour = .none, unicode: Bool = true, width: Int = 80) {
        self.colour = colour
        self.unicode = unicode
        self.width = min(max(width, Self.widths.lowerBound), Self.widths.upperBound)
    }

    /// Columns for prose.
    package var textWidth: Int { min(width, Self.widestText) }

    /// - Parameters:
    ///   - environment: `NO_COLOR` (any value but the empty one), `TERM`, `COLUMNS`, and `LC_ALL`, `LC_CTYPE`, `LANG`.
    ///   - isTerminal: without a terminal there are no colours.
    ///   - windowColumns: what the kernel says of the terminal's window; `nil` or 0 is "not known". It wins over
    ///     `COLUMNS`, which is what some parent noted and does not follow a window that changes its size.
    package init(environment: [String: String], isTerminal: Bool, windowColumns: Int?) {
        let terminal = environment["TERM"] ?? ""
        let wantsNone = !(environment["NO_COLOR"] ?? "").isEmpty
        let isDumb = terminal.isEmpty || terminal == "dumb"
        let columns = [windowColumns, environment["COLUMNS"].flatMap { Int($0) }].compactMap { $0 }.first { $0 > 0 }
        self.init(
            colour: wantsNone || isDumb || !isTerminal ? .none : .sixteen,
            unicode: Self.isUTF8(environment) && terminal != "linux" && !(isTerminal && isDumb),
            width: columns ?? 80)
    }

    /// The style for the terminal, file or pipe behind `descriptor`.
    package static func detect(environment: [String: String], descriptor: Int32 = STDOUT_FILENO) -> Style {
        Style(
            environment: environment, isTerminal: isatty(descriptor) == 1,
            windowColumns: windowSize(of: descriptor)?.columns)
    }

    /// Whether the locale's character set is UTF-8, by the order of setlocale(3).
    static func isUTF8(_ environment: [String: String]) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let name = locale.lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }
}

/// Rows and columns of the terminal behind `descriptor`, or `nil` where there is none or it does not know.
/// See ioctl_tty(2), TIOCGWINSZ.
package func windowSize(of descriptor: Int32) -> (rows: Int, columns: Int)? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (rows: Int(size.ws_row), columns: Int(size.ws_col))
}
