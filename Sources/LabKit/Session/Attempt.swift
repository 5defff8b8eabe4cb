// One lab in one playground: typing, checking, answering. All front ends work through it.

import CIsolation
import Glibc
import Isolation
import KernelState
import Linux
import Playgrounds
import SystemPackage
import Terminals
import Text

/// One learner's run at one lab: a playground with the lab's scene in it, a shell on a terminal, and the checks.
package final class Attempt {
    /// The lab, its variables filled in.
    package let lab: Lab
    package let values: VariableValues
    package let seed: String?
    package let playground: Playground
    package private(set) var shell: PlaygroundShell
    private let openShell: () throws -> PlaygroundShell
    package var folder: SessionFolder { place.folder }
    private let place: SessionPlace
    private var record: SessionRecord
    /// The status of every check that was judged, for those that need it.
    private var statuses: [CheckReference: Status] = [:]
    /// Checks of the current step that nobody will ask for.
    private var unasked: Set<CheckReference> = []
    private let ends = NamespaceWatch()
    /// What happens while a line runs; nil: no check of the lab asks about that.
    private let watch: StepWatch?
    private var isOver = false
    /// Terminals of solutions that are still open: a program on one may be what a check looks for.
    private var stages: [PlaygroundShell] = []

    /// Starts a playground with the scene of the lab and opens a shell in it.
    /// - Parameters:
    ///   - terminal: what the shell's TERM says; `dumb` for typed work, so that nothing but text is printed.
    package init(
        lab: Lab, seed: String? = nil, in surroundings: Surroundings, terminal: String = "dumb", rows: UInt16 = 24,
        columns: UInt16 = 120
    ) throws {
        values = VariableValues(lab: lab, seed: seed)
        self.lab = try lab.filled(with: values)
        self.seed = seed
        place = try SessionPlace(in: surroundings)
        do {
            playground = try Playground.start(
                courseRoot: surroundings.courseRoot, scene: self.lab.scene, variables: values.environment,
                cgroup: place.cgroup)
        } catch {
            place.end(nil)
            throw error
        }
        do {
            // First of all, so that it is found when this process is killed.
            record = SessionRecord(
                try place.note(playground) { record in
                    record.lab = lab.id
                    record.seed = seed
                })
            let journal = self.lab.scene.watch.contains(.signals) ? place.folder.journalPath : nil
            openShell = { [playground] in
                try playground.openShell(terminal: terminal, rows: rows, columns: columns, journal: journal)
            }
            shell = try openShell()
            let hasSubjects = self.lab.steps.contains { !StepWatch.Subject($0).isEmpty }
            if hasSubjects {
                watch = try StepWatch(
                    node: playground.node, programs: record.programs ?? ProgramRecord(), cgroups: record.cgroups)
            } else {
                watch = nil
            }
        } catch {
            place.end(playground)
            throw error
        }
        expectLines(on: shell)
    }

    deinit { end() }

    /// Ends the playground and everything in it, and waits until the kernel has, for so long as is reasonable.
    package func end() {
        guard !isOver else { return }
        isOver = true
        watch?.stop()
        place.end(playground)
    }

    /// Another shell on another terminal, after the first has ended.
    package func reopenShell() throws {
        shell.end()
        shell = try openShell()
        expectLines(on: shell)
    }

    /// The watch is awake whenever a line is typed, by whomever.
    private func expectLines(on shell: PlaygroundShell) {
        shell.typist.willType = { [watch] in watch?.lineBegins() }
        shell.typist.didType = { [watch] in watch?.lineEnds() }
    }

    // MARK: Steps

    /// A step begins: edges count from now on, and an earlier answer no longer counts.
    /// - Parameters:
    ///   - step: with the checks of it that will be asked for: nothing is noticed for the others.
    ///   - noticing: false where nobody asks for what happens in it.
    package func begin(_ step: Step, noticing: Bool = true) throws {
        record.step = step.id
        record.began[step.id] = bootTime()
        record.answers[step.id] = nil
        record.sightings[step.id] = nil
        record.restarts[step.id] = nil
        record.limits[step.id] = nil
        for check in step.checks { record.edges[check.reference.description] = nil }
        let asked = Set(step.checks.map(\.reference))
        unasked = Set(lab.step(step.id)?.checks.map(\.reference) ?? []).subtracting(asked)
        playground.removeFile("run/podlab/answer")
        if noticing {
            // Whom the step's first line may end must have been seen before.
            watch?.follow([StepWatch.Subject(step)])
            note(step)
        } else {
            watch?.rest()
        }
        try folder.write(record)
    }

    /// All steps begin at once: for a script that is typed whole and judged at the end.
    package func beginAll() throws {
        for step in lab.steps { try begin(step) }
        record.step = nil
        watch?.follow(lab.steps.map { StepWatch.Subject($0) })
        try folder.write(record)
    }

    /// The answer of the current step, given outside the playground's shell.
    package func answer(_ text: String, to step: Step) throws {
        // The last answer counts: one that was given inside before is taken away.
        if record.step == step.id { playground.removeFile("run/podlab/answer") }
        record.answers[step.id] = text
        try folder.write(record)
    }

    /// How long a line of a lab's may take, in seconds: pods that it waits for come slowly on an emulated machine.
    package static let linePatience = 90.0

    /// Types lines, one when the one before is done.
    /// - Parameter noticing: whether edges are looked for after each line; false where nobody asks for them.
    package func type(
        _ lines: [TypedLine], seconds: Double = linePatience, noticing: Bool = true,
        onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws(TerminalError) -> [TypedOutput] {
        var outputs: [TypedOutput] = []
        var room = Self.outputLimit
        if !noticing { watch?.rest() }
        for line in lines {
            var typed = try shell.typist.type(line.text, seconds: seconds, onOutput: onOutput)
            typed.cut(to: room)
            room -= typed.output.utf8.count
            outputs.append(typed)
            if noticing { noticeEdges() }
        }
        return outputs
    }

    /// Bytes that are kept of what all lines print: a script may have thousands of them.
    static let outputLimit = 8 << 20

    /// Looks whether an edge check of the current step holds just now, and remembers it. Called after every line, so that what
    /// one line did and the next undid is still known to have happened.
    package func noticeEdges() {
        let current = lab.steps.filter { record.step == nil || record.step == $0.id }
        watch?.look()
        for step in current {
            if note(step) {
                // A record that cannot be written is known to this process all the same.
                try? folder.write(record)
            }
            let open = step.checks.filter {
                $0.kind == .edge && record.edges[$0.reference.description] == nil && !unasked.contains($0.reference)
            }
            guard !open.isEmpty else { continue }
            // One look, for what is remembered and for what is judged.
            let judge = checker.judge(for: step)
            judge.isInformedOfRestarts = watch != nil
            watchNamespaces(of: step, open, judge)
            for check in open {
                let outcome = judge.evaluate(check.probe.base)
                guard outcome.status == .pass else { continue }
                record.edges[check.reference.description] = SessionRecord.Edge(
                    expected: outcome.expected, actual: outcome.actual, evidence: outcome.evidence)
                // A record that cannot be written is known to this process all the same.
                try? folder.write(record)
            }
        }
    }

    /// Looks at the pid namespaces whose end an open check waits for.
    private func watchNamespaces(of step: Step, _ open: [Check], _ judge: Judge) {
        let probes = open.flatMap(\.probe.base.memory.endings)
        guard !probes.isEmpty else { return }
        let before = record.sightings[step.id] ?? []
        let now = ends.look(for: probes, before: before, judge: judge)
        guard now != before else { return }
        judge.sightings = now
        record.sightings[step.id] = now
        // A record that cannot be written is known to this process all the same.
        try? folder.write(record)
    }

    /// Takes over what the watch has seen of a step, so that any podlab can judge by it. True: there is something new.
    @discardableResult
    private func note(_ step: Step) -> Bool {
        guard let watch, !StepWatch.Subject(step).isEmpty else { return false }
        let seen = watch.sightings(of: step.id)
        guard seen.restarts != record.restarts[step.id] ?? [] || seen.limits != record.limits[step.id] ?? [] else {
            return false
        }
        record.restarts[step.id] = seen.restarts
        record.limits[step.id] = seen.limits
        return true
    }

    var checker: SessionChecker {
        SessionChecker(record: record, lab: lab, folder: folder, node: playground.node)
    }

    /// Runs the compiled solution of a step inside the playground, on a terminal of its own that stays open, and returns when it
    /// has ended or waits for input (a shell in a box, say).
    /// - Parameter seconds: for all of its commands together, pods that are waited for among them, on a slow machine too.
    package func playSolution(
        _ step: Step, seconds: Double = 120, onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws {
        let stage = try playground.openSelf(
            arguments: [Stage.verb, lab.id, step.id],
            journal: lab.scene.watch.contains(.signals) ? folder.journalPath : nil)
        stages.append(stage)
        watch?.lineBegins()
        defer { watch?.lineEnds() }
        var printed: [UInt8] = []
        var failure: TerminalError?
        var isWaiting = false
        repeat {
            isWaiting = false
            do throws(TerminalError) {
                let reader = try stage.typist.settle(after: "the solution of \(step.id)", seconds: seconds) { bytes in
                    printed += bytes.prefix(max(0, 65_536 - printed.count))
                    onOutput(bytes)
                }
                // The solution itself waits (`Stage.letSee`): what stands now is what a check may ask for.
                if case .waiting(_, isShell: true) = reader {
                    isWaiting = true
                    noticeEdges()
                    try stage.typist.terminal.write([0x0a])
                }
            } catch {
                failure = error
                isWaiting = false
            }
        } while isWaiting
        switch failure {
        case nil: return
        case .ended where stage.exitStatus?.isSuccess == true: return
        case .ended:
            let text = String(decoding: printed, as: UTF8.self).trimmed
            throw StageError.failed(step: step.id, status: stage.exitStatus.map { "\($0)" } ?? "ended", output: text)
        case .some(let other): throw other
        }
    }

    // MARK: Checks

    /// Looks at the kernel once and judges the checks of a step.
    /// - Parameter refusal: asked before each look; why there is no time for one any more.
    package func check(_ step: Step, refusal: () -> String? = { nil }) -> StepResult {
        if refusal() == nil { noticeEdges() }
        let result = checker.check(step, earlier: statuses, refusal: refusal)
        for check in result.checks { statuses[check.reference] = check.status }
        return result
    }

    /// Looks at a step unasked. Of checks that fail some wait: a packet that does not arrive, a page that nobody gives. So those that only read
    /// are judged first, and the others are tried when all of these hold.
    /// - Returns: nil: the step is not done, as reading alone shows, and nothing was tried.
    package func glance(at step: Step) -> StepResult? {
        noticeEdges()
        var reading = step
        reading.checks = step.checks.filter(\.probe.onlyReads)
        // What the rest of the step came to an earlier time says nothing of now.
        let earlier = statuses.filter { $0.key.step != step.id }
        if !reading.checks.isEmpty, reading.checks.count < step.checks.count,
            checker.check(reading, earlier: earlier).status != .pass
        {
            return nil
        }
        let result = checker.check(step, earlier: earlier)
        for check in result.checks { statuses[check.reference] = check.status }
        return result
    }

    /// Every check of a step by itself, whatever it needs.
    package func evaluateAlone(_ step: Step) -> [(Check, ProbeOutcome)] {
        let judge = checker.judge(for: step)
        return step.checks.map { ($0, judge.evaluate($0.probe.base)) }
    }

    /// The message of the first broken-scene probe that holds.
    package func brokenScene(_ step: Step) -> String? {
        let judge = checker.judge(for: step)
        return step.broken.first { judge.evaluate($0.probe.base).status == .pass }?.message
    }
}

/// Judges the checks of a session from its record alone, so that any podlab process can.
package struct SessionChecker {
    package let record: SessionRecord
    /// The lab with its variables filled in.
    package let lab: Lab
    package let folder: SessionFolder
    package let node: NodeView

    package init(record: SessionRecord, lab: Lab, folder: SessionFolder, node: NodeView) {
        self.record = record
        self.lab = lab
        self.folder = folder
        self.node = node
    }

    /// - Parameter refusal: asked before each look; why nothing is looked at any more, which is an error.
    package func check(
        _ step: Step, earlier: [CheckReference: Status] = [:], refusal: () -> String? = { nil }
    ) -> StepResult {
        let judge = judge(for: step)
        return judge.trying {
            StepResult(
                id: step.id,
                checks: CheckGraph(step.checks).run(earlier: earlier) { check in
                    if let reason = refusal() { return ProbeOutcome(status: .error, reason: reason) }
                    if check.kind == .edge, let edge = record.edges[check.reference.description] {
                        return ProbeOutcome(
                            status: .pass, expected: edge.expected, actual: edge.actual, evidence: edge.evidence)
                    }
                    return judge.outcome(of: check)
                })
        } worth: { result in
            let points = result.checks.filter { $0.status == .pass }.map(\.points).reduce(0, +)
            return (!result.checks.contains { $0.status == .fail }, points)
        }
    }

    /// A judge with what was witnessed and answered since the step began.
    /// - Parameter other: an answer in place of the learner's.
    package func judge(for step: Step, answer other: String? = nil) -> Judge {
        let began = record.began[step.id] ?? 0
        return Judge(
            node: node, decoys: record.decoys.mapValues(\.identity),
            signals: SignalRecord.read(journal: folder.journalPath, since: began),
            sightings: record.sightings[step.id] ?? [], restarts: record.restarts[step.id] ?? [],
            limits: record.limits[step.id] ?? [], answer: other ?? answer(to: step), cgroups: record.cgroups,
            programs: record.programs ?? ProgramRecord())
    }

    /// What the learner answered last: with `answer` inside the playground during the current step, else what the record has.
    func answer(to step: Step) -> String? {
        let given = record.answers[step.id]
        // A script that is not cut by steps has one place for the answers of all of them.
        if record.step == nil, let given { return given }
        guard record.step == nil || record.step == step.id, let root = try? node.root(),
            let bytes = try? root.contents(of: "/run/podlab/answer", limit: 4096, allowPartial: true)
        else { return given }
        return String(decoding: bytes, as: UTF8.self).trimmed
    }
}
