// podlab doctor: what this machine can run, and why not.

import ArgumentParser
import FoundationEssentials
import LabKit
import PodCommands
import Terminals
import Text
import Tutor

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what this machine can run, and why not.",
        discussion: "Exit code 0: every lab can run here; 1: at least one cannot.")

    @OptionGroup var common: CommonOptions
    @Option(help: "How to print it.") var format: OutputFormat = .text
    @Option(help: ArgumentHelp("As root: let a user make control groups, for the labs on limits.", valueName: "user"))
    var delegate: String?
    @Option(help: ArgumentHelp("As root: take that back.", valueName: "user"))
    var undelegate: String?

    func run() throws {
        try reportingErrors {
            if let name = delegate { return show(try Delegation(to: name).grant()) }
            if let name = undelegate { return show(try Delegation(to: name).revoke()) }
            let setting = Setting(common)
            let location = CourseRoot.location(try setting.folders())
            let problem = CourseRoot.problem(with: location)
            let doctor = Doctor(
                labs: try setting.catalog().labs, courseRoot: problem == nil ? location : nil, problem: problem)
            let examination = doctor.examine()
            switch format {
            case .json: StandardOutput.print(try examination.json())
            case .text: show(examination)
            }
            if !examination.canRunEverything { throw ArgumentParser.ExitCode(1) }
        }
    }

    private func show(_ lines: [String]) {
        for line in lines { StandardOutput.print(terminalSafe(line)) }
    }

    private func show(_ examination: Examination) {
        let screen = Screen(style: Style.detect(environment: ProcessInfo.processInfo.environment))
        var lines = screen.heading("What the labs need")
        for row in examination.requirements {
            lines += screen.marked(row.verdict.mark, "\(row.title): \(row.detail)")
            if let remedy = row.remedy { lines += screen.note(remedy) }
        }
        lines += screen.heading("Labs")
        for lab in examination.labs {
            lines += screen.marked(lab.verdict.mark, "\(lab.id) · \(lab.title): \(lab.detail)")
        }
        lines += screen.heading("What a Kubernetes node calls on")
        for row in examination.node { lines += screen.marked(row.verdict.mark, "`\(row.title)`: \(row.detail)") }
        for line in lines { StandardOutput.print(line) }
    }
}

extension Diagnosis.Verdict {
    fileprivate var mark: Mark {
        switch self {
        case .yes: .ok
        case .no: .failed
        case .optional: .open
        }
    }
}
