// podlab verify and lint: what teachers and lab authors run.

import ArgumentParser
import FoundationEssentials
import Glibc
import Grading
import LabKit
import PodCommands
import StrictYAML
import SystemPackage
import Terminals
import Text
import Tutor

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Prove the six truths of each lab on this machine.",
        discussion:
            "Unsolved is red, solved is green, every mutant is killed, every alternative is green, reset is clean, the lesson is true."
    )

    @Argument(help: "Labs, by number or name; all when none is named.") var ids: [String] = []
    @OptionGroup var common: CommonOptions
    @Option(help: "How to print it.") var format = ReportChoice.standard
    @Option(help: "Draw the labs' variables from this seed; without it they have their defaults.") var seed: String?

    @Option(
        help: ArgumentHelp(
            "Prove only this truth; may be given several times.",
            discussion: Truth.allCases.map(\.rawValue).joined(separator: ", "))) var truth: [Truth] = []

    func run() throws {
        try reportingErrors {
            let setting = Setting(common)
            let catalog = try setting.catalog()
            let labs = ids.isEmpty ? catalog.labs : try ids.map { try catalog.lab($0) }
            let unfinished = catalog.entries.filter { entry in labs.contains { $0.id == entry.id } || ids.isEmpty }
                .flatMap(\.diagnostics).filter { $0.severity != .warning }
            guard unfinished.isEmpty else {
                throw LabFilesError(folder: catalog.folder, diagnostics: unfinished.map(\.asError))
            }
            let surroundings = try setting.surroundings()
            let results = Verification.run(
                labs.map { lab in
                    var verification = Verification(
                        lab: lab, surroundings: surroundings, player: CompiledSolutions(), seed: seed)
                    if !truth.isEmpty { verification.truths = Set(truth) }
                    verification.progress = { Progressing.show("\(lab.id): \($0)") }
                    return verification
                })
            Progressing.clear()
            let report = Report(
                podlab: Version.current, host: .current, subject: SubjectReport(kind: .course, seed: seed),
                labs: results)
            try print(report, format)
            try report.exitCode.end()
        }
    }
}

extension Truth: ExpressibleByArgument {}

struct LintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint", abstract: "Check the files of labs; prints file:line:column: message.")

    @Argument(help: "A lab's folder, or a folder of labs.") var folder: String
    @Option(help: "How to print it.") var format: OutputFormat = .text

    private struct Entry: Encodable {
        var file: String
        var line: Int
        var column: Int
        var severity: String
        var message: String
    }

    /// What the texts of a lab tell people to type, and there is none of.
    private static func mentions(in entry: LoadedLab) -> [Diagnostic] {
        guard let lab = entry.lab else { return [] }
        func text(_ name: String) -> String {
            (try? String(contentsOfFile: entry.folder.appending(name).string, encoding: .utf8)) ?? ""
        }
        return CommandMentions(verbs: Verb.all.map(\.name), commands: CommandTree(of: Podlab.commands))
            .problems(in: lab, lesson: text("lesson.md"), definition: text("lab.yaml"), folder: entry.folder.string)
    }

    func run() throws {
        try reportingErrors {
            let path = FilePath(folder)
            guard LabsLocation.isDirectory(path) else { throw UsageError("\(folder) is not a folder") }
            let isLab = FileManager.default.fileExists(atPath: path.appending("lab.yaml").string)
            let entries = isLab ? [LabLoader.load(path)] : try LabCatalog.load(path).entries
            let diagnostics = entries.flatMap { $0.diagnostics + $0.faultsOfOtherValues + Self.mentions(in: $0) }
            switch format {
            case .text: for diagnostic in diagnostics { StandardOutput.print(diagnostic) }
            case .json:
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
                let entries = diagnostics.map {
                    Entry(
                        file: $0.file, line: $0.line, column: $0.column, severity: $0.severity.rawValue,
                        message: $0.message)
                }
                StandardOutput.print(String(decoding: try encoder.encode(entries), as: UTF8.self))
            }
            if !diagnostics.allowsVerification { throw ArgumentParser.ExitCode(1) }
        }
    }
}

extension CommandTree {
    /// The commands that people type.
    fileprivate init(of commands: [any ParsableCommand.Type]) {
        self.init(
            Dictionary(
                commands.map { ($0._commandName, CommandTree(of: $0.configuration.subcommands)) },
                uniquingKeysWith: { first, _ in first }))
    }
}

extension Diagnostic {
    /// The same as an error: what is incomplete cannot be verified.
    fileprivate var asError: Diagnostic {
        var copy = self
        copy.severity = .error
        return copy
    }
}

/// One line on standard error that says what is being done, where a person watches.
enum Progressing {
    static func show(_ text: String) {
        guard isatty(2) == 1 else { return }
        writeError("\r\u{1B}[K\(terminalSafe(text))")
    }

    static func clear() {
        guard isatty(2) == 1 else { return }
        writeError("\r\u{1B}[K")
    }
}
