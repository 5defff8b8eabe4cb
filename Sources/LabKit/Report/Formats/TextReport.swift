// The report for people: each check in a line, a failed one with what was expected, what is, how we know, what to try.

import Text

/// Renders results as text. Every string that came from outside goes through `terminalSafe`.
package struct TextReport: StreamedReportFormat {
    package static let name = "text"
    package static let suffix: String? = nil

    private let style: TextStyle
    private let tellsHelp: Bool

    package init(_ setting: ReportSetting) {
        style = setting.style
        tellsHelp = setting.tellsHelp
    }

    package init(style: TextStyle = TextStyle(), tellsHelp: Bool = true) {
        self.init(ReportSetting(style: style, tellsHelp: tellsHelp))
    }

    package func render(_ reports: [Report]) -> String { reports.map(render).joined(separator: "\n") }

    package func piece(_ report: Report, after printed: Int, of count: Int) -> String { render(report) + "\n" }

    package func end(after printed: Int, of count: Int) -> String { "" }

    /// The whole report, with a line feed at the end.
    package func render(_ report: Report) -> String {
        var lines: [String] = []
        if let learner = report.subject.learner { lines += [bold(terminalSafe(learner)), ""] }
        // What the labs print is compared line by line; what a learner's work looks like is one line, whatever it holds.
        let isCourse = report.subject.kind == .course
        for lab in report.labs { lines += render(lab, keepingNewlines: isCourse) + [""] }
        for problem in report.problems { lines += item("ERROR", problem, -6, false) }
        if !report.problems.isEmpty { lines.append("") }
        if isCourse { lines += unproven(report) }
        lines.append(render(report.summary))
        return lines.joined(separator: "\n") + "\n"
    }

    /// What a teacher looks for at the end of thousands of lines: what did not pass, without what was only skipped because of it.
    private func unproven(_ report: Report) -> [String] {
        let lines = report.labs.flatMap { lab in
            lab.steps.flatMap { step in
                step.checks.filter { $0.status == .fail || $0.status == .error }.map { check in
                    "\(word(check.status))  \(terminalSafe(lab.id)), \(terminalSafe(step.id)): \(terminalSafe(check.title))"
                }
            }
        }
        return lines.isEmpty ? [] : lines + [""]
    }

    func render(_ lab: LabResult, keepingNewlines: Bool = false) -> [String] {
        let head = "\(terminalSafe(lab.id))  \(terminalSafe(lab.title))"
        let score = "\(lab.score)/\(lab.maxScore)"
        var lines = ["\(bold(head))  \(word(lab.status))  \(score)"]
        for step in lab.steps {
            lines.append("  \(terminalSafe(step.id))")
            if step.checks.isEmpty { lines.append("    \(word(.error))  nothing is checked here") }
            for check in step.checks { lines += render(check, indent: 4, keepingNewlines: keepingNewlines) }
        }
        return lines
    }

    /// One check: a line when it passed, else a paragraph.
    /// - Parameter keepingNewlines: what is and how we know may have several lines. Where they come from a playground they may not:
    ///   a line feed in the name of a file would make up lines of the report.
    package func render(_ check: CheckResult, indent: Int = 0, keepingNewlines: Bool = false) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let title = wrap(terminalSafe(check.title), to: style.width - indent - 7)
        var lines = shown(title).enumerated().map { index, text in
            margin + (index == 0 ? word(check.status) + "  " : String(repeating: " ", count: 7)) + text
        }
        switch check.status {
        case .pass: return lines
        case .skip:
            lines += item("reason", check.reason, indent, isProse: true)
        case .fail, .error:
            lines += item("reason", check.reason, indent, isProse: true)
            lines += item("expected", check.expected, indent)
            lines += item("actual", check.actual, indent, keepingNewlines)
            for evidence in check.evidence {
                lines += item("evidence", "\(evidence.source): \(evidence.value)", indent, keepingNewlines)
            }
            if tellsHelp { lines += item("try", check.help, indent, isProse: true) }
        }
        return lines
    }

    func render(_ summary: SummaryReport) -> String {
        let counts = [
            (summary.pass, "passed", Status.pass), (summary.fail, "failed", .fail),
            (summary.error, "could not be judged", .error), (summary.skip, "skipped", .skip),
        ]
        let words = counts.filter { $0.0 > 0 }.map { paint("\($0.0) \($0.1)", $0.2) }
        let result = words.isEmpty ? paint("nothing was measured", .error) : words.joined(separator: ", ")
        return "\(result) · score \(summary.score)/\(summary.maxScore)"
    }

    /// A labelled text below a check, wrapped with its continuation under the text.
    /// - Parameter isProse: Markdown of one paragraph, and no text of somebody else's.
    private func item(
        _ label: String, _ text: String?, _ indent: Int, _ keepingNewlines: Bool = true, isProse: Bool = false
    ) -> [String] {
        guard let text else { return [] }
        let start = indent + 6
        let column = start + 10
        let margin = String(repeating: " ", count: start)
        let padding = String(repeating: " ", count: column)
        let safe = terminalSafe(text, keepingNewlines: keepingNewlines)
        let wrapped = textLines(safe).flatMap { wrap($0.replacing("\t", with: " "), to: style.width - column) }
        let pieces = isProse ? shown(wrapped) : wrapped
        let name = label.padded(to: 10)
        return pieces.enumerated().map { $0.offset == 0 ? margin + dim(name) + $0.element : padding + $0.element }
    }

    /// Inline code in colour, where there are colours, and else as it is written.
    private func shown(_ lines: [String]) -> [String] {
        guard style.color, lines.reduce(0, { $0 + $1.count { $0 == "`" } }) % 2 == 0 else { return lines }
        var isCode = false
        return lines.map { line in
            let parts = line.split(separator: "`", omittingEmptySubsequences: false)
            return parts.enumerated().map { index, part in
                if index > 0 { isCode.toggle() }
                return isCode && !part.isEmpty ? escape("36", String(part)) : String(part)
            }.joined()
        }
    }

    private func word(_ status: Status) -> String {
        let text =
            switch status {
            case .pass: "pass "
            case .fail: "FAIL "
            case .error: "ERROR"
            case .skip: "skip "
            }
        return paint(text, status)
    }

    private func paint(_ text: String, _ status: Status) -> String {
        let code =
            switch status {
            case .pass: "32"
            case .fail: "31"
            case .error: "35"
            case .skip: "33"
            }
        return escape(code, text)
    }

    private func bold(_ text: String) -> String { escape("1", text) }
    private func dim(_ text: String) -> String { escape("2", text) }
    private func escape(_ code: String, _ text: String) -> String {
        style.color ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}

/// Breaks a line at spaces so that no piece is longer than `width` unless a single word is. What stands between backquotes is one word as
/// long as it fits on a line: a command that was cut in two could not be copied.
func wrap(_ line: String, to width: Int) -> [String] {
    var pieces: [String] = []
    var current = ""
    var length = 0
    for word in words(of: line, to: width) {
        if length > 0, length + 1 + word.count > width {
            pieces.append(current)
            current = ""
            length = 0
        }
        if length > 0 || !current.isEmpty {
            current += " "
            length += 1
        }
        current += word
        length += word.count
    }
    return pieces + [current]
}

/// Cut at spaces, but for those between backquotes.
private func words(of line: String, to width: Int) -> [Substring] {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard line.contains("`") else { return words }
    var result: [Substring] = []
    var place = words.startIndex
    while place < words.endIndex {
        var end = place
        var marks = words[place].count { $0 == "`" }
        while marks % 2 == 1, end + 1 < words.endIndex {
            end += 1
            marks += words[end].count { $0 == "`" }
        }
        let joined = line[words[place].startIndex..<words[end].endIndex]
        if marks % 2 == 0, joined.count <= width {
            result.append(joined)
        } else {
            result += words[place...end]
        }
        place = end + 1
    }
    return result
}
