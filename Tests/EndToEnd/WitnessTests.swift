// Of several processes that fit what a task asks for, the learner means one: the same one in all checks of a step.

import Foundation
import Testing

@Suite struct WitnessTests {
    /// A report of one lab's submission whose first step has these lines.
    private func graded(_ lab: String, _ step: String, _ lines: [String]) throws -> ReportDocument {
        let home = try Home()
        try home.write((["# step: \(step)"] + lines).joined(separator: "\n") + "\n", to: "kim/\(lab).sh")
        let graded = try home.podlab("grade", home.path + "/kim", "--format", "json")
        #expect(graded.code == 1 || graded.code == 0, "\(graded)")
        return try graded.report()
    }

    private static let loop = "while :; do sleep 9; done"

    @Test("an earlier try that was left running beside the right one does not count against it", .needsPlayground)
    func leftOver() throws {
        let report = try graded(
            "04-network", "alone",
            ["unshare -n bash -c '\(Self.loop)' &", "sleep 0.3", "unshare -n bash", "ip link set lo up"])
        for check in ["own-network", "only-lo", "talks"] {
            #expect(try report.check("alone/\(check)").status == "pass", "\(check)")
        }
        let box = try graded(
            "03-unshare", "unshare",
            [
                "unshare -p -f chroot $BOX /bin/bash -c '\(Self.loop)' &", "sleep 0.3",
                "unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash",
            ])
        for check in ["pid-one", "own-mounts", "own-proc"] {
            #expect(try box.check("unshare/\(check)").status == "pass", "\(check)")
        }
    }

    @Test("two processes that each have half of what is asked for are not one that has it", .needsPlayground)
    func halves() throws {
        let report = try graded(
            "04-network", "alone",
            [
                "unshare -n bash -c 'ip link set lo up; ip link add br0 type bridge; \(Self.loop)' &", "sleep 0.5",
                "unshare -n bash",
            ])
        let statuses = try ["only-lo", "talks"].map { try report.check("alone/\($0)").status }
        #expect(statuses.contains("fail") && statuses.contains("pass"), "\(statuses)")
    }
}
