// The witness: whoever ends the decoy, and by whatever call, the right one is credited.

import Foundation
import Testing

@Suite struct SignalTests {
    private static let prepared =
        (try? String(contentsOfFile: Executable.checkout + "/Labs/01-chroot/solution.sh", encoding: .utf8)) ?? ""

    /// The solution up to `limits`, then these lines.
    private func ending(_ lines: String...) throws -> ReportDocument.Check {
        let home = try Home()
        let before = Self.prepared.components(separatedBy: "# step: limits")[0]
        let script = try home.write(
            before + "# step: limits\n" + lines.joined(separator: "\n") + "\n", to: "01-chroot.sh")
        let checked = try home.podlab("lab", "check", "01", "--file", script, "--format", "json")
        let report = try checked.report()
        #expect(report.statuses["enter/inside"] == "pass", "\(checked)")
        return try report.check("limits/kubelet-killed")
    }

    @Test(
        "from inside the box every way of killing counts", .needsPlayground,
        arguments: [
            "kill $(ps -C kubelet -o pid=)", "/bin/kill $(ps -C kubelet -o pid=)", "kill -9 $(ps -C kubelet -o pid=)",
            "/bin/kill -s INT $(ps -C kubelet -o pid=)", "bash -c 'kill $(ps -C kubelet -o pid=)'",
            "(kill $(ps -C kubelet -o pid=))", "kill -QUIT $(ps -C kubelet -o pid=) & wait",
        ])
    func inside(line: String) throws {
        let check = try ending(line)
        #expect(check.status == "pass", "\(line): \(check)")
        #expect(
            check.evidence.contains { $0.source.contains("seccomp notification") && $0.value.contains("root /home/") })
    }

    @Test("pkill from inside the box counts", .needsPlayground)
    func pkill() throws {
        // The step before packed no pkill: it is brought in from the node, as a second shell would.
        let check = try ending("exit", "cp /usr/bin/pkill $BOX/bin", "chroot $BOX /bin/bash", "pkill -9 kubelet")
        #expect(check.status == "pass", "\(check)")
    }

    @Test(
        "from the node no way of killing counts", .needsPlayground,
        arguments: [
            ["exit", "kill $(ps -C kubelet -o pid=)"], ["exit", "/bin/kill -9 $(ps -C kubelet -o pid=)"],
            ["exit", "pkill kubelet"], ["exit", "cd $BOX", "bin/kill $(ps -C kubelet -o pid=)"],
            ["exit", "$BOX/bin/bash -c 'kill $(ps -C kubelet -o pid=)'"],
            ["exit", "chroot / /bin/bash -c 'kill $(ps -C kubelet -o pid=)'"],
        ])
    func node(lines: [String]) throws {
        let check = try ending(lines.joined(separator: "\n"))
        #expect(check.status == "fail", "\(lines): \(check)")
        #expect(check.actual?.contains("root /") == true && check.actual?.contains("root /home/") == false, "\(check)")
    }

    @Test(
        "a signal that ends nothing does not count, nor one to another process", .needsPlayground,
        arguments: [
            "kill -0 $(ps -C kubelet -o pid=)", "sleep 100 & kill $!", "kill -CONT $(ps -C kubelet -o pid=)", "true",
        ])
    func harmless(line: String) throws {
        let check = try ending(line)
        #expect(check.status == "fail", "\(line): \(check)")
    }

    @Test("a signal from another box than the one asked for does not count", .needsPlayground)
    func otherBox() throws {
        let check = try ending(
            "exit", "mkdir /tmp/other; cp -r $BOX/bin $BOX/lib $BOX/lib64 /tmp/other",
            "chroot /tmp/other /bin/bash -c \"/bin/kill $(ps -C kubelet -o pid=)\"")
        #expect(check.status == "fail" && check.actual?.contains("/tmp/other") == true, "\(check)")
    }
}
