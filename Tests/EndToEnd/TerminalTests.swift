// The playground's terminal and what checks meet in a box, when a learner does the unexpected.

import Foundation
import TestSupport
import Testing

@Suite struct TerminalTests {
    /// Types lines as the step `pack` of a submission; the checks of that step by name.
    private func pack(_ home: Home, _ lines: [String], patience: String = "20") throws -> (ReportDocument, Finished) {
        try home.write("# step: pack\n" + lines.joined(separator: "\n") + "\n", to: "kim/01-chroot.sh")
        let graded = try home.podlab(
            "grade", home.path + "/kim", "--patience", patience, "--format", "json")
        return (try graded.report(), graded)
    }

    @Test("ten megabytes of output pass through, and the memory stays bounded", .needsPlayground)
    func muchOutput() throws {
        let home = try Home()
        let small = try home.tutorial("start 1", "echo", "quit")
        let much = try home.tutorial(
            "start 1", "head -c 10000000 /dev/zero | tr '\\0' 'x' | fold -w 99", "echo the end", "quit")
        #expect(much.code == 0 && much.output.hasSuffix("the end\n"))
        #expect(much.bytes.count { $0 == UInt8(ascii: "x") } > 10_000_000)
        #expect(much.memory < small.memory + 64 * 1024, "\(small.memory) KiB became \(much.memory) KiB")
        let graded = try pack(home, ["yes | head -c 10000000", "mkdir -p $BOX/bin && cp /bin/bash $BOX/bin"])
        #expect(graded.0.statuses["pack/programs"] == "fail" && graded.1.memory < small.memory + 64 * 1024)
        #expect(try graded.0.check("pack/programs").evidence.contains { $0.value.contains("regular file") } == false)
    }

    @Test("binary output does no harm", .needsPlayground)
    func binary() throws {
        let done = try Home().tutorial("start 1", "head -c 200000 /dev/urandom", "", "stty sane", "echo over", "check")
        // By bytes: what is binary may end in something that a reader of text takes together with what follows.
        #expect(done.code == 1 && done.bytes.firstRange(of: Array("over\n".utf8)) != nil, "\(done.error)")
    }

    @Test("modes that were printed while the shell had the terminal are not taken for a program's", .needsPlayground)
    func strayModes() throws {
        // Of whoever runs in the background, or is gone when what it printed is read: the keypad's codes, and no cursor.
        let done = try Home().tutorial("start 1", #"printf '\033=\033[?25l' & wait"#, "", "echo over")
        #expect(done.bytes.firstRange(of: Array("over\n".utf8)) != nil, "\(done.bytes.suffix(40))")
    }

    @Test("a line longer than a terminal takes is refused with a message", .needsPlayground)
    func longLine() throws {
        let home = try Home()
        let done = try home.tutorial("start 1", "echo " + String(repeating: "x", count: 5000), "echo over")
        #expect(done.output.contains("a line of 5005 bytes: a terminal takes at most 4095"), "\(done)")
        #expect(done.output.hasSuffix("over\n"))
        let (report, _) = try pack(home, ["echo " + String(repeating: "x", count: 5000)])
        #expect(
            try report.check("pack/programs").evidence.contains { $0.value.contains("a terminal takes at most 4095") })
    }

