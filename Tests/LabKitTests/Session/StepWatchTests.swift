// The thread that watches a step: what it sees by itself, what it costs, and that nothing of it is left.

import Foundation
import Glibc
import KernelState
import Linux
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite("what the watch over a step may use")
struct WatchBudgetTests {
    @Test("births are looked for less and less often, and not at all when no line runs and nothing happens")
    func rhythm() {
        var rhythm = WatchRhythm(moved: 1, lineRuns: false)
        var (time, looks) = (UInt64(1), 0)
        while case let pause = rhythm.pause(at: time), pause >= 0, looks < 1000 {
            #expect(pause >= 10)
            time += UInt64(pause) * 1_000_000
            looks += 1
        }
        #expect(looks < 60)
        #expect(rhythm.pause(at: time + 3_600_000_000_000) == -1)
        rhythm.moved = time
        #expect(rhythm.pause(at: time) == 10)
        rhythm.lineRuns = true
        #expect(rhythm.pause(at: time + 3_600_000_000_000) == 250)
    }

    @Test(
        "however much there is to do, a hundredth of a processor is used while nobody types, and a tenth while a line runs"
    )
    func budget() {
        for (isTyping, part) in [(false, UInt64(100)), (true, 10)] {
            var budget = ProcessorBudget()
            var (time, used) = (UInt64(1), UInt64(0))
            while time < 100_000_000_000 {
                guard budget.isOpen(at: time, used: used, whileTyping: isTyping) else {
                    let pause = budget.pause(whileTyping: isTyping)
                    #expect(pause > 0)
                    time += UInt64(pause) * 1_000_000
                    continue
                }
                // Something is always there to be looked at, and each look takes 5 ms.
                time += 5_000_000
                used += 5_000_000
                budget.settle(used: used)
            }
            #expect(used >= time / part)
            #expect(used < time / part + 210_000_000)
        }
    }

    @Test("where looks are slow, as many may be had at once, and a costly one is no yardstick")
    func slow() {
        func looks(_ cost: UInt64, learned: [UInt64]) -> Int {
            var budget = ProcessorBudget()
            learned.forEach { budget.learn(look: $0) }
            var (used, looks) = (UInt64(0), 0)
            while budget.isOpen(at: 1, used: used, whileTyping: true) {
                used += cost
                looks += 1
                budget.settle(used: used)
            }
            return looks
        }
        #expect(looks(50_000_000, learned: []) == 4)
        #expect(looks(50_000_000, learned: [50_000_000]) == 60)
        #expect(looks(50_000_000, learned: [1_000_000_000]) == 120)
        // The cheapest is what counts.
        #expect(looks(50_000_000, learned: [90_000_000, 50_000_000, 90_000_000]) == 60)
        #expect(looks(2_000_000, learned: [2_000_000]) == 100)
    }

    @Test("a line finds something left, whatever was used before")
    func line() {
        var budget = ProcessorBudget()
        _ = budget.isOpen(at: 1, used: 0, whileTyping: false)
        budget.settle(used: 500_000_000)
        #expect(budget.pause(whileTyping: false) > 0)
        budget.open()
        #expect(budget.pause(whileTyping: true) == 0)
    }
}

@Suite("the watch over a step", .needsNetworks)
struct StepWatchTests {
    private final class Watched {
        let box: NetworkSandbox
        let watch: StepWatch

        init(of: Selector = Selector(name: "worker")) throws {
            box = try NetworkSandbox()
            try box.run("cp /usr/bin/sleep /run/worker; cp /usr/bin/sleep /run/server")
            watch = try StepWatch(node: box.node, programs: ProgramRecord(), cgroups: CgroupRecord())
            watch.follow([
                .init(step: "step", memory: Memory(restarts: [RestartProbe(of: of, kinds: [], loop: true)]))
            ])
        }

        deinit { watch.stop() }

        /// Waits until the thread, and nobody else, has seen this.
        func sees(_ condition: ([RestartSighting]) -> Bool) -> Bool {
            let deadline = ContinuousClock.now + .seconds(60)
            while !condition(watch.sightings(of: "step").restarts) {
                guard ContinuousClock.now < deadline else { return false }
                poll(nil, 0, 2)
            }
            return true
        }

        /// How many pidfds of this process lead to that one.
        func pidfds(of number: Int32) -> Int {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fdinfo")) ?? []
            return names.count { name in
                (try? String(contentsOfFile: "/proc/self/fdinfo/\(name)", encoding: .utf8))?
                    .split(separator: "\n").contains("Pid:\t\(number)") == true
            }
        }
    }

