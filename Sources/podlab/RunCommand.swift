// podlab run: one command in a fresh playground, thrown away afterwards.

import ArgumentParser
import FoundationEssentials
import Glibc
import Isolation
import LabKit
import Playgrounds
import PodCommands

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run one command in a fresh playground and throw the playground away.",
        discussion: "Ends with the command's exit code; 2 when the playground could not be started.")

    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.")
    var command: [String] = []

    func run() throws {
        try command.asksForHelp(of: Self.self)
        try reportingErrors {
            var words = command
            if words.first == "--" { words.removeFirst() }
            guard !words.isEmpty else { throw UsageError("podlab run needs a command, such as: podlab run -- ps -ax") }
            let surroundings = try Setting().surroundings()
            let place = try SessionPlace(in: surroundings)
            let playground = try Playground.start(courseRoot: surroundings.courseRoot, cgroup: place.cgroup)
            defer { place.end(playground) }
            _ = try place.note(playground)
            let shell = GuestShell(in: playground, at: nil, command: words, journal: nil)
            // Where a person types and reads, a terminal of the playground's own; never theirs.
            let ending =
                isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
                ? try shell.runOnTerminal(ProcessInfo.processInfo.environment["TERM"] ?? "dumb")
                : try shell.runOnStreams()
            try ending.end()
        }
    }
}
