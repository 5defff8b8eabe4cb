// Lab 03 on what the notes say of unshare, and the story of `kill 744` in both of its places.

import Foundation
import Testing

@Suite struct Lab03Tests {
    @Test(
        "verify proves the six truths of lab 03, with drawn variables as well", .needsPlayground,
        arguments: [nil, "spring"])
    func truths(seed: String?) throws {
        let report = try Home().proven("03", seed: seed)
        #expect(report.summary.skip == 0)
    }

    @Test("the notes' unshare line passes the checks of the step that it covers", .needsPlayground)
    func notes() throws {
        let home = try Home()
        let fixture = Executable.checkout + "/Tests/EndToEnd/Fixtures/notes-3.4.3/03-unshare.sh"
        try home.write(try String(contentsOfFile: fixture, encoding: .utf8), to: "notes/03-unshare.sh")
        let graded = try home.podlab("grade", home.path + "/notes", "--format", "json")
        #expect(graded.code == 1, "\(graded)")
        #expect(
            try graded.report().statuses == [
                "unshare/pid-one": "pass", "unshare/own-mounts": "pass", "unshare/own-proc": "pass",
                "numbers/node-number": "fail", "survive/missed": "fail", "end/taken-down": "fail",
                "names/own-namespaces": "fail", "names/hostname": "fail",
            ])
    }

    /// The story of the notes: on the node look the kubelet's number up, go in, kill that number. As a step of a lab.
    private func story(
        _ lab: String, from step: String, leaving: String, entering: String, check: String
    ) throws -> ReportDocument.Check {
        let home = try Home()
        let solution = try String(
            contentsOfFile: Executable.checkout + "/Labs/\(lab)/solution.sh", encoding: .utf8)
        let before = solution.components(separatedBy: "# step: \(step)")[0]
        let lines = [
            "# step: \(step)", leaving, "export KUBELET=$(ps -ax | awk '$5 == \"kubelet\" {print $1}')", entering,
            "kill $KUBELET",
        ]
        let script = try home.write(before + lines.joined(separator: "\n") + "\n", to: "\(lab).sh")
        let checked = try home.podlab("lab", "check", lab, "--file", script, "--format", "json")
        return try checked.report().check(check)
    }

    @Test("kill 744 from inside a chroot ends the kubelet", .needsPlayground)
    func killFromChroot() throws {
        let check = try story(
            "01-chroot", from: "limits", leaving: "exit", entering: "chroot $BOX /bin/bash",
            check: "limits/kubelet-killed")
        #expect(check.status == "pass", "\(check)")
    }

    @Test("kill 744 from a pid namespace finds nobody, and the kubelet lives", .needsPlayground)
    func killFromPidNamespace() throws {
        let unshare = "unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash"
        let missed = try story(
            "03-unshare", from: "survive", leaving: "kill -KILL $(pgrep -x sleep)", entering: unshare,
            check: "survive/missed")
        #expect(missed.status == "pass", "\(missed)")
        #expect(missed.evidence.contains { $0.value.contains("kubelet lives") })
        // What lab 01 asks for does not come about in this way either.
        let ended = try story(
            "01-chroot", from: "limits", leaving: "exit", entering: unshare, check: "limits/kubelet-killed")
        #expect(ended.status == "fail", "\(ended)")
    }

    @Test("a submission without step lines is judged at its end, and what happened on the way counts", .needsPlayground)
    func uncut() throws {
        let home = try Home()
        let solution = try String(
            contentsOfFile: Executable.checkout + "/Labs/03-unshare/solution.sh", encoding: .utf8)
        let lines = solution.split(separator: "\n").filter { !$0.hasPrefix("# step:") }
        try home.write(lines.joined(separator: "\n") + "\n", to: "ada/03-unshare.sh")
        let graded = try home.podlab("grade", home.path + "/ada", "--format", "json")
        #expect(graded.code == 0, "\(graded)")
    }
}