    @Test("a line that does not end is given up after the patience", .needsPlayground)
    func patience() throws {
        let start = ContinuousClock.now
        let (report, _) = try pack(Home(), ["sleep 1000"], patience: "1")
        #expect(ContinuousClock.now - start < Deadline.duration)
        #expect(
            try report.check("pack/programs").evidence.contains {
                $0.value.contains("did not come to an end within 1 s")
            })
    }

    @Test(
        "whatever stands where a check looks, the check neither waits nor errs", .needsPlayground,
        arguments: [
            "mkfifo $BOX/bin/bash", "ln -s bash $BOX/bin/bash", "ln -s /bin/../bin/bash $BOX/bin/bash",
            "mkdir $BOX/bin/bash", "touch $BOX/bin/bash; mount --bind /dev/zero $BOX/bin/bash",
            "touch $BOX/bin/bash; mount --bind /dev/tty $BOX/bin/bash",
            "python3 -c 1 2>/dev/null; nc -lU $BOX/bin/bash & sleep 0.1; test -e $BOX/bin/bash || mkfifo $BOX/bin/bash",
            "head -c 1000 /dev/urandom > $BOX/bin/bash; chmod +x $BOX/bin/bash",
            "head -c 40 /bin/bash > $BOX/bin/bash; chmod +x $BOX/bin/bash",
            "truncate -s 1T $BOX/bin/bash; chmod +x $BOX/bin/bash",
            "cp /bin/bash $BOX/bin; mkfifo $BOX/lib; ln -s . $BOX/lib64", "cp /bin/bash $BOX/bin; ln -s lib $BOX/lib",
            "rm -rf $BOX; mkfifo $BOX",
            "rm -rf $BOX; ln -s $BOX $BOX", "mount -t tmpfs t $BOX", "mount -t proc p $BOX",
            "mkdir -p $BOX/proc; mount -t sysfs s $BOX/proc", "umount -l /proc", "rm -rf /bin/ps",
        ])
    func oddFiles(line: String) throws {
        let start = ContinuousClock.now
        let (report, graded) = try pack(
            Home(), ["mkdir -p $BOX/bin", "cp /bin/ls /bin/ps /bin/kill $BOX/bin", line])
        #expect(graded.code == 1, "\(line): \(graded)")
        #expect(report.summary.error == 0 && report.statuses["pack/libraries"] != "pass", "\(line): \(report.statuses)")
        #expect(ContinuousClock.now - start < Deadline.duration)
    }

    @Test(
        "the node's own root under the box's name is no box that somebody is in", .needsPlayground,
        arguments: ["ln -s / $BOX", "ln -s ../.. $BOX", "mkdir $BOX; mount --bind / $BOX", "ln -s /proc/1/root $BOX"])
    func nodeAsBox(line: String) throws {
        let home = try Home()
        let script = try home.write(line + "\nbash\n", to: "01-chroot.sh")
        let report = try home.podlab("lab", "check", "01", "--file", script, "--format", "json").report()
        #expect(report.statuses["enter/inside"] != "pass" && report.summary.error == 0, "\(report.statuses)")
    }

    @Test("names with newlines and escape sequences are printed safely", .needsPlayground)
    func hostileNames() throws {
        let home = try Home()
        let lines = [
            "mkdir -p $BOX/bin && cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin",
            "d=/tmp/$(printf '\\033[31mred\\033]0;title\\007\\nnext'); mkdir \"$d\"; cp /bin/bash \"$d/bash\"",
            "ln -s \"$d\" $BOX/lib; ln -s \"$d\" $BOX/lib64",
            "cp -r /bin /lib /lib64 \"$d\" 2>/dev/null; chroot \"$d\" /bin/bash",
        ]
        try home.write((["start 1", "goto enter", "exit"] + lines + ["check"]).joined(separator: "\n"), to: "lines")
        let script = try String(contentsOfFile: home.path + "/lines", encoding: .utf8)
        let shown = try run([try home.executable()], input: script, environment: home.environment)
        #expect(shown.code == 1 && !shown.output.contains("\u{1B}[31m") && !shown.output.contains("\u{7}"), "\(shown)")
        try home.write("# step: pack\n\(lines.joined(separator: "\n"))\n", to: "01.sh")
        for format in ["text", "json"] {
            let checked = try home.podlab("lab", "check", "01", "--file", home.path + "/01.sh", "--format", format)
            #expect(checked.code == 1 && !checked.output.contains("\u{1B}") && !checked.output.contains("\u{7}"))
        }
    }

    @Test("a very deep folder in the box does not disturb", .needsPlayground)
    func deep() throws {
        let (report, graded) = try pack(
            Home(),
            [
                "mkdir -p $BOX/bin && cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin && cd $BOX",
                "for i in $(seq 10000); do mkdir d && cd d || break; done 2>/dev/null", "cd /",
            ], patience: "60")
        #expect(graded.code == 1 && report.summary.error == 0, "\(graded)")
        #expect(report.statuses["pack/programs"] == "pass")
    }

    @Test("a playground is as full as it may be, and is judged all the same", .needsPlayground)
    func full() throws {
        let (report, graded) = try pack(
            Home(), ["head -c 2000000000 /dev/zero > /filler", "mkdir -p $BOX/bin", "cp /bin/bash $BOX/bin"])
        #expect(graded.code == 1 && report.summary.error == 0, "\(graded)")
    }

    @Test("processes without end are ended with the playground", .needsPlayground)
    func manyProcesses() throws {
        let home = try Home()
        let (report, graded) = try pack(
            home, ["for i in $(seq 300); do setsid sleep 1000 & done >/dev/null 2>&1", "(setsid nohup sleep 999 &)"])
        #expect(graded.code == 1 && report.summary.error == 0, "\(graded)")
        #expect(try eventually { try orphans().isEmpty })
    }
}
