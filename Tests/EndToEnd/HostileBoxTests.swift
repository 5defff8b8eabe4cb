// A learner who takes the playground to pieces from inside: podlab lives on, says what is, and leaves nothing.

import Foundation
import Glibc
import KernelState
import TestSupport
import Testing

@Suite struct HostileBoxTests {
    @Test(
        "whatever is unmounted inside, checks come to a result, and podlab ends as always", .needsPlayground,
        arguments: [
            "umount -a", "umount -l -a",
            "umount -l /proc; umount -l /sys; umount -l /dev/pts; umount -l /dev; umount -l /run",
            "for m in $(cut -d' ' -f5 /proc/self/mountinfo | sort -r); do umount -l $m; done",
            "mount --make-rprivate /; umount -R -l /; cd /", "mount -t tmpfs t /; mount -t tmpfs t /proc",
            "mount --bind / /mnt; mount --move /mnt /proc", "mount -o remount,ro /",
            "chmod 000 / /proc /dev /home /home/namespace",
        ])
    func unmounted(line: String) throws {
        let home = try Home()
        let start = ContinuousClock.now
        let done = try home.tutorial("start 1", "goto enter", line, "check", "echo al\"\"ive", "reset", "check", "quit")
        #expect(done.code == 1, "\(line): \(done)")
        #expect(done.output.contains("\nalive") || done.output.contains("shell has ended"), "\(line): \(done)")
        // After the reset the step is as it was.
        #expect(done.output.contains("A fresh playground."), "\(line): \(done)")
        #expect(ContinuousClock.now - start < Deadline.duration)
        #expect(home.sessions.isEmpty)
    }

    @Test(
        "kill -9 -1 inside ends every program but PID 1, and the shell is opened anew", .needsPlayground,
        arguments: ["/bin/kill -9 -1", "bash -c 'kill -9 -1'", "chroot / /bin/kill -KILL -1"])
    func killAll(line: String) throws {
        let home = try Home()
        let shell = try home.start()
        try shell.type("start 1\n")
        try shell.expect("answer DEVICE:INODE`.")
        let session = try #require(try home.record())
        try shell.type("(setsid sleep 1000 &)\n\(line)\necho al\"\"ive\ncheck\n")
        try shell.expect("\nalive")
        #expect(shell.text.contains("The playground's shell has ended; this is a new one."), "\(shell.text)")
        try shell.expect("0 of 1 check passes")
        #expect(isRunning(session.playground), "PID 1 ended")
        #expect(!session.decoys.values.contains(where: isRunning), "the decoy lives on")
        // What was lost is brought back by a fresh playground.
        try shell.type("reset\nps -C kubelet -o comm=\nquit\n")
        let ended = try shell.wait()
        #expect(ended.code == 1 && ended.output.contains("\nkubelet\n"), "\(ended)")
        #expect(home.sessions.isEmpty)
    }

    @Test("from PID 1 inside a box as well, and the tutor is back at the node's shell", .needsPlayground)
    func killAllInBox() throws {
        let home = try Home()
        let done = try home.tutorial(
            "start 3", "unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash", "/bin/kill -9 -1", "echo in$$side",
            "exit", "echo node", "ps -C kubelet -o comm=", "quit")
        #expect(done.code == 0 && done.output.contains("\nin1side\n"), "\(done)")
        #expect(done.output.contains("\nnode\nkubelet\n"), "\(done)")
    }

    @Test("exit at every level leads one level out, and from the outermost to a new shell", .needsPlayground)
    func exits() throws {
        let home = try Home()
        let terminal = try TerminalSession(home)
        try terminal.prompt("podlab ›")
        try terminal.type("start 3")
        try terminal.prompt("03 unshare ○○○ ›")
        // Into four levels and out again, twice; the second time with codes.
        for suffix in ["", " 3"] {
            for line in ["bash", "unshare -p -f --mount-proc=$BOX/proc chroot $BOX /bin/bash", "bash", "bash"] {
                try terminal.type(line)
                try terminal.prompt("03 unshare")
                #expect(terminal.screen.cursorLine.contains("(bash) ›"), "\(line): \(terminal.screen.text)")
            }
            for level in 1...4 {
                try terminal.type("exit\(suffix)")
                try terminal.prompt("03 unshare")
                #expect(terminal.screen.cursorLine.contains("(bash) ›") == (level < 4), "\(terminal.screen.text)")
            }
            try terminal.type("exit\(suffix)")
            try terminal.expect("this is a new one")
            // The step was done when the box was entered, and is not what is now.
            try terminal.prompt("03 unshare ○")
            #expect(!terminal.screen.cursorLine.contains("(bash)"))
            try terminal.type("echo number $((6 * 7)) of $BOX")
            try terminal.expect("number 42 of /home/")
            try terminal.prompt("03 unshare ○")
        }
        try terminal.type("quit")
        #expect(try terminal.ended() == 0)
        #expect(home.sessions.isEmpty)
    }

