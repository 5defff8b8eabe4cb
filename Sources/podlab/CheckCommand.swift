// podlab check: check the running session from any other terminal.

import ArgumentParser
import LabKit
import Playgrounds
import PodCommands

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the current step of the running session, from any other terminal.",
        discussion: """
            Where several sessions run, the one whose step began last is checked, and named. Exit codes as of `podlab lab check`.
            """)

    @OptionGroup var session: SessionChoice
    @Option(help: "How to print it.") var format = ReportChoice.standard

    func run() throws {
        try reportingErrors {
            let (session, lab) = try session.find()
            let checker = try session.checker(lab)
            let step = try session.currentStep(of: checker.lab)
            // Who is at it gets hints in the tutorial shell, one after another.
            try report(lab, format, seed: session.record.seed, tellsHelp: false) { [checker.check(step)] }
        }
    }
}

/// Which of the sessions of this user.
struct SessionChoice: ParsableArguments {
    @Option(name: .customLong("lab"), help: ArgumentHelp("The session of this lab.", valueName: "id"))
    var id: String?
    @OptionGroup var common: CommonOptions

    /// The newest session that is meant, and its lab. Where others run too, standard error says which it is.
    func find() throws -> (RunningSession, Lab) {
        let setting = Setting(common)
        let catalog = try setting.catalog()
        let wanted = try id.map { try catalog.lab($0).id }
        let all = try RunningSession.all(of: wanted, in: try setting.sessions())
        let newest = all[0]
        if all.count > 1 {
            var text = "\(all.count) sessions run; this is \(newest.description)\n"
            for other in all.dropFirst() { text += "  another: \(other.description)\n" }
            if wanted == nil { text += "  `--lab ID` chooses\n" }
            complain(text)
        }
        guard let lab = catalog.labs.first(where: { $0.id == newest.lab }) else {
            throw UsageError(
                "the session runs \(newest.lab), which is not in \(catalog.folder): name its labs with --labs")
        }
        return (newest, lab)
    }
}
