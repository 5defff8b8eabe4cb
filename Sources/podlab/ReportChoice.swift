// `--format` of the commands that print a report, and how the report is printed.

import ArgumentParser
import Glibc
import LabKit
import Terminals
import Tutor

/// One of the formats of `ReportFormats`.
struct ReportChoice: ExpressibleByArgument, Sendable {
    let type: any ReportFormat.Type

    static let standard = ReportChoice(type: ReportFormats.all.standard)
    static var allValueStrings: [String] { ReportFormats.all.names }
    static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }

    private init(type: any ReportFormat.Type) { self.type = type }

    init?(argument: String) {
        guard let type = ReportFormats.all[argument] else { return nil }
        self.init(type: type)
    }

    var defaultValueDescription: String { type.name }

    /// Whether people read it where it is printed, so that other things may be said around it.
    var isForPeople: Bool { type.suffix == nil }

    /// The format, as wide as the window is.
    func format(tellsHelp: Bool = true) -> any ReportFormat {
        let columns = isatty(STDOUT_FILENO) == 1 ? windowSize(of: STDOUT_FILENO)?.columns : nil
        let style = TextStyle(color: coloursWanted(1), width: min(columns ?? 100, 120))
        return type.init(ReportSetting(style: style, tellsHelp: tellsHelp))
    }
}

/// Prints a report in the format asked for.
/// - Parameter tellsHelp: whether what to type is told for what fails.
func print(_ report: Report, _ choice: ReportChoice, tellsHelp: Bool = true) throws {
    StandardOutput.print(try choice.format(tellsHelp: tellsHelp).render([report]))
}
