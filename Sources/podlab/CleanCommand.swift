// podlab clean: take away what a killed run left behind, and say so.

import ArgumentParser
import LabKit

struct CleanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Remove what a killed run left behind; says what it removed.",
        discussion: """
            The kernel takes a playground down with the podlab that made it. What the kernel does not own, a session's folder in \
            the run-time folder and its cgroups, is removed here and at every start; live sessions are left alone.
            """)

    func run() throws {
        try reportingErrors {
            let setting = Setting()
            var removed = try setting.removeDeadSessions().map(\.description)
            removed += Cgroups.find().removeDead().map { "the control groups of session \($0)" }
            if let left = try setting.store().removeLeftover() { removed.append(terminalSafe("\(left)")) }
            for text in removed { print("removed \(text)") }
            if removed.isEmpty { print("nothing to remove") }
        }
    }
}
