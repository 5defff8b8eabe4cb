// The command: what podlab can be asked for, and which module does it.

import ArgumentParser
import Isolation
import Labs
import LabKit
import Playgrounds
import PodCommands
import PodNodes
import Synchronization
import SystemPackage

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
        subcommands: subcommands, defaultSubcommand: ShellCommand.self)

    static let commands: [any ParsableCommand.Type] = [
        ShellCommand.self, DoctorCommand.self, LabsCommand.self, LabCommand.self, CheckCommand.self,
        EnterCommand.self, VerifyCommand.self, GradeCommand.self, LearnerCommand.self, LintCommand.self,
        CleanCommand.self,
        RootCommand.self, ImageCommand.self, RunCommand.self, SolutionCommand.self, BenchCommand.self,
        NetworkBenchCommand.self, PodCommand.self, NodeCommand.self, PodBenchCommand.self,
    ]

    /// What the parser is told of: where the first word names a command, that one. It makes a tree of all, and walks through it several
    /// times.
    private static var subcommands: [any ParsableCommand.Type] {
        guard let word = CommandLine.arguments.dropFirst().first else { return commands }
        return commands.first { $0.configuration.commandName == word }.map { [$0] } ?? commands
    }

    static func main() {
        ExecutorProgram.own.withLock { own in
            own = { try? OwnFiles.folder()?.appending(OwnFiles.node).appending(ExecutorProgram.name).string }
        }
        PodCommand.outside.withLock { place in
            place = {
                let setting = Setting()
                return StandalonePlace(sessions: try setting.sessions(), runtime: try setting.folders().makeRuntime())
            }
        }
        PodCommands.run(Self.self)
    }
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
