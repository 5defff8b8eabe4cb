// podlab clean: take away what a killed run left behind, and say so.

import ArgumentParser
import Isolation
import LabKit
import Playgrounds
import PodCommands
import Terminals
import Text

struct CleanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Remove what a killed run left behind; says what it removed.",
        discussion: """
            The kernel takes a playground down with the podlab that made it. What the kernel does not own, a session's folder in \
            the run-time folder and its cgroups, is removed here and at every start, and whatever still runs in them is ended; live \
            sessions are left alone. Exit code 2: something could not be ended within half a minute, and standard error says what.
            """)

    func run() throws {
        try reportingErrors {
            let setting = Setting()
            var removed = try setting.removeDeadSessions().map(\.description)
            removed += Cgroups.removeDead().map { terminalSafe($0) }
            if let left = try setting.store().removeLeftover() { removed.append(terminalSafe("\(left)")) }
            for text in removed { StandardOutput.print("removed \(text)") }
            let unended = Unended.take()
            for text in unended { complain(text + "\n") }
            if removed.isEmpty, unended.isEmpty { StandardOutput.print("nothing to remove") }
            if !unended.isEmpty { throw ArgumentParser.ExitCode(2) }
        }
    }
}
