// What every command needs to know: where the labs, the course root and podlab's own folders are.

import ArgumentParser
import FoundationEssentials
import Glibc
import Grading
import Isolation
import LabKit
import Labs
import Playgrounds
import PodCommands
import RootBuilder
import SystemPackage

/// Options that more than one command has.
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Use the labs of this folder.", valueName: "dir"))
    var labs: String?
}

/// How what is no report is printed: lists, findings of lint and doctor. Reports have `ReportChoice`.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// Finds things once, with an error that says what to do.
struct Setting {
    let environment = ProcessInfo.processInfo.environment
    /// The folder named by `--labs`, for commands that have it.
    let labs: String?

    init(_ options: CommonOptions) { labs = options.labs }

    /// For commands without options about labs.
    init() { labs = nil }

    func folders() throws -> XDGFolders { try XDGFolders(environment: environment) }

    func labsFolder() throws -> FilePath {
        try LabsLocation.find(
            option: labs, environment: environment, executable: LabsLocation.executable, unpacked: OwnFiles.folder
        ).folder
    }

    func catalog() throws -> LabCatalog { try LabCatalog.load(try labsFolder()) }

    func store() throws -> ProgressStore { ProgressStore(folder: try folders().state) }

    /// Session folders; those whose owner died are taken away on the way.
    func sessions() throws -> FilePath {
        try removeDeadSessions()
        return try sessionsFolder()
    }

    /// - Returns: what was taken away.
    @discardableResult
    func removeDeadSessions() throws -> [SessionFolder.Removed] { SessionFolder.removeDead(in: try sessionsFolder()) }

    private func sessionsFolder() throws -> FilePath { try folders().makeRuntime().appending("sessions") }

    /// What a playground needs. A course root that is missing or half-built is an error that names the command to mend it.
    func surroundings() throws -> Surroundings {
        let root = CourseRoot.location(try folders())
        try CourseRoot.requireUsable(root)
        guard let lease = Lease(root) else {
            throw CourseRoot.Problem(description: "the root file system at \(root) is being replaced: try again")
        }
        let sessions = try sessions()
        Cgroups.removeDead()
        SignalledEnd.prepare(sessions)
        return Surroundings(
            courseRoot: FilePath(lease.value.path), sessions: sessions, cgroups: Cgroups.find(), lease: lease)
    }
}

/// Keeps the course root in place while playgrounds stand on it, even when a build puts a new one beside it.
final class Lease: Sendable {
    let value: RootLease

    init?(_ root: FilePath) {
        guard let lease = RootLease(root: root.string) else { return nil }
        value = lease
    }
}

/// The compiled solutions, for verification.
struct CompiledSolutions: SolutionPlayer {
    func hasSolution(lab: String) -> Bool { Solutions.solution(of: lab) != nil }

    func play(step: String, in attempt: Attempt) throws {
        guard let step = attempt.lab.step(step) else { return }
        try attempt.playSolution(step)
    }
}

/// Runs the body of a command; an error goes to standard error, and the exit code says whose fault it was.
func reportingErrors(_ body: () throws -> Void) throws {
    // Whatever did not end in time, with or without an error.
    defer {
        for text in Unended.take() { complain(text + "\n") }
        SignalledEnd.settle()
    }
    try PodCommands.reportingErrors(
        isUsage: { error in
            switch error {
            case is UsageError, is LabLookupError, TutorialError.unknownStep: true
            default: false
            }
        }, body)
}

extension LabKit.ExitCode {
    /// Ends the command with this code.
    func end() throws {
        if self != .allPass { throw ArgumentParser.ExitCode(rawValue) }
    }
}

/// Whether a stream is a terminal that understands colours.
func coloursWanted(_ stream: Int32) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    return isatty(stream) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        && environment["TERM"] != nil
}
