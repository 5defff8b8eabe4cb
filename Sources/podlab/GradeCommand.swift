// podlab grade: the submissions of a class, one learner after another, each in a process of its own.

import ArgumentParser
import CIsolation
import FoundationEssentials
import Glibc
import Grading
import Isolation
import LabKit
import Playgrounds
import PodCommands
import SystemPackage
import Terminals
import Text

/// Options that `podlab grade` hands on to the process of each learner.
struct GradingOptions: ParsableArguments {
    @Option(help: "The course's seed; each learner's variables are drawn from it and the learner's name.")
    var seed: String?
    @Option(help: "Judge these labs even where there is no script for them.") var lab: [String] = []
    @Option(help: ArgumentHelp("Seconds that one line of a script may take.", valueName: "s"))
    var patience: Double = 30
    @Option(help: ArgumentHelp("Seconds for the lines of one step; 300, or --patience.", valueName: "s"))
    var stepLimit: Double?
    @Option(help: ArgumentHelp("Seconds for one lab; 900, or --step-limit.", valueName: "s"))
    var labLimit: Double?
    @Option(help: ArgumentHelp("Seconds for all that a learner handed in; 3600, or --lab-limit.", valueName: "s"))
    var submissionLimit: Double?
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard patience > 0, patience <= 3600 else { throw ValidationError("--patience is between 0 and 3600 seconds.") }
        for (name, limit) in [
            ("--step-limit", stepLimit), ("--lab-limit", labLimit), ("--submission-limit", submissionLimit),
        ] {
            guard let limit else { continue }
            guard limit > 0, limit <= 604_800 else {
                throw ValidationError("\(name) is between 0 and 604800 seconds (a week).")
            }
        }
    }

    var limits: GradingLimits {
        GradingLimits(line: patience, step: stepLimit, lab: labLimit, submission: submissionLimit)
    }

    /// The same again as words, in the form that a value with a hyphen at its start survives.
    var words: [String] {
        let limits = limits
        return lab.map { "--lab=\($0)" } + [
            "--patience=\(limits.line)", "--step-limit=\(limits.step)", "--lab-limit=\(limits.lab)",
            "--submission-limit=\(limits.submission)",
        ] + [seed.map { "--seed=\($0)" }, common.labs.map { "--labs=\($0)" }].compactMap(\.self)
    }
}

struct GradeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grade", abstract: "Grade submissions.",
        discussion: """
            A submission is a folder named for the learner, with a script for each lab (01-chroot.sh) in the form of \
            solution.sh, and an optional answers.yaml. A folder of such folders is graded one after another.
            """)

    @Argument(help: "Submissions, or folders of submissions.") var folders: [String]
    @Option(
        help: ArgumentHelp(
            "Write one report for each learner here, \(ReportFormats.all.fileNames("LEARNER")).", valueName: "dir"))
    var out: String?
    @OptionGroup var options: GradingOptions
    @Option(help: ArgumentHelp("The most that may be reported of one learner, in KiB.", valueName: "kib"))
    var reportLimit = 4096
    @Option(help: "How to print it.") var format = ReportChoice.standard

    func validate() throws {
        guard (1...1_048_576).contains(reportLimit) else {
            throw ValidationError("--report-limit is between 1 and 1048576 KiB.")
        }
    }

    func run() throws {
        try reportingErrors {
            let setting = Setting(options.common)
            let catalog = try setting.catalog()
            let named = try options.lab.map { try catalog.lab($0) }
            var classFolder = ClassFolder()
            classFolder.judgesAll = !named.isEmpty
            let found = try learners(classFolder)
            let surroundings = try setting.surroundings()
            let files = ReportFormats.all.ofFiles(beside: format.type)
            let reports = try out.map { try ReportFolder(FilePath($0), suffix: files.suffix) }
            if let reports { classFolder.excluded = reports.identity }
            let learners = reports == nil ? found : try learners(classFolder)
            warn(surroundings)

            let signals = EndingSignals()
            Descendants.adopt()
            let session = try SessionFolder.create(in: surroundings.sessions)
            defer { session.remove() }
            let grader = ClassGrader(
                labs: catalog.labs, wanted: named.isEmpty ? nil : named, courseSeed: options.seed,
                limits: options.limits, mostBytes: reportLimit << 10, version: Version.current, host: .current,
                session: session.path, process: process)
            var run = GradeRun(format.format(), files: files.type.init(ReportSetting()), count: learners.count)
            var interruption: Int32?
            for learner in learners where interruption == nil {
                NetworkReadiness.wait(signals) {
                    complain(
                        "waiting for the kernel: it takes apart what an ended playground has left of network links\n")
                }
                // Each learner's process finds it out for itself, and what that says is read when it has failed only.
                for text in RefusedIDMaps.take() { complain("warning: \(text)\n") }
                guard signals.received == nil else {
                    interruption = signals.received
                    break
                }
                Progressing.show(learner.name)
                let graded = grader.grade(learner, signals)
                Progressing.clear()
                if graded.isAbnormal {
                    try setting.removeDeadSessions()
                    Cgroups.removeDead()
                }
                interruption = graded.interruption ?? signals.received
                if graded.interruption == nil { run.add(graded, of: learner, to: reports) }
            }
            run.finish(of: learners.count)
            if let interruption {
                session.remove()
                signals.passOn(interruption)
            }
            try LabKit.ExitCode(run.statuses).end()
        }
    }

    private func learners(_ classFolder: ClassFolder) throws -> [Learner] {
        do {
            return try classFolder.learners(of: folders)
        } catch let problem as ClassFolder.UsageProblem {
            throw UsageError(problem.description)
        }
    }

    /// What podlab is called with for one learner.
    private func process(_ learner: Learner, _ pipe: FilePath) -> LearnerProcess {
        let whole = options.limits.submission
        return LearnerProcess(
            arguments: [LearnerCommand.verb, "--learner=\(learner.name)", "--pipe=\(pipe.string)"] + options.words,
            environment: ProcessInfo.processInfo.environment,
            // It keeps the limits itself; this is for one that cannot, and leaves it time to end its playground.
            seconds: whole + min(60, max(10, whole / 10)), mostBytes: reportLimit << 10)
    }

    private func warn(_ surroundings: Surroundings) {
        if geteuid() == 0 {
            complain(
                "grading as root: what got out of a playground would be this machine's root; an ordinary user is safer\n"
            )
        }
        if let problem = surroundings.cgroups.problem {
            complain("memory and processor time of submissions are not limited: \(terminalSafe(problem))\n")
        }
    }
}

