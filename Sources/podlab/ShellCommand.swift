// podlab shell: the tutorial shell, at a terminal or on a script from standard input.

import ArgumentParser
import FoundationEssentials
import Glibc
import LabKit
import Playgrounds
import PodCommands
import SystemPackage
import Tutor

struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "Open the tutorial shell (the default).",
        discussion: """
            Without a terminal, commands are read from standard input line by line, and the exit code is that of the last check; \
            with nothing to read the labs are listed.
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: .hidden) var unknown: [String] = []

    func validate() throws {
        guard let word = unknown.first else { return }
        let names = Podlab.commands.filter { $0.configuration.shouldDisplay }
            .compactMap { $0.configuration.commandName }
        throw ValidationError("There is no command '\(word)'. There is: \(names.joined(separator: ", ")).")
    }

    func run() throws {
        try reportingErrors {
            let setting = Setting(common)
            // Before anything else takes the dead sessions away: what they were is told.
            let removed = try setting.removeDeadSessions()
            let environment = setting.environment
            let escapeKey: EscapeKey
            do { escapeKey = try EscapeKey(environment: environment) } catch { throw UsageError("\(error)") }
            let catalog = try setting.catalog()
            let store = try setting.store()
            // The history of lines lies beside the progress, which is first written when a lab is started.
            try? FileManager.default.createDirectory(
                atPath: store.folder.string, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let isInteractive = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
            let size = isInteractive ? windowSize(of: STDIN_FILENO) : nil
            let tutorial = Tutorial(
                catalog: catalog, surroundings: try setting.surroundings(), store: store,
                terminal: isInteractive ? environment["TERM"] ?? "dumb" : "dumb",
                rows: UInt16(clamping: size?.rows ?? 24), columns: UInt16(clamping: size?.columns ?? 120))
            if let last = Interruption(removed, progress: tutorial.progress, labs: catalog.labs) {
                tutorial.note(last.text)
            }
            let shell = TutorialShell(
                tutorial: tutorial, style: Style.detect(environment: environment),
                editor: isInteractive ? LineEditor(historyFile: store.folder.appending("history").string) : nil,
                script: isInteractive ? nil : ScriptInput(), escapeKey: escapeKey)
            let terminal = isInteractive ? TerminalGuard() : nil
            let code = shell.run()
            terminal?.end()
            try code.end()
        }
    }
}