    @Test("while a line runs, who comes and who ends is seen with no look asked for")
    func falls() throws {
        let step = try Watched()
        step.watch.lineBegins()
        for fall in 1...4 {
            try step.box.run("/run/worker infinity & echo $! > /run/job")
            #expect(step.sees { $0.count == fall && $0.last?.gone == nil })
            try step.box.run("kill -9 $(cat /run/job)")
            #expect(step.sees { $0.allSatisfy { $0.gone != nil } })
        }
        step.watch.lineEnds()
    }

    @Test("who is told by another is seen when that one comes, too")
    func later() throws {
        let step = try Watched(of: Selector(name: "worker", sharing: .init([.net], with: Selector(name: "server"))))
        step.watch.lineBegins()
        for fall in 1...2 {
            try step.box.run(
                "/run/worker infinity & echo $! > /run/job; until grep -qsx worker /proc/$!/comm; do :; done")
            // It is looked at without the other one.
            step.watch.look()
            try step.box.run("/run/server infinity & echo $! > /run/other")
            #expect(step.sees { $0.count == fall && $0.last?.gone == nil })
            try step.box.run("kill -9 $(cat /run/job) $(cat /run/other)")
            #expect(step.sees { $0.allSatisfy { $0.gone != nil } })
        }
        step.watch.lineEnds()
    }

    @Test("an end is an event, whoever types or does not")
    func event() throws {
        let step = try Watched()
        try step.box.run("/run/worker infinity & echo $! > /run/job; until grep -qsx worker /proc/$!/comm; do :; done")
        step.watch.look()
        #expect(step.watch.sightings(of: "step").restarts.map(\.gone) == [nil])
        try step.box.run("kill -9 $(cat /run/job)")
        #expect(step.sees { $0.first?.gone != nil })
    }

    @Test("whom a line may end was seen before it is typed")
    func before() throws {
        let step = try Watched()
        try step.box.run("/run/worker infinity & until grep -qsx worker /proc/$!/comm; do :; done")
        step.watch.lineBegins()
        #expect(step.watch.sightings(of: "step").restarts.count == 1)
    }

    @Test("a flood of births costs a part of a processor, and not a processor")
    func flood() throws {
        let step = try Watched()
        step.watch.lineBegins()
        let began = ContinuousClock.now
        let before = try #require(step.watch.used)
        repeat {
            try step.box.run("for n in $(seq 200); do /run/worker 0; done")
        } while ContinuousClock.now < began + .seconds(4)
        let used = Int64(try #require(step.watch.used) - before)
        let (seconds, rest) = (ContinuousClock.now - began).components
        // What one look costs beyond what is left is paid afterwards.
        #expect(used < step.watch.most + (seconds * 1_000_000_000 + rest / 1_000_000_000) / 10 + 300_000_000)
    }

    @Test("an end has the time that the kernel has told, however late somebody looks")
    func told() throws {
        let step = try Watched()
        try step.box.run("/run/worker infinity & echo $! > /run/job; until grep -qsx worker /proc/$!/comm; do :; done")
        let probe = RestartProbe(of: Selector(name: "worker"), kinds: [], loop: true)
        let judge = Judge(node: step.box.node)
        let seen = judge.lookForRestarts(of: [probe], before: [])
        let process = try #require(seen.first).process.identity
        let clock = try EndClock {}
        defer { clock.stop() }
        clock.follow([process])
        #expect(!clock.hasEnds)
        let before = bootTime()
        try step.box.run("kill -9 $(cat /run/job)")
        let deadline = ContinuousClock.now + .seconds(60)
        while !clock.hasEnds, ContinuousClock.now < deadline { poll(nil, 0, 1) }
        let after = bootTime()
        let end = try #require(clock.end(of: process))
        #expect(before <= end && end <= after)
        poll(nil, 0, 20)
        #expect(judge.lookForRestarts(of: [probe], before: seen) { clock.end(of: $0) }.map(\.gone) == [end])
        #expect(try #require(judge.lookForRestarts(of: [probe], before: seen).first?.gone) > after)
        // Who is not asked for any more is forgotten.
        clock.follow([])
        #expect(!clock.hasEnds && clock.end(of: process) == nil)
    }

    @Test("when it has stopped, it holds nobody, sees nothing, and can be stopped again")
    func end() throws {
        let step = try Watched()
        try step.box.run("/run/worker infinity & until grep -qsx worker /proc/$!/comm; do :; done")
        step.watch.look()
        let process = try #require(step.watch.sightings(of: "step").restarts.first?.process)
        #expect(step.pidfds(of: process.pid) == 1)
        step.watch.stop()
        #expect(step.pidfds(of: process.pid) == 0)
        #expect(step.watch.used == nil)
        try step.box.run("/run/worker infinity & until grep -qsx worker /proc/$!/comm; do :; done")
        step.watch.lineBegins()
        step.watch.look()
        step.watch.lineEnds()
        #expect(step.watch.sightings(of: "step").restarts.count == 1)
        step.watch.stop()
    }
}
