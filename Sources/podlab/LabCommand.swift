// podlab lab show|solve|demo|check: one lab at a time, without the tutorial shell.

import ArgumentParser
import FoundationEssentials
import Grading
import LabKit
import Playgrounds
import PodCommands
import SystemPackage
import Terminals
import Text
import Tutor

struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab", abstract: "Read, solve, demonstrate or check one lab.",
        subcommands: [Show.self, Solve.self, Demo.self, Check.self])

    func run() throws {
        throw ValidationError("Say what to do with the lab: show, solve, demo or check.")
    }

    struct Choice: ParsableArguments {
        @Argument(help: "The lab, by number or name.") var id: String
        @Option(help: "Only this step.") var step: String?
        @OptionGroup var common: CommonOptions

        /// The lab, and the steps that are asked for.
        func find() throws -> (Setting, Lab, Set<String>) {
            let setting = Setting(common)
            let lab = try setting.catalog().lab(id)
            guard let step else { return (setting, lab, Set(lab.steps.map(\.id))) }
            guard lab.step(step) != nil else {
                throw TutorialError.unknownStep(step, lab: lab.id, steps: lab.steps.map(\.id))
            }
            return (setting, lab, [step])
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Print the lesson.")
        @OptionGroup var choice: Choice

        func run() throws {
            try reportingErrors {
                let (_, lab, steps) = try choice.find()
                let shown = try lab.filled(with: VariableValues(lab: lab))
                var text = choice.step == nil ? "# \(shown.lesson.title)\n\n\(shown.lesson.introduction)\n" : ""
                for (step, section) in zip(shown.steps, shown.lesson.sections) where steps.contains(step.id) {
                    text += "## \(section.title)\n\n\(section.text)\n"
                }
                LessonPrinter.print(text)
            }
        }
    }

    struct Solve: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "solve", abstract: "Type the solution into a fresh playground, show it, and check each step.")
        @OptionGroup var choice: Choice
        @Option(help: "How to print it.") var format = ReportChoice.standard

        func run() throws {
            try reportingErrors {
                let (setting, lab, wanted) = try choice.find()
                let attempt = try Attempt(lab: lab, in: try setting.surroundings())
                defer { attempt.end() }
                try report(lab, format) { () throws -> [StepResult] in
                    try stepsUpTo(wanted, in: attempt).map { step in
                        let isShown = wanted.contains(step.id) && format.isForPeople
                        if isShown { StandardOutput.print("## \(terminalSafe(step.title))") }
                        let script = attempt.lab.solution.step(step.id)
                        let run = try attempt.run(step, lines: script?.lines ?? [], answer: script?.answer)
                        if isShown {
                            for output in run.outputs {
                                StandardOutput.print("$ \(terminalSafe(output.line))")
                                StandardOutput.print(terminalSafe(output.output, keepingNewlines: true), terminator: "")
                            }
                        }
                        if let trouble = run.trouble {
                            throw StageError.command("the solution of \(step.id)", status: trouble)
                        }
                        return run.result
                    }.filter { wanted.contains($0.id) }
                }
            }
        }
    }

    struct Demo: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "demo",
            abstract: "Run the solution in Swift, showing each plan as commands and as system calls.")
        @OptionGroup var choice: Choice
        @Option(help: "How to print it.") var format = ReportChoice.standard

        func run() throws {
            try reportingErrors {
                let (setting, lab, wanted) = try choice.find()
                let attempt = try Attempt(lab: lab, in: try setting.surroundings())
                defer { attempt.end() }
                try report(lab, format) { () throws -> [StepResult] in
                    try stepsUpTo(wanted, in: attempt).map { step in
                        let isShown = wanted.contains(step.id) && format.isForPeople
                        if isShown { StandardOutput.print("## \(terminalSafe(step.title))") }
                        try attempt.begin(step)
                        var shown: [UInt8] = []
                        try attempt.playSolution(step) { shown += $0 }
                        if isShown {
                            let text = String(decoding: shown, as: UTF8.self).replacing("\r\n", with: "\n")
                            StandardOutput.print(terminalSafe(text, keepingNewlines: true))
                        }
                        return attempt.check(step)
                    }.filter { wanted.contains($0.id) }
                }
            }
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Check the running session, or a script.",
            discussion: "Without --file the session in which the lab was started is checked, from any terminal.")
        @OptionGroup var choice: Choice
        @Option(help: ArgumentHelp("Type this script into a fresh playground and check that.", valueName: "script"))
        var file: String?
        @Option(help: "How to print it.") var format = ReportChoice.standard

        func run() throws {
            try reportingErrors {
                let (setting, lab, wanted) = try choice.find()
                if let file {
                    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                        throw UsageError("\(file) cannot be read as text")
                    }
                    var submission = SubmissionFolder(learner: "you")
                    submission.scripts[lab.id] = text
                    let grader = Grader(labs: [lab], surroundings: try setting.surroundings(), courseSeed: nil)
                    var results = grader.grade(submission)
                    for index in results.indices {
                        results[index].steps.removeAll { !wanted.contains($0.id) }
                    }
                    let report = Report(
                        podlab: Version.current, host: .current, subject: SubjectReport(kind: .submission),
                        labs: results)
                    try print(report, format)
                    try report.exitCode.end()
                } else {
                    let session = try newestSession(of: lab, in: try setting.sessions())
                    let checker = try session.checker(lab)
                    let steps =
                        choice.step == nil
                        ? [try session.currentStep(of: checker.lab)]
                        : checker.lab.steps.filter { wanted.contains($0.id) }
                    try report(lab, format, seed: session.record.seed, tellsHelp: false) {
                        steps.map { checker.check($0) }
                    }
                }
            }
        }
    }
}

/// A script can be checked without any session.
private func newestSession(of lab: Lab, in sessions: FilePath) throws -> RunningSession {
    do {
        return try RunningSession.all(of: lab.id, in: sessions)[0]
    } catch .none(let id, let others) {
        throw RunningSessionError.none(lab: id, others: others + ["a script is checked with --file SCRIPT"])
    }
}

/// The steps of an attempt's lab up to the last one wanted: each builds on those before it.
private func stepsUpTo(_ wanted: Set<String>, in attempt: Attempt) -> [Step] {
    let last = attempt.lab.steps.lastIndex { wanted.contains($0.id) } ?? -1
    return Array(attempt.lab.steps.prefix(last + 1))
}

/// Judges, prints and ends the command with what came of it.
func report(
    _ lab: Lab, _ format: ReportChoice, seed: String? = nil, tellsHelp: Bool = true,
    _ judge: () throws -> [StepResult]
) throws {
    let start = ContinuousClock.now
    let steps = try judge()
    let result = LabResult(
        id: lab.id, title: lab.title, steps: steps, seconds: (ContinuousClock.now - start) / .seconds(1))
    let report = Report(
        podlab: Version.current, host: .current, subject: SubjectReport(kind: .session, seed: seed), labs: [result])
    try print(report, format, tellsHelp: tellsHelp)
    try report.exitCode.end()
}
