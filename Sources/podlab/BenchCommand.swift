// podlab bench: what podlab itself does, timed from inside. `make bench` prints it beside other tools.

import ArgumentParser
import FoundationEssentials
import Grading
import Isolation
import LabKit
import Playgrounds
import PodCommands
import SystemPackage
import Terminals

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bench", shouldDisplay: false)

    @Option(help: "How often each is done; the median counts.") var rounds = 21

    func run() throws {
        try reportingErrors {
            let setting = Setting()
            let surroundings = try setting.surroundings()
            guard let lab = try setting.catalog().labs.first else { throw UsageError("there is no lab") }
            // As a learner gets it, with the lab's scene and with cgroups where they can be had.
            try measure("fresh playground, until its shell can take a command") {
                let attempt = try Attempt(lab: lab, in: surroundings)
                return { attempt.end() }
            }
            let attempt = try Attempt(lab: lab, in: surroundings)
            defer { attempt.end() }
            for step in attempt.lab.steps {
                let script = attempt.lab.solution.step(step.id)
                _ = try attempt.run(step, lines: script?.lines ?? [], answer: script?.answer)
                for check in step.checks where check.kind == .level {
                    var only = step
                    only.checks = [check]
                    try measure("level check \(check.reference)") {
                        _ = attempt.check(only)
                        return {}
                    }
                }
            }
            try measure("typed line (true) done") {
                _ = try attempt.shell.typist.type(":")
                return {}
            }
            try measureNotice(lab, surroundings)
            try measureNetwork()
            try measure("verify \(lab.id), all six truths", rounds: min(rounds, 5)) {
                _ = Verification(lab: lab, surroundings: surroundings, player: CompiledSolutions()).run()
                return {}
            }
        }
    }

    /// From the end of the line that does the last step until it is noticed as done. The tutor looks after every line.
    private func measureNotice(_ lab: Lab, _ surroundings: Surroundings) throws {
        guard let step = lab.steps.last, let script = lab.solution.step(step.id) else { return }
        let attempt = try Attempt(lab: lab, in: surroundings)
        defer { attempt.end() }
        for earlier in lab.steps.dropLast() {
            let lines = attempt.lab.solution.step(earlier.id)
            _ = try attempt.run(earlier, lines: lines?.lines ?? [], answer: lines?.answer)
        }
        _ = try attempt.run(step, lines: script.lines, answer: script.answer)
        try measure("step noticed as done, after it is") {
            attempt.noticeEdges()
            guard attempt.check(step).status == .pass else { throw UsageError("the step \(step.id) is not done") }
            return {}
        }
    }

    /// The network's rows come from podlab itself in a machine of its own.
    private func measureNetwork() throws {
        for subject in NetworkBenchCommand.Subject.allCases {
            let arguments = ["podlab", NetworkBenchCommand.verb, subject.rawValue, "--rounds", String(rounds)]
            let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
            let plan = Plan(
                NetworkBenchCommand.machine + [
                    .duplicate(try ExecutorProgram.descriptor(), as: 9),
                    .execute(
                        .opened("podlab"), arguments: arguments,
                        environment: environment + ["\(ExecutorProgram.variable)=/proc/self/fd/9"]),
                ])
            let status = try plan.run()
            guard status.isSuccess else { throw UsageError("the rows of the network's \(subject): \(status)") }
        }
    }

    /// Prints the median in microseconds, a tab, and what it is. What `body` gives back is done outside the time.
    private func measure(_ name: String, rounds: Int? = nil, _ body: () throws -> () -> Void) throws {
        var times: [Double] = []
        for _ in 0..<max(1, rounds ?? self.rounds) {
            let start = ContinuousClock.now
            let finish = try body()
            times.append((ContinuousClock.now - start) / .microseconds(1))
            finish()
        }
        StandardOutput.print("\(Int(times.sorted()[times.count / 2]))\t\(name)")
    }
}
