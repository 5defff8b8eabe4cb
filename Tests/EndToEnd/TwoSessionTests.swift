// Two podlabs of one learner at once, in the same lab: two playgrounds, one memory.

import Foundation
import Glibc
import Testing

@Suite struct TwoSessionTests {
    @Test(
        "two sessions of one lab are checked each by itself, and neither loses what the other finished",
        .needsPlayground)
    func sameLab() throws {
        let home = try Home()
        let lab = try SolutionSteps("01-chroot")
        let one = try TerminalSession(home), two = try TerminalSession(home)
        for terminal in [one, two] {
            try terminal.prompt("podlab ›")
            try terminal.type("start 1")
            try terminal.prompt("01 where ○ ›")
        }
        #expect(home.sessions.count == 2)
        try one.type("touch /tmp/first")
        try one.prompt("01 where ○ ›")
        try one.solve(lab.steps[0], of: lab)
        // The other's answer does not count here, nor are its files here.
        try two.type("ls /tmp/first")
        try two.expect("cannot access '/tmp/first'")
        try two.prompt("01 where ○ ›")
        try two.type("check")
        try two.expect("0 of 1 check passes")
        try two.prompt("01 where ○ ›")
        try one.type("next")
        try one.prompt("01 pack ○○○○ ›")
        try one.solve(lab.steps[1], of: lab)
        try two.solve(lab.steps[0], of: lab)
        try two.type("next")
        try two.prompt("01 pack ○○○○ ›")
        try two.type("check")
        try two.prompt("01 pack ○")
        try one.type("next")
        try one.prompt("01 enter ○○ ›")
        var finished = try #require(try home.progress().labs["01-chroot"]?.finishedSteps)
        #expect(Set(finished.keys) == ["where", "pack"])

        // The end of one, by a kill or by quitting, is not the end of the other.
        let victim = try Victim.kill(one.pid, home: home.path + "/none")
        #expect(try one.ended() == 128 + SIGKILL)
        #expect(try eventually { try victim.remains().isEmpty })
        let cleaned = try home.clean().output.split(separator: "\n")
        #expect(cleaned.count { $0.hasPrefix("removed ") } == 1 && home.sessions.count == 1, "\(cleaned)")
        try two.solve(lab.steps[1], of: lab)
        try two.type("next")
        try two.prompt("01 enter ○○ ›")
        try two.solve(lab.steps[2], of: lab)

        // A third goes on behind what is done, and its end takes nothing from the second either.
        let three = try TerminalSession(home)
        try three.prompt("podlab ›")
        try three.type("start")
        try three.prompt("01 limits ○ (bash) ›")
        try three.type("quit")
        #expect(try three.ended() == 0)
        #expect(home.sessions.count == 1)
        try two.type("next")
        try two.prompt("01 limits ○ (bash) ›")
        try two.solve(lab.steps[3], of: lab)
        finished = try #require(try home.progress().labs["01-chroot"]?.finishedSteps)
        #expect(Set(finished.keys) == Set(lab.steps.map(\.id)))
        try two.type("quit")
        #expect(try two.ended() == 0)
        #expect(home.sessions.isEmpty)
    }

    @Test("sessions that finish steps at the same moment lose none", .needsPlayground)
    func atOnce() throws {
        let problems = Problems()
        let home = try Home()
        let path = home.path
        // Each thread finishes the steps of another lab in the same home.
        inParallel(SolutionSteps.all.count) { lane in
            do {
                let lab = try SolutionSteps(SolutionSteps.all[lane])
                let terminal = try TerminalSession(
                    command: [try #require(Executable.path)],
                    environment: Home.environment(of: path).merging(
                        ["TERM": "xterm-256color", "XDG_DATA_HOME": CourseData.folder ?? ""]) { _, new in new })
                try terminal.prompt("podlab ›")
                try terminal.type("start \(Int(lab.number) ?? 0)")
                for step in lab.steps {
                    try terminal.prompt("\(lab.number) \(step.id.prefix(16)) ○")
                    try terminal.solve(step, of: lab)
                    try terminal.type("next")
                }
                try terminal.prompt("\(lab.number) ")
                try terminal.type("quit")
                _ = try terminal.ended()
            } catch {
                problems.note("\(SolutionSteps.all[lane]): \(error)")
            }
        }
        #expect(problems.all.isEmpty)
        let progress = try home.progress()
        for lab in try SolutionSteps.all.map(SolutionSteps.init) {
            #expect(
                Set(progress.labs[lab.lab]?.finishedSteps.keys ?? [:].keys) == Set(lab.steps.map(\.id)), "\(lab.lab)")
        }
        #expect(home.sessions.isEmpty)
    }
}
