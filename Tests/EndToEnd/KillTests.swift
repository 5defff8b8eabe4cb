// SIGKILL at any moment, two hundred times: the kernel takes the playgrounds down, `podlab clean` the rest, and progress is whole.

import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite struct KillTests {
    private static let lanes = 10
    private static let kills = 100

    /// Whatever a home folder may hold when nothing of a killed podlab is left.
    private static let kept: Set<String> = [
        "run/podlab", "run/podlab/sessions", "state/podlab", "state/podlab/progress.json", "state/podlab/progress.lock",
        "state/podlab/history",
    ]

    /// A home folder whose temporary files would be found.
    private static func makeHome() throws -> (home: Home, environment: [String: String]) {
        let home = try Home()
        let folder = home.path + "/tmp"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        return (home, home.environment.merging(["TMPDIR": folder]) { _, new in new })
    }

    /// A podlab was killed: everything of it goes by itself or by `podlab clean`, which says exactly what it took away.
    private static func expectNothing(of victim: Victim, _ home: Home, _ kill: String, _ problems: Problems) throws {
        var remains: [String] = []
        let isGone = try eventually {
            remains = try victim.remains()
            return remains.isEmpty
        }
        if !isGone { problems.note("\(kill): left \(remains)") }
        var dead = home.sessions.map { "\(home.path)/run/podlab/sessions/\($0)" }
        let half = home.path + "/state/podlab/.progress.json.new"
        if FileManager.default.fileExists(atPath: half) { dead.append(half) }
        let cleaned = try home.clean()
        let lines = cleaned.output.split(separator: "\n").filter { $0 != "nothing to remove" }
        let areNamed = dead.allSatisfy { path in lines.contains { $0.hasPrefix("removed \(path)") } }
        if cleaned.code != 0 || !areNamed || lines.count < dead.count || lines.isEmpty != dead.isEmpty {
            problems.note("\(kill): clean should have removed \(dead) and said \(cleaned)")
        }
        let files = home.files.subtracting(kept)
        if !files.isEmpty { problems.note("\(kill): left the files \(files.sorted())") }
        // Tests beside this one clean too, and may be about it.
        var cgroups: [String] = []
        let areGone = eventually {
            cgroups = victim.cgroups()
            return cgroups.isEmpty
        }
        if !areGone { problems.note("\(kill): left the cgroups \(cgroups)") }
    }

    /// Kills at moments that a generator draws, in several lanes at once, and looks that the machine is as it was.
    private func killAll(
        longest: Int, _ kill: @escaping @Sendable (_ moment: Int, _ number: Int, _ lane: Lane) throws -> Void
    ) throws {
        let seed = SeededGenerator.seedOfRun
        print("KillTests: PODLAB_TEST_SEED=\(seed)")
        var generator = SeededGenerator(seed: seed)
        let moments = (0..<Self.kills).map { _ in Int.random(in: 0...longest, using: &generator) }
        // Whatever is built for all tests must be there before.
        _ = CourseData.folder
        let problems = Problems()
        let next = Atomic(0)
        inParallel(Self.lanes) { _ in
            do {
                let lane = Lane(try Self.makeHome(), problems)
                while true {
                    let number = next.add(1, ordering: .relaxed).oldValue
                    guard number < moments.count else { return }
                    try kill(moments[number], number, lane)
                }
            } catch {
                problems.note("\(error)")
            }
        }
        #expect(problems.all.isEmpty, "seed \(seed)")
        // Tests beside this one kill too, so what counts is what is there at every look.
        var left = Set(try orphans())
        let isClean = try eventually {
            left.formIntersection(try orphans())
            return left.isEmpty
        }
        #expect(isClean, "seed \(seed): \(left)")
    }

    private struct Lane {
        let home: Home
        let environment: [String: String]
        let problems: Problems

        init(_ made: (home: Home, environment: [String: String]), _ problems: Problems) {
            (home, environment, self.problems) = (made.home, made.environment, problems)
        }
    }

    @Test("podlab killed at any moment of a verification leaves nothing", .needsPlayground)
    func verify() throws {
        let labs = SolutionSteps.all
        try killAll(longest: 1500) { moment, number, lane in
            let running = try Running(
                [try lane.home.executable(), "verify", labs[number % labs.count], "--format", "json"],
                environment: lane.environment)
            // The moment itself is what is tested: there is nothing to wait for.
            poll(nil, 0, Int32(moment))
            let victim = try Victim.kill(running.pid, home: lane.home.path)
            let ended = try running.wait()
            let name = "kill \(number) of verify, after \(moment) ms"
            if ended.code != 128 + SIGKILL { lane.problems.note("\(name): \(ended)") }
            try Self.expectNothing(of: victim, lane.home, name, lane.problems)
        }
        let whole = try Home().podlab("verify", "01")
        #expect(whole.code == 0, "\(whole)")
    }

    @Test(
        "podlab killed at any moment of a learner's work leaves nothing, and what was finished is known",
        .needsPlayground)
    func shell() throws {
        let labs = try SolutionSteps.all.map(SolutionSteps.init)
        let finished = Atomic(0)
        try killAll(longest: 2000) { moment, number, lane in
            let name = "kill \(number) of a shell, after \(moment) ms"
            let terminal = try TerminalSession(
                command: [try lane.home.executable()],
                environment: lane.environment.merging(["TERM": "xterm-256color"]) { _, new in new })
            let killing = Killing(pid: terminal.pid, home: lane.home.path)
            // Of a quarter the time runs from the first step that is finished, so that there is something to be known, however slow the
            // machine is.
            let isAfterWork = number % 4 == 0
            if !isAfterWork { killing.start(after: moment) }
            var done: [(lab: String, step: String)] = []
            do {
                try terminal.prompt("podlab ›")
                for lab in labs[(number % labs.count)...] + labs {
                    try terminal.work(on: lab) {
                        done.append((lab.lab, $0))
                        if isAfterWork, done.count == 1 { killing.start(after: moment) }
                    }
                }
                // All labs are done already, so it is killed at a prompt.
            } catch {
                // The terminal closes with the kill; anything that goes wrong before is a fault.
                if !killing.hasBegun { lane.problems.note("\(name): \(error)") }
                if isAfterWork, done.isEmpty { killing.start(after: 0) }
            }
            let victim = try killing.wait()
            let code = try terminal.ended()
            if code != 128 + SIGKILL {
                lane.problems.note("\(name): podlab ended with \(code):\n\(terminal.screen.text)")
            }
            try Self.expectNothing(of: victim, lane.home, name, lane.problems)
            guard !done.isEmpty || FileManager.default.fileExists(atPath: lane.home.progressFile) else { return }
            let progress = try lane.home.progress()
            for (lab, step) in done where progress.labs[lab]?.finishedSteps[step] == nil {
                lane.problems.note("\(name): \(lab), step \(step), was done, and progress does not know it")
            }
            finished.add(done.count, ordering: .relaxed)
        }
        #expect(finished.load(ordering: .relaxed) >= Self.kills / 4)
    }
}

