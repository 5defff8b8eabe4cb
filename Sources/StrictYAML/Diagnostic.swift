// What is said about a file that people wrote.

import Text

/// Where something stands in a text file. Both count from 1; columns count Unicode scalars, as editors' "go to" does.
package struct SourcePosition: Sendable, Hashable, Comparable {
    package var line: Int
    package var column: Int

    package init(line: Int = 1, column: Int = 1) {
        self.line = line
        self.column = column
    }

    package static func < (one: Self, other: Self) -> Bool {
        (one.line, one.column) < (other.line, other.column)
    }
}

/// One remark about a file. Reads `FILE:LINE:COLUMN: message`.
package struct Diagnostic: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Severity: String, Sendable, Codable, CaseIterable {
        /// What the file says cannot be used.
        case error
        /// It can be used, but is not finished: checks of finished work refuse it.
        case incomplete
        /// Worth a look.
        case warning
    }

    package var file: String
    package var position: SourcePosition
    package var severity: Severity
    package var message: String

    package init(
        file: String, position: SourcePosition = SourcePosition(), severity: Severity = .error, message: String
    ) {
        self.file = file
        self.position = position
        self.severity = severity
        self.message = message
    }

    package var line: Int { position.line }
    package var column: Int { position.column }

    package var description: String {
        let mark = severity == .warning ? "warning: " : ""
        return terminalSafe("\(file):\(line):\(column): \(mark)\(message)")
    }
}

extension Sequence where Element == Diagnostic {
    /// By file and place.
    package var inOrder: [Diagnostic] {
        sorted { ($0.file, $0.line, $0.column, $0.message) < ($1.file, $1.line, $1.column, $1.message) }
    }

    package var allowsUse: Bool { !contains { $0.severity == .error } }
    package var allowsVerification: Bool { allSatisfy { $0.severity == .warning } }
}
