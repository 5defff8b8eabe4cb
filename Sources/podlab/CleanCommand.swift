// podlab clean: take away what a killed run left behind, and say so.

import ArgumentParser
import LabKit

struct CleanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Remove what a killed run left behind; says what it removed.",
        discussion: """
            The kernel takes a playground down with the podlab that made it. What the kernel does not own, a session's folder in \
            the run-time folder, is removed here and at every start; live sessions are left alone.
            """)

    func run() throws {
        try reportingErrors {
            let sessions = try Setting().folders().makeRuntime().appending("sessions")
            let removed = SessionFolder.removeDead(in: sessions)
            for path in removed { print("removed \(path)") }
            if removed.isEmpty { print("nothing to remove") }
        }
    }
}