    @Test("a shell that is replaced by exec is what waits, or is opened anew", .needsPlayground)
    func replaced() throws {
        let home = try Home()
        let terminal = try TerminalSession(home)
        try terminal.prompt("podlab ›")
        try terminal.type("start 1")
        try terminal.prompt("01 where ○ ›")
        // A nested one: whatever took its place ends, and the shell around it is back.
        for line in ["exec true", "exec bash -c 'exit 7'", "exec /nonexistent", "exec 0<&-"] {
            try terminal.type("bash")
            try terminal.prompt("01 where ○ (bash) ›")
            try terminal.type(line)
            try terminal.prompt("01 where ○")
            // A shell that could not be replaced is still there.
            if terminal.screen.cursorLine.contains("(bash)") {
                try terminal.type("exit")
                try terminal.prompt("01 where ○ ›")
            }
        }
        try terminal.type("bash")
        try terminal.prompt("01 where ○ (bash) ›")
        try terminal.type("exec cat")
        try terminal.prompt("01 where ○ (cat) ›")
        try terminal.press("C-d")
        try terminal.prompt("01 where ○ ›")
        // The terminal's own.
        for line in ["exec true", "exec sleep 0", "exec bash -c 'kill -9 $$'"] {
            try terminal.type(line)
            try terminal.expect("this is a new one")
            try terminal.prompt("01 where ○ ›")
        }
        try terminal.type("exec bash --norc")
        try terminal.prompt("01 where ○")
        try terminal.type("echo al\"\"ive; check")
        try terminal.expect("\nalive")
        try terminal.prompt("01 where ○")
        try terminal.type("check")
        try terminal.expect("0 of 1 check passes")
        try terminal.prompt("01 where ○")
        try terminal.type("quit")
        #expect(try terminal.ended() == 1)
        #expect(home.sessions.isEmpty)
    }

    @Test(
        "whatever the box is or holds, every verb comes to an end and nothing raw is on the screen", .needsPlayground,
        arguments: [
            "rm -rf $BOX; mkfifo $BOX", "rm -rf $BOX; touch $BOX; mount --bind /dev/zero $BOX",
            "mkdir -p $BOX/bin; mkfifo $BOX/bin/{bash,ls,ps,kill}", "mkdir -p $BOX; ln -s /proc/1/root/bin $BOX/bin",
            "mkdir -p $BOX; ln -s /proc/self/root $BOX/lib; cp -r /bin $BOX",
            "mkdir -p $BOX/bin; ln -s bash $BOX/bin/bash",
            "mkdir -p $BOX/bin; for p in bash ls ps kill; do truncate -s 1G $BOX/bin/$p; chmod +x $BOX/bin/$p; done",
            "mkdir -p $BOX/bin; cd $BOX/bin; p=$(printf 'd/%.0s' {1..2000}); for i in {1..5}; do mkdir -p $p; cd $p; done; cd /",
            "mkdir -p $BOX/bin; ln -s $'/\\e[31mred\\e]0;t\\a\\nnext' $BOX/bin/bash; touch $BOX/$'\\e[2J\\n'",
            "mkdir -p $BOX/bin; (while :; do cp /bin/bash $BOX/bin/bash; rm $BOX/bin/bash; mkfifo $BOX/bin/bash; rm $BOX/bin/bash; done) 2>/dev/null &",
        ])
    func boxes(line: String) throws {
        let home = try Home()
        let terminal = try TerminalSession(home)
        try terminal.prompt("podlab ›")
        try terminal.type("start 1")
        try terminal.prompt("01 where ○ ›")
        try terminal.type("goto pack")
        try terminal.prompt("01 pack ○○○○ ›")
        try terminal.type(line)
        try terminal.prompt("01 pack")
        for verb in ["check", "hint", "next"] {
            try terminal.type(verb)
            try terminal.prompt("01 pack")
        }
        #expect(terminal.screen.text.contains("This step is not done yet."), "\(terminal.screen.text)")
        #expect(!terminal.screen.text.contains(" error"), "\(terminal.screen.text)")
        #expect(terminal.screen.unknown.isEmpty, "\(terminal.screen.unknown)")
        let checked = try home.podlab("lab", "check", "01", "--step", "pack", "--format", "json")
        #expect(checked.code == 1, "\(checked)")
        #expect(try checked.report().summary.error == 0)
        try terminal.type("reset")
        try terminal.prompt("01 pack ○○○○ ›")
        try terminal.type("quit")
        #expect(try terminal.ended() == 1)
        #expect(home.sessions.isEmpty)
    }
}
