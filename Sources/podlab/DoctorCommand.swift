// podlab doctor: what this machine can run, and why not.

import ArgumentParser
import Foundation
import LabKit
import Tutor

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what this machine can run, and why not.",
        discussion: "Exit code 0: every lab can run here; 1: at least one cannot.")

    @OptionGroup var common: CommonOptions
    @Option(help: "How to print it.") var format: OutputFormat = .text

    func run() throws {
        try reportingErrors {
            let setting = Setting(common)
            let location = CourseRoot.location(try setting.folders())
            let problem = CourseRoot.problem(with: location)
            let doctor = Doctor(
                labs: try setting.catalog().labs, courseRoot: problem == nil ? location : nil, problem: problem)
            let examination = doctor.examine()
            switch format {
            case .json: print(try examination.json())
            case .text: show(examination)
            }
            if !examination.canRunEverything { throw ArgumentParser.ExitCode(1) }
        }
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
        for line in lines { print(line) }
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
