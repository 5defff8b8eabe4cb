// The table of formats, and what commands ask of it.

/// Formats of reports, in the order in which they are offered.
package struct ReportFormats: Sendable {
    /// All that there are: a format is a file in Formats/ and a row here.
    package static let all = ReportFormats([
        TextReport.self,
        JSONReport.self,
    ])

    package let types: [any ReportFormat.Type]

    package init(_ types: [any ReportFormat.Type]) { self.types = types }

    package var names: [String] { types.map { $0.name } }

    /// The one of that name.
    package subscript(name: String) -> (any ReportFormat.Type)? { types.first { $0.name == name } }

    /// What is used when none is asked for.
    package var standard: any ReportFormat.Type { types[0] }

    /// The format of files that are written beside what is printed: the same, and where that is for people the first that is for files.
    package func ofFiles(beside printed: any ReportFormat.Type) -> (type: any ReportFormat.Type, suffix: String) {
        for type in [printed] + types {
            if let suffix = type.suffix { return (type, suffix) }
        }
        return (printed, printed.name)
    }

    /// How a file is called with each of them: `NAME.json, with --format tap NAME.tap`.
    package func fileNames(_ name: String) -> String {
        let usual = ofFiles(beside: standard)
        let others = types.filter { $0 != usual.type }
            .compactMap { type in type.suffix.map { ", with --format \(type.name) \(name).\($0)" } }
        return "\(name).\(usual.suffix)" + others.joined()
    }
}

/// Reports that come one after another, in one format.
package struct ReportStream {
    private let format: any ReportFormat
    private let count: Int
    private var printed = 0
    /// Kept for a format that is written as a whole.
    private var kept: [Report] = []

    /// - Parameter count: how many there are to be, if all goes well.
    package init(_ format: any ReportFormat, count: Int) {
        self.format = format
        self.count = count
    }

    /// What is to be printed now that there is one more; nothing, where the whole is printed at the end.
    package mutating func add(_ report: Report) throws -> String {
        guard let streamed = format as? any StreamedReportFormat else {
            kept.append(report)
            return ""
        }
        let piece = try streamed.piece(report, after: printed, of: count)
        printed += 1
        return piece
    }

    /// What is to be printed when no more come.
    package func end() throws -> String {
        guard let streamed = format as? any StreamedReportFormat else { return try format.render(kept) }
        return streamed.end(after: printed, of: count)
    }
}
