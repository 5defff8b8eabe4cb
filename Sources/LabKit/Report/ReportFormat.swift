// What a format of reports is. Each is one file in Formats/ and one row of `ReportFormats`; nothing else names it.

/// A way to write reports down: for people, or for a program that takes them in.
package protocol ReportFormat: Sendable {
    /// The word for it after `--format`.
    static var name: String { get }
    /// How files that hold it end, without the dot. Nil: it is for people and is read where it is printed, beside whatever
    /// else is said there; a file that is written beside it has another format.
    static var suffix: String? { get }

    init(_ setting: ReportSetting)

    /// All of them as one document, with a line feed at its end.
    func render(_ reports: [Report]) throws -> String
}

/// A format that need not know of the last report to write the first: of a class, whoever is graded is printed at once.
package protocol StreamedReportFormat: ReportFormat {
    /// What is printed for one report.
    /// - Parameters:
    ///   - printed: how many were printed before it.
    ///   - count: how many there are to be, if all goes well.
    func piece(_ report: Report, after printed: Int, of count: Int) throws -> String

    /// What is printed below the last.
    func end(after printed: Int, of count: Int) -> String
}

extension StreamedReportFormat {
    package func render(_ reports: [Report]) throws -> String {
        let pieces = try reports.enumerated().map { try piece($0.element, after: $0.offset, of: reports.count) }
        return pieces.joined() + end(after: reports.count, of: reports.count)
    }
}

/// What whoever prints knows beside the reports.
package struct ReportSetting: Sendable, Equatable {
    package var style: TextStyle
    /// Whether what to type is told for what fails: to whoever teaches, and not to who is still at it.
    package var tellsHelp: Bool

    package init(style: TextStyle = TextStyle(), tellsHelp: Bool = true) {
        self.style = style
        self.tellsHelp = tellsHelp
    }
}

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
