// What the commands of both executables say when something is wrong, and the exit codes that go with it.

import ArgumentParser
import Foundation
import StrictYAML

/// Wrong usage that the argument parser cannot see: exit code 64.
package struct UsageError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// Says something on standard error. It may name what was typed, or what stands in a file.
package func complain(_ text: String) {
    FileHandle.standardError.write(Data("podlab: \(terminalSafe(text, keepingNewlines: true))".utf8))
}

/// Runs the body of a command; an error goes to standard error, and the exit code says whose fault it was.
/// - Parameter isUsage: whether the fault is what was typed.
package func reportingErrors(
    isUsage: (any Error) -> Bool = { $0 is UsageError }, _ body: () throws -> Void
) throws {
    do {
        try body()
    } catch let exit as ArgumentParser.ExitCode {
        throw exit
    } catch {
        complain("\(error)\n")
        throw ArgumentParser.ExitCode(isUsage(error) ? 64 : 2)
    }
}

package enum Version {
    package static let current = "0.1.0"
}
