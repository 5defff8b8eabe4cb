// The report for programs: podlab.report/v1, whose JSON Schema is docs/podlab.report.v1.schema.json.

import FoundationEssentials
import Text

/// One document, or of several an array.
package struct JSONReport: StreamedReportFormat {
    package static let name = "json"
    package static let suffix: String? = "json"

    package init(_ setting: ReportSetting) {}

    package func piece(_ report: Report, after printed: Int, of count: Int) throws -> String {
        let json = try report.json()
        return count > 1 ? (printed == 0 ? "[\n" : ",\n") + json : json
    }

    package func end(after printed: Int, of count: Int) -> String {
        count > 1 ? (printed == 0 ? "[]\n" : "]\n") : ""
    }
}

extension Report {
    /// The report as JSON, keys sorted, with a line feed at the end. Equal reports give equal bytes. It may be looked at on a
    /// terminal, so what a terminal would act on (C1 controls, say, which JSON allows) is escaped.
    package func json(pretty: Bool = true) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return Self.escaped(String(decoding: try encoder.encode(self), as: UTF8.self)) + "\n"
    }

    /// Such scalars stand in strings only, where `\u009b` means the same.
    private static func escaped(_ json: String) -> String {
        guard !json.utf8.allSatisfy({ $0 < 0x7f }) else { return json }
        var result = String.UnicodeScalarView()
        for scalar in json.unicodeScalars {
            if scalar != "\n", isHazardous(scalar) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    let zeros = String(repeating: "0", count: 4 - digits.count)
                    result.append(contentsOf: "\\u\(zeros)\(digits)".unicodeScalars)
                }
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