/// What is printed and counted on the way.
private struct GradeRun {
    private var stream: ReportStream
    /// The format of the files beside what is printed.
    private let files: any ReportFormat
    private(set) var statuses: [Status] = []
    private var graded = 0
    private var troubles: [String] = []

    /// - Parameter count: how many there are to grade.
    init(_ format: any ReportFormat, files: any ReportFormat, count: Int) {
        stream = ReportStream(format, count: count)
        self.files = files
    }

    mutating func add(_ result: Graded, of learner: Learner, to folder: ReportFolder?) {
        var result = result
        var problems = result.report.problems
        do {
            // Once more below, when the first did not work.
            let document = try files.render([result.report])
            try folder?.write(document, for: learner.name, from: learner.path)
        } catch {
            problems.append("\(error)")
            result.report.problems.append("\(error)")
        }
        let name = terminalSafe(learner.name)
        for problem in problems { complain("\(name): \(terminalSafe(problem))\n") }
        statuses += result.statuses
        if let trouble = result.trouble {
            let line = terminalSafe(trouble).unicodeScalars
            let short = line.count > 160 ? String(Substring(line.prefix(160))) + "\u{2026}" : String(line)
            troubles.append("\(name) (\(short))")
        } else {
            graded += 1
        }
        do {
            StandardOutput.print(try stream.add(result.report), terminator: "")
        } catch {
            complain("\(name): \(error)\n")
            statuses.append(.error)
        }
    }

    /// - Parameter all: how many there were to grade.
    mutating func finish(of all: Int) {
        do {
            StandardOutput.print(try stream.end(), terminator: "")
        } catch {
            complain("\(error)\n")
            statuses.append(.error)
        }
        let left = all - graded - troubles.count
        var words = "\(graded) graded"
        if !troubles.isEmpty { words += ", \(troubles.count) could not be: \(troubles.joined(separator: ", "))" }
        if left > 0 { words += "; interrupted, \(left) left" }
        complain(words + "\n")
    }
}

/// Grades one learner. `podlab grade` starts podlab anew with it for each; it is not for typing.
struct LearnerCommand: ParsableCommand {
    static let verb = "grade-one"
    static let configuration = CommandConfiguration(commandName: verb, shouldDisplay: false)

    @Option var learner: String
    @Option var pipe: String
    @OptionGroup var options: GradingOptions

    func run() throws {
        try reportingErrors {
            // Started as /proc/self/exe it would be called `exe`. It ends with the podlab that collects its reports.
            iso_set_name("podlab")
            iso_set_parent_death_signal(SIGKILL)
            Self.limitMemory()
            let sender = GradeSender(to: FilePath(pipe))
            let setting = Setting(options.common)
            let catalog = try setting.catalog()
            let named = try options.lab.map { try catalog.lab($0) }
            let steps = Dictionary(
                catalog.labs.map { ($0.id, $0.steps.map(\.id)) }, uniquingKeysWith: { first, _ in first })
            let submission = try read(steps)
            var grader = Grader(labs: catalog.labs, surroundings: try setting.surroundings(), courseSeed: options.seed)
            grader.limits = options.limits
            let wanted = named.isEmpty ? nil : named
            try sender.send(
                .plan(
                    labs: grader.labs(of: submission, wanted: wanted).map(\.id), problems: submission.problems))
            try grader.grade(submission, labs: wanted) { try sender.send(.lab($0)) }
            try sender.send(.done)
        }
    }

    /// What a submission makes podlab read has a measure everywhere; where one was forgotten, this process ends and not the machine's
    /// others. See setrlimit(2), RLIMIT_DATA.
    private static func limitMemory() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 2 << 30)
        setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    }

    /// The folder is closed before any playground is started.
    private func read(_ labs: [String: [String]]) throws -> SubmissionFolder {
        let folder = Folder(taking: LearnerProcess.folderDescriptor)
        return try SubmissionFolder(folder, learner: learner, labs: labs)
    }
}
