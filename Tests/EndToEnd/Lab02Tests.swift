// Lab 02 on what the notes say of bind mounts, and what its experiment does with hostile files.

import Foundation
import Testing

@Suite struct Lab02Tests {
    private static let solution =
        (try? String(contentsOfFile: Executable.checkout + "/Labs/02-bind-mounts/solution.sh", encoding: .utf8)) ?? ""

    @Test(
        "verify proves the six truths of lab 02, with drawn variables as well", .needsPlayground,
        arguments: [nil, "spring"])
    func truths(seed: String?) throws {
        let report = try Home().proven("02", seed: seed)
        #expect(report.summary.skip == 0)
    }

    @Test("the notes' bind mount of /tmp passes the checks of the steps that it covers", .needsPlayground)
    func notes() throws {
        let home = try Home()
        let fixture = Executable.checkout + "/Tests/EndToEnd/Fixtures/notes-3.4.2/02-bind-mounts.sh"
        try home.write(try String(contentsOfFile: fixture, encoding: .utf8), to: "notes/02-bind-mounts.sh")
        let graded = try home.podlab("grade", home.path + "/notes", "--format", "json")
        #expect(graded.code == 1, "\(graded)")
        let report = try graded.report()
        let passed = report.statuses.filter { $0.value == "pass" }.keys.sorted()
        #expect(passed == ["hand-in/files", "hand-in/mounted", "write/inside"], "\(report.statuses)")
        #expect(report.summary.error == 0)
        #expect(try report.check("hand-in/mounted").actual?.contains("it is the node's /tmp") == true)
    }

    /// The step `read-only` with some lines before it: how its experiment comes out.
    private func refused(_ home: Home, after lines: String...) throws -> ReportDocument.Check {
        let parts = Self.solution.components(separatedBy: "# step: read-only\nexit\n")
        let script = try home.write(
            parts[0] + "# step: read-only\nexit\n" + lines.joined(separator: "\n") + "\n"
                + (parts.last ?? "").components(separatedBy: "# step:")[0], to: "02-bind-mounts.sh")
        let checked = try home.podlab(
            "lab", "check", "02", "--file", script, "--step", "read-only", "--format", "json")
        return try checked.report().check("read-only/refused")
    }

    @Test("the experiment says EROFS inside and yes outside, and leaves the file as it is", .needsPlayground)
    func experiment() throws {
        let check = try refused(Home(), after: "true")
        #expect(check.status == "pass", "\(check)")
        #expect(check.evidence.map(\.value) == ["EROFS (read-only file system)", "it can be opened"], "\(check)")
    }

    @Test(
        "what is no regular file fails the experiment at once and is not opened", .needsPlayground,
        arguments: [
            ("mkfifo /srv/notes/a", "FIFO"), ("ln -s a /srv/notes/a", "not there"), ("mkdir /srv/notes/a", "directory"),
            ("ln -s /dev/tty /srv/notes/a", "not there"), ("true", "not there"),
        ])
    func hostile(line: String, said: String) throws {
        let check = try refused(Home(), after: "rm /srv/notes/a", line)
        #expect(check.status == "fail" && check.actual?.contains(said) == true, "\(check)")
    }

    @Test("a node whose whole file system became read-only fails the control, and says so", .needsPlayground)
    func wholeFileSystem() throws {
        let check = try refused(Home(), after: "mount -o remount,ro $BOX/data")
        #expect(check.status == "fail", "\(check)")
        #expect(check.actual?.contains("/srv/notes/a in the node, the same file: EROFS") == true, "\(check)")
        #expect(check.help?.contains("The node itself cannot write") == true, "\(check)")
    }

    @Test("a box of the scene is there, and its programs run in it", .needsPlayground)
    func box() throws {
        let home = try Home()
        let script = try home.write(
            "# step: write\nchroot $BOX /bin/bash\n/bin/ls / > /from-box\n", to: "02-bind-mounts.sh")
        let checked = try home.podlab("lab", "check", "02", "--file", script, "--step", "write", "--format", "json")
        #expect(try checked.report().check("write/inside").status == "pass", "\(checked)")
    }
}