extension TerminalSession {
    /// Starts a lab and solves its steps from wherever the learner is in it.
    fileprivate func work(on lab: SolutionSteps, finished: (String) -> Void) throws {
        try type("start \(Int(lab.number) ?? 0)")
        try prompt("\(lab.number) ")
        while true {
            let words = screen.cursorLine.split(separator: " ")
            guard words.count > 1, let step = lab.steps.first(where: { $0.id.prefix(16) == words[1] }) else {
                throw TookTooLong(description: "this prompt names no step: \(screen.cursorLine)")
            }
            try solve(step, of: lab)
            finished(step.id)
            if step.id == lab.steps.last?.id { return }
            try type("next")
            try prompt("\(lab.number) ")
        }
    }
}

/// A kill on a thread of its own, because whoever drives the podlab is waiting for it meanwhile.
private final class Killing: Sendable {
    private let pid: pid_t
    private let home: String
    private let state = Mutex<(begun: Bool, victim: Result<Victim, any Error>?)>((false, nil))
    private let over = DispatchSemaphore(value: 0)

    init(pid: pid_t, home: String) { (self.pid, self.home) = (pid, home) }

    var hasBegun: Bool { state.withLock { $0.begun } }

    func start(after milliseconds: Int) {
        Thread.detachNewThread { [self] in
            poll(nil, 0, Int32(milliseconds))
            state.withLock { $0.begun = true }
            let victim = Result { try Victim.kill(pid, home: home) }
            state.withLock { $0.victim = victim }
            over.signal()
        }
    }

    func wait() throws -> Victim {
        over.wait()
        guard let victim = state.withLock({ $0.victim }) else { throw CancellationError() }
        return try victim.get()
    }
}
