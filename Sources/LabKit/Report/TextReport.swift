// The report for people: each check in a line, a failed one with what was expected, what is, how we know, what to try.

/// How text for people looks.
package struct TextStyle: Sendable, Equatable {
    package var color: Bool
    /// Columns to fill; longer text is wrapped, never cut.
    package var width: Int

    package init(color: Bool = false, width: Int = 100) {
        self.color = color
        self.width = max(40, width)
    }

    /// Colour only on a terminal that can show it, and not when NO_COLOR is set (https://no-color.org).
    package init(environment: [String: String], isTerminal: Bool, columns: Int? = nil) {
        let refused = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        self.init(
            color: isTerminal && !refused && environment["TERM"] != "dumb",
            width: min(columns ?? 100, 120))
    }
}

/// Renders results as text. Every string that came from outside goes through `terminalSafe`.
package struct TextReport: Sendable {
    package var style: TextStyle

    package init(style: TextStyle = TextStyle()) { self.style = style }

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

    func render(_ lab: LabReport, keepingNewlines: Bool = false) -> [String] {
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
    package func render(_ check: CheckReport, indent: Int = 0, keepingNewlines: Bool = false) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines = ["\(margin)\(word(check.status))  \(terminalSafe(check.title))"]
        switch check.status {
        case .pass: return lines
        case .skip:
            lines += item("reason", check.reason, indent)
        case .fail, .error:
            lines += item("reason", check.reason, indent)
            lines += item("expected", check.expected, indent)
            lines += item("actual", check.actual, indent, keepingNewlines)
            for evidence in check.evidence {
                lines += item("evidence", "\(evidence.source): \(evidence.value)", indent, keepingNewlines)
            }
            lines += item("try", check.help, indent)
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
    private func item(_ label: String, _ text: String?, _ indent: Int, _ keepingNewlines: Bool = true) -> [String] {
        guard let text else { return [] }
        let start = indent + 6
        let column = start + 10
        let margin = String(repeating: " ", count: start)
        let padding = String(repeating: " ", count: column)
        let safe = terminalSafe(text, keepingNewlines: keepingNewlines)
        let pieces = textLines(safe).flatMap { wrap($0.replacing("\t", with: " "), to: style.width - column) }
        let name = label.padding(to: 10)
        return pieces.enumerated().map { $0.offset == 0 ? margin + dim(name) + $0.element : padding + $0.element }
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

/// Breaks a line at spaces so that no piece is longer than `width` unless a single word is.
func wrap(_ line: String, to width: Int) -> [String] {
    var pieces: [String] = []
    var current = ""
    var length = 0
    for word in line.split(separator: " ", omittingEmptySubsequences: false) {
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

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
