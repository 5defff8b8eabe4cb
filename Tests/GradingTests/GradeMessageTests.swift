// The pipe between a learner's process and podlab, and the limits of time.

import Foundation
import Glibc
import SystemPackage
import Testing

@testable import Grading

@Suite struct GradeMessageTests {
    @Test("messages arrive in order, and the pipe is gone with its reader")
    func order() throws {
        try withFolder([:]) { path in
            var receiver: GradeReceiver? = try GradeReceiver(in: path)
            let sender = GradeSender(to: path.appending("reports"))
            try sender.send(.plan(labs: ["a"], problems: ["p\n"]))
            try sender.send(.done)
            #expect(receiver?.drain(limit: 1 << 20) == true && receiver?.isBroken == false)
            guard case .plan(["a"], ["p\n"])? = receiver?.messages.first, case .done? = receiver?.messages.last else {
                Issue.record("\(receiver?.messages as Any)")
                return
            }
            receiver = nil
            #expect(access(path.appending("reports").string, F_OK) != 0)
        }
    }

    @Test("more than the limit is not taken, and what is no message is noticed")
    func bounds() throws {
        try withFolder([:]) { path in
            let receiver = try GradeReceiver(in: path)
            #expect(write(receiver.descriptor, "{}\n", 3) == 3)
            #expect(receiver.drain(limit: 1000) && receiver.isBroken)
            try GradeSender(to: receiver.path).send(
                .plan(labs: [], problems: [String(repeating: "x", count: 2000)]))
            #expect(!receiver.drain(limit: 1000))
        }
    }

    @Test("a limit that is not given is as long as the one below it, at least")
    func limits() {
        #expect(GradingLimits() == GradingLimits(line: 30, step: 300, lab: 900, submission: 3600))
        #expect(GradingLimits(line: 3000) == GradingLimits(line: 3000, step: 3000, lab: 3000, submission: 3600))
        #expect(GradingLimits(step: 5, lab: 2).submission == 3600)
    }

    @Test("of several limits the one that is over is named with its option")
    func over() {
        let limits = [
            TimeLimit(.submission, seconds: 1000), TimeLimit(.lab, seconds: 0), TimeLimit(.step, seconds: 10),
        ]
        #expect(limits.over?.words == "the lab's 0 s were over (--lab-limit)" && limits.nearest?.scope == .lab)
        #expect([TimeLimit(.step, seconds: 10)].over == nil)
    }
}
