// What the commands of both executables say when something is wrong, and the exit codes that go with it.

import ArgumentParser
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
        complain("\(error)\n")
        throw ArgumentParser.ExitCode(isUsage(error) ? 64 : 2)
    }
}

/// Runs a command as the argument parser does it, but for what its messages repeat of the arguments: a shell's `*` may have put
/// names there.
package func run(_ root: any ParsableCommand.Type) -> Never {
    do {
        var command = try root.parseAsRoot()
        try command.run()
        Glibc.exit(0)
    } catch {
        let code = root.exitCode(for: error)
        var text = root.fullMessage(for: error)
        for argument in CommandLine.arguments where terminalSafe(argument) != argument {
            text = text.replacing(argument, with: terminalSafe(argument))
        }
        text = terminalSafe(text, keepingNewlines: true)
        if !text.isEmpty {
            // Help and the version are what was asked for.
            if code.isSuccess { print(text) } else { writeError(text + "\n") }
        }
        Glibc.exit(code.rawValue)
    }
}

extension [String] {
    /// For commands that pass words on to a program: what asks for help in the first place asks podlab.
    /// - Throws: the help of the command, which is then printed.
    package func asksForHelp(of command: any ParsableCommand.Type) throws {
        if let first, ["--help", "-h", "-help"].contains(first) { throw CleanExit.helpRequest(command) }
    }
}

package enum Version {
    package static let current = "0.1.0"
}
