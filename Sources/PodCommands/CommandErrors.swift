// What the commands of both executables say when something is wrong, and the exit codes that go with it.

import ArgumentParser
import CIsolation
import Foundation
import Glibc
import StrictYAML

/// Wrong usage that the argument parser cannot see: exit code 64. One line, whatever the words that were typed hold.
package struct UsageError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = terminalSafe(description) }
}

/// Says something on standard error. It may name what was typed, or what stands in a file.
package func complain(_ text: String) { writeError("podlab: \(terminalSafe(text, keepingNewlines: true))") }

/// Writes to standard error. Not FileHandle's write, which traps where nobody reads any more.
package func writeError(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
    }
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
        complain("\(errorWords(error))\n")
        throw ArgumentParser.ExitCode(isUsage(error) ? 64 : 2)
    }
}

/// An error as people are told of it. Foundation's own describe themselves as their fields: what failed is in them, on what, and mostly
/// what the kernel said.
package func errorWords(_ error: any Error) -> String {
    guard let error = error as? CocoaError else { return "\(error)" }
    let path = error.filePath ?? error.url?.path
    let cause = error.underlying as? POSIXError ?? (error.userInfo[NSUnderlyingErrorKey] as? POSIXError)
    let words = cause.map { String(cString: strerror($0.code.rawValue)) } ?? error.localizedDescription
    return (path.map { "\($0): " } ?? "") + words
}

/// Runs a command as the argument parser does it, but for what its messages repeat of the arguments: a shell's `*` may have put
/// names there.
package func run(_ root: any ParsableCommand.Type) -> Never {
    var code: Int32 = 0
    do {
        var command = try root.parseAsRoot()
        try command.run()
    } catch {
        let exit = root.exitCode(for: error)
        code = exit.rawValue
        var text = root.fullMessage(for: error)
        for argument in CommandLine.arguments where terminalSafe(argument) != argument {
            text = text.replacing(argument, with: terminalSafe(argument))
        }
        text = terminalSafe(text, keepingNewlines: true)
        if !text.isEmpty {
            // Help and the version are what was asked for.
            if exit.isSuccess { print(text) } else { writeError(text + "\n") }
        }
    }
    // What could not be written is no result, however it was come to.
    let failure = -iso_finish_output()
    if failure != 0, code == 0 {
        code = 2
        // Whoever reads no more has what was wanted.
        if failure != EPIPE { complain("write standard output: \(String(cString: strerror(failure)))\n") }
    }
    Glibc.exit(code)
}

package enum Version {
    package static let current = "0.1.0"
}
