// The command: what podlab can be asked for, and which module does it.

import ArgumentParser
import Glibc
import Labs
import LabKit

@main
struct Podlab: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "podlab",
        abstract: "Learn what containers and Kubernetes pods are made of, on your own machine, without root.",
        discussion: """
            Without a subcommand the tutorial shell opens. Without a terminal it reads its commands from standard input.
            Exit codes: 0 all pass, 1 at least one check failed, 2 could not be judged, 64 wrong usage.
            """,
        version: Version.current,
        subcommands: [
            ShellCommand.self, DoctorCommand.self, LabsCommand.self, LabCommand.self, CheckCommand.self,
            EnterCommand.self, VerifyCommand.self, GradeCommand.self, LearnerCommand.self, LintCommand.self,
            CleanCommand.self,
            RootCommand.self, ImageCommand.self, RunCommand.self, SolutionCommand.self, BenchCommand.self,
            NetworkBenchCommand.self, PodCommand.self, NodeCommand.self,
            KubeletCommand.self, PodBenchCommand.self,
        ],
        defaultSubcommand: ShellCommand.self)

    /// As the argument parser does it, but for what its messages repeat of the arguments: a shell's `*` may have put names there.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let code = exitCode(for: error)
            var text = fullMessage(for: error)
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
}

enum Version {
    static let current = "0.1.0"
}

/// Runs a step of a lab's Solution.swift. podlab starts itself with it inside a playground; it is not for typing.
struct SolutionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: Stage.verb, shouldDisplay: false)

    @Argument var lab: String
    @Argument var step: String

    func run() throws {
        try reportingErrors {
            guard let solution = Solutions.solution(of: lab) else { throw UsageError("\(lab) has no Swift solution") }
            try solution.perform(step, on: Stage())
        }
    }
}
