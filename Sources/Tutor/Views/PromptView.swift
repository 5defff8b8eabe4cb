// The prompt of the tutorial shell: where you are, how far, and what waits.

import Text

/// What the prompt shows, such as `01 pack ●○○ › `.
package struct PromptView: Sendable, Equatable {
    package enum Check: Sendable, Equatable {
        case unknown, pass, fail, error, skip
    }

    /// The number of the lab, such as `01`; `nil` outside of labs.
    package var lab: String?
    package var step: String?
    package var checks: [Check]
    /// What runs in the playground's terminal meanwhile, such as `vim`.
    package var waiting: String?

    /// More checks than these are shown as a count.
    private static let mostSymbols = 8
    private static let longestWord = 16

    package init(lab: String? = nil, step: String? = nil, checks: [Check] = [], waiting: String? = nil) {
        self.lab = lab
        self.step = step
        self.checks = checks
        self.waiting = waiting
    }

    /// The prompt as text with escapes; `LineEditor.readLine` marks them for readline.
    package func render(_ style: Style) -> String {
        var parts: [String] = []
        if let lab {
            parts.append(style.paint(short(lab), .bold))
            if let step { parts.append(style.paint(short(step), .cyan)) }
        } else {
            parts.append(style.paint("podlab", .bold))
        }
        if !checks.isEmpty { parts.append(state(style)) }
        if let waiting { parts.append(style.paint("(\(short(waiting)))", .yellow)) }
        parts.append(style.unicode ? "› " : "> ")
        return parts.joined(separator: " ")
    }

    private func state(_ style: Style) -> String {
        if checks.count > Self.mostSymbols { return "\(checks.count { $0 == .pass })/\(checks.count)" }
        let symbols = checks.map { check in
            switch check {
            case .pass: style.paint(style.unicode ? "●" : "*", .green)
            case .fail: style.paint(style.unicode ? "○" : "x", .red)
            case .error: style.paint("!", .yellow)
            case .skip: style.paint(style.unicode ? "–" : "-", .dim)
            case .unknown: style.paint(style.unicode ? "○" : ".", .dim)
            }
        }
        let text = symbols.joined()
        return style.unicode ? text : "[\(text)]"
    }

    /// A word of someone else's choosing on one line of bounded width.
    private func short(_ word: String) -> String {
        let safe = terminalSafe(word)
        return safe.count > Self.longestWord ? safe.prefix(Self.longestWord - 1) + "~" : safe
    }
}
