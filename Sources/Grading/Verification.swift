// The six truths of a lab, proven on the machine at hand.

import Glibc
import LabKit
import Playgrounds
import SystemPackage
import Terminals

/// Proves that a lab is what it claims: unsolved is red, solved is green, every mutant is killed, every alternative is green, reset is
/// clean, the lesson is true. Every proof runs in playgrounds of its own.
package struct Verification {
    package let lab: Lab
    package let surroundings: Surroundings
    package let player: any SolutionPlayer
    package let seed: String?
    /// Which of them are proven.
    package var truths = Set(Truth.allCases)
    /// Told what is about to be proven, for people who wait.
    package var progress: @Sendable (String) -> Void = { _ in }

    package init(lab: Lab, surroundings: Surroundings, player: any SolutionPlayer, seed: String? = nil) {
        self.lab = lab
        self.surroundings = surroundings
        self.player = player
        self.seed = seed
    }

    /// One result whose steps are the truths and whose checks are what each truth consists of.
    package func run() -> LabResult { Self.run([self])[0] }

    /// Proves several labs, the proofs of all of them side by side: whoever waits for a pod of one lab has time for another.
    /// - Returns: one result for each, in their order. Whether anything is left is asked once, when all of them are over.
    package static func run(_ all: [Verification]) -> [LabResult] {
        let reasons = all.map(\.reasonNotToRun)
        let before = all.first.map { Leftovers.now($0.surroundings) }
        let pieces = all.indices.flatMap { lab in
            reasons[lab] == nil
                ? all[lab].proofs.filter { !all[lab].truths.isDisjoint(with: $0.truths) }.map { (lab: lab, proof: $0) }
                : []
        }
        // The longest first, so that none is left over when the others are done.
        let order = pieces.indices.sorted { (-pieces[$0].proof.work, $0) < (-pieces[$1].proof.work, $1) }
        let found = sideBySide(
            order.map { index in
                let (lab, proof) = pieces[index]
                let progress = all[lab].progress
                return { Self.prove(proof, progress) }
            })
        let proven = zip(order, found).sorted { $0.0 < $1.0 }.map(\.1)
        return all.indices.map { lab in
            if let reason = reasons[lab] { return all[lab].skipped(reason) }
            let own = zip(pieces, proven).filter { $0.0.lab == lab }.map(\.1)
            let steps = all[lab].wanted.map { truth in
                StepResult(
                    id: truth.rawValue,
                    checks: truth == .reset
                        ? before.flatMap { prove(all[lab].clean(since: $0), all[lab].progress).checks[truth] } ?? []
                        : own.flatMap { $0.checks[truth] ?? [] })
            }
            // From the beginning of the first proof to the end of the last.
            let begin = own.map(\.begin).min()
            let end = own.map(\.end).max()
            let seconds = begin.flatMap { begin in end.map { ($0 - begin) / .seconds(1) } } ?? 0
            return LabResult(id: all[lab].lab.id, title: all[lab].lab.title, steps: steps, seconds: seconds)
        }
    }

    private func skipped(_ reason: String) -> LabResult {
        LabResult(
            id: lab.id, title: lab.title,
            steps: wanted.map { truth in
                let skip = Finding(id: "machine", title: "this machine can run the lab", status: .skip, reason: reason)
                return StepResult(id: truth.rawValue, checks: [skip.result(step: truth.rawValue, seconds: 0)])
            }, seconds: 0)
    }

    private var wanted: [Truth] { Truth.allCases.filter(truths.contains) }

    /// What is proven in playgrounds of its own: a part of a truth, or of several.
    private struct Proof: Sendable {
        let truths: Set<Truth>
        let name: String
        /// About how long it takes: the lines that are typed for it, those of labs with pods threefold, because pods are waited for.
        let work: Int
        let findings: @Sendable () throws -> [Truth: [Finding]]

        init(
            _ truths: Set<Truth>, _ name: String, work: Int,
            _ findings: @escaping @Sendable () throws -> [Truth: [Finding]]
        ) {
            self.truths = truths
            self.name = name
            self.work = work
            self.findings = findings
        }

        init(_ truth: Truth, _ name: String, work: Int, _ findings: @escaping @Sendable () throws -> [Finding]) {
            self.init([truth], name, work: work) { [truth: try findings()] }
        }
    }

    private var proofs: [Proof] {
        let lesson = lab.lesson.sections.flatMap(\.consoleBlocks).flatMap(\.commands).count * pace
        let whole = work(before: nil)
        let first = [
            Proof(.unsolved, "unsolved is red", work: 0, freshIsRed),
            Proof([.unsolved, .solved], "solution.sh is green", work: whole, typedIsGreen),
            Proof(.solved, "Solution.swift is green", work: whole, playedIsGreen),
            Proof(.lesson, "the lesson is true", work: lesson, lessonIsTrue),
        ]
        return first
            + lab.mutants.map { mutant in
                Proof(
                    .mutants, "mutant \(mutant.file)",
                    work: work(before: mutant.kills.step) + mutant.lines.count * pace
                ) { [try self.kill(mutant)] }
            }
            + lab.alternatives.map { alternative in
                Proof(
                    .alternatives, "alternative \(alternative.file)",
                    work: work(before: alternative.solves) + alternative.lines.count * pace
                ) { [try self.accept(alternative)] }
            }
    }

    private var pace: Int { lab.requirements.contains(.images) ? 3 : 1 }

    /// The work of the solution's lines before a step; of all for nil.
    private func work(before step: String?) -> Int {
        lab.steps.prefix { $0.id != step }.compactMap { lab.solution.step($0.id)?.lines.count }.reduce(0, +) * pace
    }

    private func clean(since before: Leftovers) -> Proof {
        Proof(.reset, "reset is clean", work: 0) { [self.resetIsClean(before)] }
    }

    /// What a proof came to, and when.
    private struct Proven: Sendable {
        var checks: [Truth: [CheckResult]]
        var begin: ContinuousClock.Instant
        var end: ContinuousClock.Instant
    }

    private static func prove(_ proof: Proof, _ progress: (String) -> Void) -> Proven {
        progress(proof.name)
        let begin = ContinuousClock.now
        var findings: [Truth: [Finding]]
        do {
            findings = try proof.findings()
        } catch {
            let failure = Finding(
                id: "run", title: proof.name, status: .error, actual: nil, evidence: [], reason: "\(error)")
            findings = Dictionary(uniqueKeysWithValues: proof.truths.map { ($0, [failure]) })
        }
        let end = ContinuousClock.now
        let count = findings.values.reduce(0) { $0 + $1.count }
        let seconds = (end - begin) / .seconds(1) / Double(max(1, count))
        let checks = findings.map { truth, found in
            (truth, found.map { $0.result(step: truth.rawValue, seconds: seconds) })
        }
        return Proven(checks: Dictionary(uniqueKeysWithValues: checks), begin: begin, end: end)
    }

    /// What this machine lacks, and the command that gives it; nil when nothing is known to be missing.
    private var reasonNotToRun: String? {
        if let reason = missing(for: lab.solution.steps.flatMap(\.lines).map(\.text)) { return reason }
        if lab.requirements.contains(.images), let reason = NodeImages(beside: surroundings.courseRoot).problem {
            return reason
        }
        guard lab.requirements.contains(.cgroup) else { return nil }
        return surroundings.cgroups.problem(for: lab)
    }

    /// Which program the course root lacks that these lines type. One that cannot be looked at is reported by whoever starts a playground.
    private func missing(for lines: [String]) -> String? {
        (try? MissingTools(of: lab, in: surroundings.courseRoot))?.reason(for: lines)
    }

    // MARK: Truths

    /// On a fresh playground no check passes by itself, even when its needs are not asked for.
    private func freshIsRed() throws -> [Finding] {
        var findings: [Finding] = []
        let fresh = try Attempt(lab: lab, seed: seed, in: surroundings)
        defer { fresh.end() }
        for step in fresh.lab.steps {
            try fresh.begin(step)
            findings += red(fresh.evaluateAlone(step), where: "on a fresh playground")
        }
        return findings
    }

    private func red(_ outcomes: [(Check, ProbeOutcome)], where place: String) -> [Finding] {
        outcomes.map { check, outcome in
            Finding(
                id: "\(check.reference.step)-\(check.id)", title: "\(check.reference) is red \(place)",
                status: outcome.status == .fail ? .pass : outcome.status == .pass ? .fail : outcome.status,
                expected: "fail", actual: outcome.status.rawValue, evidence: outcome.evidence, reason: outcome.reason)
        }
    }

    /// Step by step: no check of it passes when all steps before it are solved, and all of them when its own lines have been typed.
    private func typedIsGreen() throws -> [Truth: [Finding]] {
        var before: [Finding] = []
        var after: [Finding] = []
        let typed = try Attempt(lab: lab, seed: seed, in: surroundings)
        defer { typed.end() }
        for step in typed.lab.steps {
            if truths.contains(.unsolved) {
                try typed.begin(step)
                before += red(typed.evaluateAlone(step), where: "with the steps before it solved")
            }
            guard let script = typed.lab.solution.step(step.id) else {
                after.append(
                    .fail("typed-\(step.id)", "\(step.id) is solved by solution.sh", "no lines for this step"))
                continue
            }
            let run = try typed.run(step, lines: script.lines, answer: script.answer)
            after += green(run.result, trouble: run.trouble, by: "solution.sh", prefix: "typed")
        }
        return [.unsolved: before, .solved: after]
    }

    private func playedIsGreen() throws -> [Finding] {
        var findings: [Finding] = []
        guard player.hasSolution(lab: lab.id) else {
            return [
                .fail("swift", "solved by Solution.swift", "no Solution.swift is compiled in for \(lab.id)")
            ]
        }
        let played = try Attempt(lab: lab, seed: seed, in: surroundings)
        defer { played.end() }
        for step in played.lab.steps {
            try played.begin(step)
            try player.play(step: step.id, in: played)
            findings += green(played.check(step), trouble: nil, by: "Solution.swift", prefix: "swift")
        }
        return findings
    }

    private func green(_ result: StepResult, trouble: String?, by source: String, prefix: String) -> [Finding] {
        result.checks.map { check in
            Finding(
                id: "\(prefix)-\(check.reference.step)-\(check.id)",
                title: "\(check.reference) is green after \(source)",
                status: check.status, expected: check.expected, actual: check.actual, evidence: check.evidence,
                reason: check.reason ?? trouble)
        }
    }

    /// Each mutant stands in for its step; the steps before it are typed as they should be, which another truth proves. The check that
    /// it names must fail: an error or a skip would be a check that did not look.
    private func kill(_ mutant: Mutant) throws -> Finding {
        if let reason = missing(for: mutant.lines.map(\.text)) {
            return Finding(
                id: mutant.file.replacing(".sh", with: ""), title: "\(mutant.kills) turns red: \(mutant.summary)",
                status: .skip, actual: nil, evidence: [], reason: reason)
        }
        let attempt = try Attempt(lab: lab, seed: seed, in: surroundings)
        defer { attempt.end() }
        guard let wrong = attempt.lab.mutants.first(where: { $0.file == mutant.file }) else {
            return .fail(mutant.file, mutant.file, "the mutant was lost")
        }
        for step in attempt.lab.steps {
            if step.id == mutant.kills.step {
                // Of the other checks nobody asks, so nothing is followed for them.
                var step = step
                step.checks = CheckGraph(step.checks).needed(for: mutant.kills)
                let run = try attempt.run(step, lines: wrong.lines, answer: wrong.answer)
                let check = run.result.checks.first { $0.reference == mutant.kills }
                // A line that waits in vain makes any check red.
                let status: Status = run.trouble == nil ? check?.status ?? .error : .error
                return Finding(
                    id: mutant.file.replacing(".sh", with: ""),
                    title: "\(mutant.kills) turns red: \(mutant.summary)",
                    status: status == .fail ? .pass : status == .error ? .error : .fail,
                    expected: "fail", actual: check?.status.rawValue ?? "no such check",
                    evidence: check?.evidence ?? [], reason: run.trouble ?? check?.reason)
            }
            guard let script = attempt.lab.solution.step(step.id) else { continue }
            try attempt.perform(step, lines: script.lines, answer: script.answer)
        }
        return .fail(mutant.file, "\(mutant.kills) turns red", "the lab has no step \(mutant.kills.step)")
    }

    /// Each alternative stands in for its step; the steps before it are typed as they should be, which another truth proves.
    private func accept(_ alternative: Alternative) throws -> Finding {
        let id = alternative.file.replacing(".sh", with: "")
        let title = "\(alternative.solves) is solved otherwise: \(alternative.summary)"
        if let reason = missing(for: alternative.lines.map(\.text)) {
            return Finding(id: id, title: title, status: .skip, actual: nil, evidence: [], reason: reason)
        }
        let attempt = try Attempt(lab: lab, seed: seed, in: surroundings)
        defer { attempt.end() }
        guard let other = attempt.lab.alternatives.first(where: { $0.file == alternative.file }) else {
            return .fail(id, title, "the alternative was lost")
        }
        for step in attempt.lab.steps {
            if step.id == other.solves {
                let run = try attempt.run(step, lines: other.lines, answer: other.answer)
                let wrong = run.result.checks.filter { $0.status != .pass }
                // The first says the most: others may need it.
                let worst = wrong.first { $0.status == .error } ?? wrong.first
                return Finding(
                    id: id, title: title, status: run.trouble == nil ? worst?.status ?? .pass : .error,
                    expected: worst.flatMap(\.expected) ?? "all checks of \(step.id) pass",
                    actual: worst.map { "\($0.reference): \($0.actual ?? $0.status.rawValue)" } ?? "all checks pass",
                    evidence: worst?.evidence ?? [], reason: run.trouble ?? worst?.reason)
            }
            guard let script = attempt.lab.solution.step(step.id) else { continue }
            try attempt.perform(step, lines: script.lines, answer: script.answer)
        }
        return .fail(id, title, "the lab has no step \(other.solves)")
    }

    /// Every console block of the lesson, typed in its place, prints what the lesson says: as a learner types it, on a terminal of the usual
    /// kind and size, with the looks that the tutorial shell takes after each line, which must not change what the lesson shows.
    private func lessonIsTrue() throws -> [Finding] {
        let attempt = try Attempt(
            lab: lab, seed: seed, in: surroundings, terminal: "xterm-256color", rows: 24, columns: 80)
        defer { attempt.end() }
        var attention = Attention()
        var findings: [Finding] = []
        var bindings: [String: String] = [:]
        // The line that somebody still sits at; nothing can be typed behind it.
        var unfinished: Int?
        // Lines that are for elsewhere, by what they are for.
        var elsewhere: [String: [Int]] = [:]
        for (section, step) in zip(attempt.lab.lesson.sections, attempt.lab.steps) {
            try attempt.begin(step)
            for block in section.consoleBlocks where !block.skip {
                // What a block does belongs together.
                let lacking = missing(for: block.commands.flatMap(\.typed) + block.waits.map(\.condition))
                if MachineWords.current.fit(block.only), lacking == nil, unfinished == nil,
                    let finding = Self.awaited(block.waits, in: attempt, bindings)
                {
                    unfinished = block.waits.first?.line
                    findings.append(finding)
                }
                for command in block.commands {
                    if let place = Self.otherPlace(command, in: block) {
                        elsewhere[place, default: []].append(command.line)
                        continue
                    }
                    if let reason = lacking {
                        findings.append(
                            Finding(
                                id: "line-\(command.line)", title: "lesson.md:\(command.line)", status: .skip,
                                reason: reason))
                        continue
                    }
                    if let unfinished {
                        findings.append(
                            Finding(
                                id: "line-\(command.line)", title: "lesson.md:\(command.line)", status: .error,
                                reason: "line \(unfinished) did not come to its end"))
                        continue
                    }
                    do {
                        findings.append(try trueCommand(command, in: attempt, &bindings))
                        _ = attention.look(at: step, of: attempt)
                    } catch {
                        unfinished = command.line
                        findings.append(
                            Finding(
                                id: "line-\(command.line)",
                                title: "lesson.md:\(command.line): \(command.typed.joined(separator: " "))",
                                status: .fail, actual: "\(error)", evidence: [], reason: "\(error)"))
                    }
                }
            }
        }
        if findings.isEmpty {
            findings.append(.fail("lesson", "the lesson shows something", "it has no console block"))
        }
        return findings + Self.counted(elsewhere)
    }

    /// Why a line is not for here: it is for the host, or for another kind of machine.
    private static func otherPlace(_ command: ConsoleBlock.Command, in block: ConsoleBlock) -> String? {
        if command.prompt.hasPrefix("host") { return "it is typed outside the playground" }
        guard !MachineWords.current.fit(block.only) else { return nil }
        return "it is for another kind of machine: \(block.only.joined(separator: ", "))"
    }

    /// Lines for elsewhere are neither true nor false here: they are counted and named, and take nothing from the rest.
    private static func counted(_ elsewhere: [String: [Int]]) -> [Finding] {
        elsewhere.sorted { $0.key < $1.key }.enumerated().map { index, entry in
            let lines = entry.value.map { "\($0)" }.joined(separator: ", ")
            let count = entry.value.count == 1 ? "1 line is" : "\(entry.value.count) lines are"
            return Finding(
                id: "elsewhere-\(index + 1)", title: "\(count) not typed here: lesson.md:\(lines)", status: .skip,
                reason: entry.key, isElsewhere: true)
        }
    }

    /// How long what a block needs may take to come, and how long it is left alone between two looks.
    private static let awaiting = (patience: Duration.seconds(60), pause: 0.02)

    /// Waits until what a block needs is there, as whoever reads the lesson would. A finding when it does not come.
    private static func awaited(
        _ waits: [ConsoleBlock.Wait], in attempt: Attempt, _ bindings: [String: String]
    ) -> Finding? {
        for wait in waits {
            let condition = OutputPattern.fill(wait.condition, bindings: bindings)
            let title = "lesson.md:\(wait.line): waits for \(wait.condition)"
            func vain(_ shown: String, _ reason: String) -> Finding {
                Finding(
                    id: "line-\(wait.line)", title: title, status: .fail, expected: "it succeeds", actual: shown,
                    evidence: [], reason: reason)
            }
            // Not a loop in the shell: a box may have neither sleep nor /dev/null. Not a line of the lesson, so nothing is looked at after it.
            let line = TypedLine(text: "{ \(condition); } && printf '\\n%s\\n' 'it has'\\ come", line: wait.line)
            let deadline = ContinuousClock.now + awaiting.patience
            while true {
                do {
                    let output = try attempt.shell.typist.type(line.text, seconds: 30).output
                    if output.split(whereSeparator: \.isNewline).contains("it has come") { break }
                    if ContinuousClock.now >= deadline {
                        return vain(output, "it has not succeeded within \(awaiting.patience)")
                    }
                } catch {
                    return vain("\(error)", "\(error)")
                }
                _ = poll(nil, 0, Int32(awaiting.pause * 1000))
            }
        }
        return nil
    }

    /// - Throws: when the command has not come to its end.
    private func trueCommand(
        _ command: ConsoleBlock.Command, in attempt: Attempt, _ bindings: inout [String: String]
    ) throws(TerminalError) -> Finding {
        let id = "line-\(command.line)"
        let shown = command.typed.joined(separator: " ")
        let title = "lesson.md:\(command.line): \(shown)"
        let lines = command.typed.map {
            TypedLine(text: OutputPattern.fill($0, bindings: bindings), line: command.line)
        }
        let output = Self.withoutColours(try attempt.type(lines).map(\.output).joined())
        let expected = command.expected.joined(separator: "\n")
        switch OutputPattern(lines: command.expected).match(output, bindings: bindings) {
        case .match(let names):
            bindings = names
            if let hidden = Self.failure(in: output, beyond: command.expected) {
                return Finding(
                    id: id, title: title, status: .fail, expected: expected, actual: output,
                    evidence: [
                        Evidence(source: "a placeholder stands for what the shell says of a failure", value: hidden)
                    ])
            }
            return Finding(id: id, title: title, status: .pass, expected: expected, actual: output, evidence: [])
        case .mismatch(let line, let wanted, let actual):
            return Finding(
                id: id, title: title, status: .fail, expected: expected, actual: output,
                evidence: [Evidence(source: "line \(line + 1): \(wanted)", value: actual ?? "(no more output)")])
        case .nothing(let line):
            return Finding(
                id: id, title: title, status: .fail, expected: expected, actual: output,
                evidence: [
                    Evidence(
                        source: "line \(line + 1): …",
                        value: "it stands for no line at all: say what is printed, or leave it out")
                ])
        case .tooAmbiguous:
            return Finding(
                id: id, title: title, status: .error, expected: expected, actual: output, evidence: [],
                reason: "the expected output can be read in too many ways")
        }
    }

    /// What a reader sees: programs colour what they print on a terminal (ECMA-48, 8.3.117 SGR, and 8.3.41 EL after it).
    private static func withoutColours(_ text: String) -> String {
        guard text.contains("\u{1b}[") else { return text }
        var shown = ""
        for (index, part) in text.split(separator: "\u{1b}[", omittingEmptySubsequences: false).enumerated() {
            let rest = part.drop { $0.isNumber || $0 == ";" }
            guard index > 0, let final = rest.first, final == "m" || final == "K" else {
                shown += index > 0 ? "\u{1b}[" + part : part
                continue
            }
            shown += rest.dropFirst()
        }
        return shown
    }

    /// A line with which the shell, and no program, says that a command failed, and of which the lesson does not speak. A placeholder takes
    /// any word, such a one too.
    private static func failure(in output: String, beyond expected: [String]) -> String? {
        let said = ["command not found", "syntax error"]
        let ends = ["Terminated", "Killed", "Hangup", "Aborted", "Segmentation fault", "Bus error", "Bad system call"]
        return output.split(separator: "\n").map(String.init).first { line in
            let words = said.filter { line.contains($0) } + ends.filter { line == $0 || line == $0 + " (core dumped)" }
            return words.contains { word in !expected.contains { $0.contains(word) } }
        }
    }

    private func resetIsClean(_ before: Leftovers) -> Finding {
        let after = Leftovers.now(surroundings)
        let left = after.list(beyond: before)
        return Finding(
            id: "nothing-left", title: "Nothing is left: no process, mount, namespace, link, cgroup or file",
            status: left.isEmpty ? .pass : .fail, expected: "nothing",
            actual: left.isEmpty ? "nothing" : left.joined(separator: ", "),
            evidence: after.evidence)
    }
}
