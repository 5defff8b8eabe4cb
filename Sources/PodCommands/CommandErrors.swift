// What the commands of both executables say when something is wrong, and the exit codes that go with it.

import ArgumentParser
import CIsolation
import Glibc
import Linux
import Terminals
import Text

/// Wrong usage that the argument parser cannot see: exit code 64. One line, whatever the words that were typed hold.
package struct UsageError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = terminalSafe(description) }
}

/// Says something on standard error. It may name what was typed, or what stands in a file.
package func complain(_ text: String) { writeError("podlab: \(terminalSafe(text, keepingNewlines: true))") }

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
        complain("\(words(for: error))\n")
        throw ArgumentParser.ExitCode(isUsage(error) ? 64 : 2)
    }
}

/// Runs a command as the argument parser does it, but for what its messages repeat of the arguments: a shell's `*` may have put
/// names there.
package func run(_ root: any ParsableCommand.Type) -> Never {
    let begun = iso_begin_program()
    if begun < 0 { end(2, because: "open /dev/null in place of a closed standard stream: \(errnoText(-begun))") }
    let words = Array(CommandLine.arguments.dropFirst())
    if let answer = MissingCommands.answer(to: words) {
        PodCommand.say(answer)
        end(1)
    }
    do {
        var command = try root.parseAsRoot(PodWords.separated(words))
        try command.run()
        end(0)
    } catch {
        let code = root.exitCode(for: error)
        var text = root.fullMessage(for: error)
        for argument in CommandLine.arguments where terminalSafe(argument) != argument {
            text = text.replacing(argument, with: terminalSafe(argument))
        }
        text = terminalSafe(text, keepingNewlines: true)
        if !text.isEmpty {
            // Help and the version are what was asked for.
            if code.isSuccess { StandardOutput.print(text) } else { writeError(text + "\n") }
        }
        end(code.rawValue)
    }
}

/// Ends this process. Whoever asked for something in standard output and did not get it has not got what the exit code promises.
private func end(_ code: Int32, because problem: String? = nil) -> Never {
    if let problem { complain(problem + "\n") }
    guard let failure = StandardOutput.close() else { Glibc.exit(code) }
    // Whoever read it has gone: as the signal that says so would end it, where it is not ignored.
    if failure == EPIPE { Glibc.exit(code == 0 ? 128 + SIGPIPE : code) }
    complain("write to standard output: \(errnoText(failure)); what was to be read there is not whole\n")
    Glibc.exit(code == 0 || code == 1 ? 2 : code)
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
