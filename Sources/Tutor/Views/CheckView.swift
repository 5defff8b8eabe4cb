// Results of checks for a reader: one line for what passes; expected, actual, evidence and what to try for what does not.

import LabKit
import Text

/// Renders checks. Values are wrapped, never cut.
package struct CheckView: Sendable {
    package let style: Style
    private let screen: Screen
    private let renderer: MarkdownRenderer
    private static let labelWidth = 10
    /// Columns below which a text moves below its label: paths and commands need room.
    private static let narrowestText = 36

    package init(style: Style) {
        self.style = style
        screen = Screen(style: style)
        renderer = MarkdownRenderer(style: style)
    }

    /// The checks, and below them how many of them pass.
    package func render(_ checks: [CheckResult]) -> [String] {
        var lines: [StyledLine] = []
        for (offset, check) in checks.enumerated() {
            // Checks with details are set off from their neighbours.
            let isLong = [.fail, .error].contains(check.status)
            let wasLong = offset > 0 && [.fail, .error].contains(checks[offset - 1].status)
            if offset > 0, isLong || wasLong { lines.append([]) }
            lines += self.lines(check)
        }
        return style.paint(lines) + (checks.isEmpty ? [] : [""] + screen.text(summary(checks)))
    }

    /// Such as `2 of 4 checks pass, 1 fails, 1 skipped.`
    package func summary(_ checks: [CheckResult]) -> String {
        func count(_ status: Status) -> Int { checks.count { $0.status == status } }
        let (failed, errors, skipped) = (count(.fail), count(.error), count(.skip))
        if checks.isEmpty { return "Nothing was checked." }
        if count(.pass) == checks.count {
            return checks.count == 1 ? "The check passes." : "All \(checks.count) checks pass."
        }
        var parts = ["\(count(.pass)) of \(checks.count) \(checks.count == 1 ? "check passes" : "checks pass")"]
        if failed > 0 { parts.append("\(failed) \(failed == 1 ? "fails" : "fail")") }
        if errors > 0 { parts.append("\(errors) could not be judged") }
        if skipped > 0 { parts.append("\(skipped) skipped") }
        return parts.joined(separator: ", ") + "."
    }

    private func lines(_ check: CheckResult) -> [StyledLine] {
        switch check.status {
        case .pass: return screen.markedLines(.ok, check.title)
        case .skip:
            let reason = check.reason.map { " (\($0))" } ?? ""
            return screen.markedLines(.skipped, check.title + reason, .dim)
        case .fail: return screen.markedLines(.failed, check.title, .bold) + details(check)
        case .error: return screen.markedLines(.error, check.title, .bold) + details(check)
        }
    }

    private func details(_ check: CheckResult) -> [StyledLine] {
        var lines: [StyledLine] = []
        if check.status == .error {
            lines += field("no verdict", renderer.inline(check.reason ?? "podlab could not find out."))
        } else if let reason = check.reason {
            lines += field("because", renderer.inline(reason))
        }
        if let expected = check.expected { lines += field("expected", literal(expected)) }
        if let actual = check.actual { lines += field("actual", literal(actual)) }
        for (offset, evidence) in check.evidence.enumerated() {
            lines += field(offset == 0 ? "evidence" : "", self.evidence(evidence))
        }
        if let help = check.help { lines += field("try", renderer.inline(help)) }
        return lines
    }

    private func literal(_ text: String) -> [Run] {
        let safe = terminalSafe(text, keepingNewlines: true).trimmingNewlines
        return [Run(safe.isEmpty ? "(nothing)" : safe)]
    }

    /// `source: value`; a value of several lines stands below its source.
    private func evidence(_ evidence: Evidence) -> [Run] {
        let value = literal(evidence.value)
        let isLong = value.contains { $0.text.contains("\n") }
        return [Run(terminalSafe(evidence.source), .dim), Run(isLong ? ":\n" : ": ", .dim)] + value
    }

    /// A label and its text, beside it where there is room and below it where there is not.
    private func field(_ label: String, _ text: [Run]) -> [StyledLine] {
        let indent = style.unicode ? 2 : 4
        let label = Run(label, .dim)
        let hanging = indent + Self.labelWidth + 2
        if style.textWidth - hanging < Self.narrowestText {
            let below = Run(String(repeating: " ", count: indent + 2))
            let lines = wrap(text, width: style.textWidth - indent - 2).map { $0.isEmpty ? [] : [below] + $0 }
            return (label.text.isEmpty ? [] : [[Run(String(repeating: " ", count: indent)), label]]) + lines
        }
        let gap = String(repeating: " ", count: Self.labelWidth + 2 - displayWidth(label.text))
        return hang(
            wrap(text, width: style.textWidth - hanging),
            first: [Run(String(repeating: " ", count: indent)), label, Run(gap)],
            rest: [Run(String(repeating: " ", count: hanging))])
    }
}

extension String {
    fileprivate var trimmingNewlines: String {
        let body = drop { $0 == "\n" }
        return String(body.reversed().drop { $0 == "\n" }.reversed())
    }
}
