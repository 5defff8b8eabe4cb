// The tutorial shell on lines from standard input: verbs, exit codes, hints, progress.

import Foundation
import Testing

@Suite struct ScriptShellTests {
    private static let packing = [
        "mkdir -p $BOX/bin $BOX/proc", "cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin",
        "for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | sort -u); "
            + "do cp --parents -L $lib $BOX; done", "mount -t proc proc $BOX/proc",
    ]
    private static let answering = "answer $(stat -c '%d:%i' /)"

    private func script(
        _ home: Home, _ lines: [String], environment: [String: String] = [:]
    ) throws -> Finished {
        try run(
            [try home.executable()], input: lines.joined(separator: "\n") + "\n",
            environment: home.environment.merging(environment) { _, new in new })
    }

    private func position(_ text: String, _ part: String) -> Int? {
        text.range(of: part).map { text.distance(from: text.startIndex, to: $0.lowerBound) }
    }

    @Test("with nothing to read the labs are listed and the exit code is 0", .needsPlayground)
    func empty() throws {
        let listed = try Home().podlab()
        #expect(
            listed.code == 0 && listed.output.contains("01-chroot") && listed.output.contains("0 of 4"), "\(listed)")
    }

    @Test("the exit code is that of the last check", .needsPlayground)
    func exitCodes() throws {
        let home = try Home()
        #expect(try home.tutorial("start 1", "check", "quit").code == 1)
        #expect(try home.tutorial("start 1", "check", Self.answering, "check").code == 0)
        #expect(try home.tutorial("start 1", "quit").code == 0)
        #expect(try home.tutorial("check").code == 2)
        #expect(try home.tutorial("true").code == 2)
        #expect(try home.tutorial("start 77").code == 64)
        #expect(try home.tutorial("labs now").code == 64)
        #expect(home.sessions.isEmpty)
    }

    @Test("a whole lab is done line by line, boxes' own shells included", .needsPlayground)
    func wholeLab() throws {
        let done = try script(
            Home(),
            ["start 1", Self.answering, "check", "next"] + Self.packing
                + [
                    "next", "chroot $BOX /bin/bash", "echo inside: *", "check", "next", "ps -C kubelet -o comm=",
                    "kill $(ps -C kubelet -o pid=)", "next", "progress", "quit",
                ])
        #expect(done.code == 0, "\(done)")
        #expect(done.output.contains("inside: bin lib lib64 proc") && done.output.contains("\nkubelet\n"), "\(done)")
        #expect(done.output.contains("was the last step: the lab is done"), "\(done)")
        #expect(!done.output.contains("\nbash-5"), "the prompts of shells in boxes are not shown: \(done)")
    }

    @Test("what is no verb goes to the shell, which suggests the verb that was meant", .needsPlayground)
    func suggestion() throws {
        let done = try Home().tutorial("start 1", "chekc", "!true", "!echo from-bash", "x=41; y=$((x+1))", "echo y=$y")
        #expect(done.output.contains("chekc: command not found"), "\(done)")
        #expect(done.output.contains("Did you mean the verb `check`?"))
        #expect(done.output.contains("from-bash\n") && done.output.contains("y=42\n"))
    }

    @Test("hints come in order and end; the solution shows the commands", .needsPlayground)
    func hints() throws {
        let done = try Home().tutorial("start 1", "hint", "hint", "hint", "hint", "solution")
        let places = ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "no further hint", "stat -c '%d:%i' /\n"].map {
            position(done.output, $0) ?? -1
        }
        #expect(places == places.sorted() && !places.contains(-1), "\(places) \(done)")
    }

    @Test("a hint is chosen by what was observed", .needsPlayground)
    func observedHint() throws {
        let done = try Home().tutorial(
            "start 1", "goto pack", "mkdir -p $BOX/bin", "cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin", "hint")
        #expect(done.output.contains("The kernel starts the interpreter that the file names"), "\(done)")
    }

    @Test("demo does the step, after which check passes", .needsPlayground)
    func demo() throws {
        let done = try Home().tutorial("start 1", "goto pack", "check", "demo", "check")
        #expect(done.code == 0 && done.output.contains("mount"), "\(done)")
    }

    @Test("next refuses an unfinished step, skip does it, back and goto move", .needsPlayground)
    func moving() throws {
        let done = try Home().tutorial(
            "start 1", "next", "skip", "progress", "back", "back", "goto limits", "progress", "goto nowhere", "ls /",
            "next")
        let out = done.output
        #expect(out.contains("This step is not done yet"))
        #expect(out.contains("○ pack · Pack the box (you are here)"), "\(done)")
        #expect(out.contains("This is the first step."))
        #expect(out.contains("○ limits · What chroot does not do (you are here)"))
        #expect(out.contains("has no step 'nowhere'; its steps are: where, pack, enter, limits"))
        // The steps before were done on the way: the shell stands in the box by now.
        #expect(out.contains("\nbin  lib  lib64  proc\n"), "\(done)")
    }

    @Test("reset gives a fresh playground at the same step, with the same box", .needsPlayground)
    func reset() throws {
        let done = try Home().tutorial(
            "start 1", "goto pack", "echo first=$BOX", "mkdir -p $BOX/mine", "reset", "echo second=$BOX",
            "ls -d $BOX/mine || echo gone", "progress")
        let boxes = done.output.split(separator: "\n").filter { $0.hasPrefix("first=") || $0.hasPrefix("second=") }
        #expect(boxes.count == 2 && Set(boxes.map { $0.split(separator: "=")[1] }).count == 1, "\(done)")
        #expect(done.output.contains("gone\n") && done.output.contains("pack · Pack the box (you are here)"))
    }

    @Test("exit ends the playground's shell, not podlab: a new one is opened", .needsPlayground)
    func exit() throws {
        let done = try Home().tutorial("start 1", "cd /tmp", "exit", "pwd", "kill -9 $$", "echo still here")
        #expect(done.output.contains("The playground's shell has ended"), "\(done)")
        #expect(done.output.contains("\n/root\n") && done.output.contains("still here\n"), "\(done)")
    }

    @Test("a verb's word inside an unfinished command is no verb", .needsPlayground)
    func continuation() throws {
        let done = try Home().tutorial(
            "start 1", "cat <<END", "check", "quit", "END", "for word in a b; do", "  echo $word-x", "done", "echo '",
            "check",
            "'", "echo over")
        #expect(done.output.contains("check\nquit\n") && done.output.contains("a-x\nb-x\n"), "\(done)")
        #expect(done.output.contains("over\n") && !done.output.contains("✗"), "\(done)")
    }

    @Test("a program that asks gets the lines after it", .needsPlayground)
    func nested() throws {
        let done = try Home().tutorial(
            "start 1", "read -p 'name? ' name", "kim", "echo hello $name", "bash", "cd /tmp", "bash", "pwd", "exit",
            "exit",
            "pwd")
        #expect(done.output.contains("hello kim\n"), "\(done)")
        #expect(done.output.contains("\n/tmp\n") && done.output.contains("\n/root\n"), "\(done)")
    }

    // MARK: Progress

    @Test("progress is kept: the next start goes on at the step, with the same box", .needsPlayground)
    func resumes() throws {
        let home = try Home()
        let first = try home.tutorial("start 1", Self.answering, "next", "echo box=$BOX", "hint", "quit")
        let text = try String(contentsOfFile: home.progressFile, encoding: .utf8)
        #expect(text.contains("podlab.progress/v1") && text.contains("\"currentStep\" : \"pack\""), "\(text)")
        let second = try home.tutorial("start", "echo box=$BOX", "progress", "hint", "quit")
        func box(_ done: Finished) -> Substring? { done.output.split(separator: "\n").first { $0.hasPrefix("box=/") } }
        #expect(box(first) != nil && box(first) == box(second), "\(first) \(second)")
        #expect(second.output.contains("Step 2 of 4") && second.output.contains("✓ where"), "\(second)")
        #expect(second.output.contains("Hint 2 of"), "\(second)")
        let listed = try home.podlab("labs")
        #expect(listed.output.contains("* 01-chroot") && listed.output.contains("1 of 4 steps done"), "\(listed)")
    }

    @Test("a progress file that cannot be understood is moved aside and said so", .needsPlayground)
    func brokenProgress() throws {
        let home = try Home()
        try home.write("{ this is no progress", to: home.progressFile)
        let done = try home.tutorial("start 1", "quit")
        #expect(done.code == 0 && done.output.contains("could not be understood"), "\(done)")
        let files = try FileManager.default.contentsOfDirectory(atPath: home.path + "/state/podlab")
        #expect(files.contains { $0.hasPrefix("progress.json") && $0 != "progress.json" }, "\(files)")
        #expect(try home.tutorial("quit").output.contains("could not be understood") == false)
    }

    @Test(
        "a state folder that cannot be written is a notice, and the lab works",
        .enabled(if: !isRoot, "root may write anywhere"), .needsPlayground)
    func readOnlyState() throws {
        let home = try Home()
        try home.write("", to: "state/podlab/x")
        chmod(home.path + "/state/podlab", 0o500)
        defer { chmod(home.path + "/state/podlab", 0o700) }
        let done = try home.tutorial("start 1", Self.answering, "check")
        #expect(done.code == 0 && done.output.contains("progress is not saved"), "\(done)")
        #expect(done.output.replacing("\n│ ", with: " ").contains("Set XDG_STATE_HOME"), "\(done)")
    }

    @Test(
        "a read-only or full state folder is a notice, and the lab works", .needsPlayground, .needsUnshare,
        arguments: ["mount -o remount,ro state", "head -c 100000 /dev/zero > state/podlab/filler 2>/dev/null"])
    func fullState(obstacle: String) throws {
        let home = try Home()
        let script = """
            mkdir -p state && mount -t tmpfs -o size=4k,nr_inodes=6 tmpfs state && mkdir state/podlab && \
            export XDG_DATA_HOME=$PWD/data && "$PODLAB" root build >/dev/null; \(obstacle); exec "$PODLAB"
            """
        let done = try home.shell(
            ["unshare", "--user", "--map-root-user", "--mount"], script,
            input: "start 1\n\(Self.answering)\ncheck\n")
        #expect(done.code == 0 && done.output.contains("progress is not saved"), "\(done)")
    }
}
