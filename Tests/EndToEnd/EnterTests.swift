// A second terminal in a running session: podlab check, podlab enter, and what can go wrong with either.

import Foundation
import Glibc
import KernelState
import Testing

@Suite struct EnterTests {
    /// A session of lab 01 at its first step.
    private func session(_ home: Home, lab: String = "1") throws -> (Running, SessionFile) {
        let shell = try home.start()
        try shell.type("start \(lab)\necho started\n")
        try shell.expect("\nstarted")
        return (shell, try #require(try home.record()))
    }

    /// Types a line into the session and waits until it is done.
    private func type(_ line: String, into shell: Running, _ mark: String) throws {
        try shell.type("\(line)\necho \(mark)\n")
        try shell.expect("\n\(mark)\n")
    }

    // MARK: Checking

    @Test("check looks at the current step of the running session, or says that there is none", .needsPlayground)
    func check() throws {
        let home = try Home()
        let none = try home.podlab("check")
        #expect(none.code == 2 && none.error.contains("no session is running: start one with"), "\(none)")
        #expect(try home.podlab("check", "--lab", "nonsense").code == 64)
        let (shell, _) = try session(home)
        let first = try home.podlab("check", "--format", "json")
        #expect(first.code == 1 && first.error.isEmpty, "\(first)")
        #expect(try first.report().statuses == ["where/root-known": "fail"])
        #expect(try first.report().subject.kind == "session")
        try type("answer $(stat -c '%d:%i' /)", into: shell, "answered")
        #expect(try home.podlab("check").code == 0)
        #expect(try home.podlab("check", "--lab", "chroot").code == 0)
        let other = try home.podlab("check", "--lab", "3")
        #expect(other.code == 2 && other.error.contains("no session of 03-unshare is running"), "\(other)")
        try shell.type("quit\n")
        #expect(try shell.wait().code == 0)
    }

    @Test("of two sessions the newest is taken and named, and --lab chooses", .needsPlayground)
    func two() throws {
        let home = try Home()
        let (one, _) = try session(home)
        let two = try home.start()
        try two.type("start 2\necho started\n")
        try two.expect("\nstarted")
        let newest = try home.podlab("check", "--format", "json")
        #expect(try newest.report().labs.map(\.id) == ["02-bind-mounts"])
        #expect(newest.error.contains("2 sessions run; this is 02-bind-mounts"), "\(newest)")
        #expect(newest.error.contains("another: 01-chroot, step where (podlab is process \(one.pid))"), "\(newest)")
        let chosen = try home.podlab("check", "--lab", "1", "--format", "json")
        #expect(try chosen.report().labs.map(\.id) == ["01-chroot"])
        #expect(chosen.error.isEmpty)
        let entered = try home.podlab("enter", "--lab", "1", "sh", "-c", "touch /tmp/mine; echo $BOX")
        #expect(entered.output == "/home/namespace/box\n" || entered.output.hasPrefix("/home/"), "\(entered)")
        try type("ls /tmp/mine", into: one, "one")
        try type("ls /tmp/mine", into: two, "two")
        #expect(one.text.contains("\n/tmp/mine\n") && two.text.contains("cannot access '/tmp/mine'"))
        for shell in [one, two] { shell.closeInput() }
    }

    @Test("a record that is garbage, huge or no file is no session, and is named", .needsPlayground)
    func garbage() throws {
        let home = try Home()
        let (shell, file) = try session(home)
        let path = home.path + "/run/podlab/sessions/\(try #require(home.sessions.first))/session.json"
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        func expectNone(_ what: String) throws {
            for command in [["check"], ["enter", "true"]] {
                let said = try run([try home.executable()] + command, environment: home.environment)
                #expect(said.code == 2 && said.error.contains("no session is running"), "\(what): \(said)")
            }
        }
        for text in ["", "{", "{\"schema\":\"podlab.session/v9\"}", String(repeating: "[", count: 100_000)] {
            try home.write(text, to: path)
            try expectNone(String(text.prefix(40)))
        }
        // Another process than the playground's: the right number with another start, a stranger, podlab itself.
        let start = "\"startTime\" : \(file.playground.startTime)"
        try home.write(whole.replacing(start, with: "\"startTime\" : 1"), to: path)
        try expectNone("an earlier process with the number")
        try home.write(
            whole.replacing("\"pid\" : \(file.playground.pid)", with: "\"pid\" : \(file.owner.pid)")
                .replacing(start, with: "\"startTime\" : \(file.owner.startTime)"), to: path)
        let owner = try home.podlab("enter", "true")
        #expect(owner.code == 2 && owner.error.contains("is not PID 1 of a playground"), "\(owner)")
        try FileManager.default.removeItem(atPath: path)
        try #require(mkfifo(path, 0o600) == 0)
        try expectNone("a FIFO")
        try FileManager.default.removeItem(atPath: path)
        try #require(truncate(try home.write("x", to: path), 1 << 40) == 0)
        try expectNone("a terabyte")
        try home.write(whole, to: path)
        #expect(try home.podlab("check").code == 1)
        shell.closeInput()
    }

    @Test("what the clocks on files say has no part in whether a session lives", .needsPlayground)
    func clocks() throws {
        let home = try Home()
        let (shell, _) = try session(home)
        let folder = home.path + "/run/podlab/sessions/\(try #require(home.sessions.first))"
        for moment in [Date(timeIntervalSince1970: 0), Date(timeIntervalSinceNow: 1e9)] {
            for path in [folder, folder + "/session.json"] {
                try FileManager.default.setAttributes([.modificationDate: moment], ofItemAtPath: path)
            }
            #expect(try home.clean().output == "nothing to remove\n")
            #expect(try home.podlab("check").code == 1)
            #expect(try home.podlab("enter", "true").code == 0)
        }
        shell.closeInput()
    }

    // MARK: Without a terminal

    @Test("without a terminal a command runs on the standard streams and gives its exit code", .needsPlayground)
    func streams() throws {
        let home = try Home()
        let none = try home.podlab("enter", "true")
        #expect(none.code == 2 && none.error.contains("no session is running"), "\(none)")
        let (shell, file) = try session(home)
        let said = try home.podlab(
            "enter", "sh", "-c", "hostname; id -u; pwd; cat; echo bad >&2; exit 7", input: "in\n")
        #expect(said.code == 7 && said.output == "node\n0\n/root\nin\n" && said.error == "bad\n", "\(said)")
        #expect(try home.podlab("enter", "--", "sh", "-c", "kill -9 $$").code == 137)
        let script = try home.podlab("enter", input: "echo from $0; exit 4\n")
        #expect(script.code == 4 && script.output == "from bash\n", "\(script)")
        let missing = try home.podlab("enter", "no-such-program")
        #expect(missing.code == 2 && missing.error.contains("execute no-such-program: ENOENT"), "\(missing)")
        #expect(try home.podlab("enter", "--pid", "0").code == 64)
        // Nothing of it stays, and the playground does.
        #expect(isRunning(file.playground))
        try type("ps -eo comm= | sort -u", into: shell, "listed")
        #expect(!shell.text.contains("\nsh\n") && shell.text.contains("\nkubelet\n"))
        shell.closeInput()
    }

    @Test(
        "podlab killed in any way takes the command with it", .needsPlayground, arguments: [SIGKILL, SIGTERM, SIGINT])
    func killedCommand(signal: Int32) throws {
        let home = try Home()
        let (shell, _) = try session(home)
        let enter = try home.start("enter", "sh", "-c", "trap '' TERM INT HUP; echo up; while :; do sleep 1; done")
        try enter.expect("up\n")
        let inside = try #require(try child(of: enter.pid))
        enter.send(signal)
        #expect(try enter.wait().code == 128 + signal)
        #expect(eventually { !isRunning(inside) })
        #expect(try home.podlab("check").code == 1)
        shell.closeInput()
    }

    /// The process that a podlab has brought in.
    private func child(of pid: pid_t) throws -> SessionFile.Process? {
        var found: SessionFile.Process?
        _ = try eventually {
            found = try ProcessTable.read(fields: []).children(of: ProcessID(pid)).first.map {
                SessionFile.Process(pid: $0.pid.rawValue, startTime: $0.identity.startTime)
            }
            return found != nil
        }
        return found
    }

    // MARK: On a terminal

    /// Another descriptor of the terminal that a program sits on, to see its modes when the program is gone.
    private final class Modes {
        let descriptor: Int32
        init(of pid: pid_t) { descriptor = open("/proc/\(pid)/fd/0", O_RDWR | O_NOCTTY | O_CLOEXEC) }
        deinit { close(descriptor) }

        var now: [UInt32] {
            var modes = termios()
            guard tcgetattr(descriptor, &modes) == 0 else { return [] }
            return [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag]
        }
        /// Whether output is passed on unprocessed, as nobody but a relay wants it.
        var areRaw: Bool { now.count == 4 && now[1] & tcflag_t(OPOST) == 0 }
    }

    @Test("a shell on a terminal of the playground: its own tty, size, keys, jobs and exit code", .needsPlayground)
    func terminal() throws {
        let home = try Home()
        let (shell, _) = try session(home)
        let person = try TerminalSession(home, "enter", columns: 90, rows: 30)
        try person.expect("root@node:~#")
        let modes = Modes(of: person.pid)
        #expect(modes.areRaw)
        try person.type("tty; stty size; echo $TERM $BOX; test -t 2 && echo terminal")
        try person.expect("/dev/pts/1\n30 90\nxterm-256color /home/namespace/")
        person.resize(columns: 70, rows: 20)
        try person.expect("the new size") { _ in
            try person.type("clear; stty size")
            return person.screen.text.contains("20 70")
        }
        try person.type("sleep 1000")
        try eventuallyRuns("sleep", home)
        try person.press("C-c")
        try person.type("echo code $?")
        try person.expect("code 130")
        try person.type("clear; sleep 2000")
        try eventuallyRuns("sleep", home)
        try person.press("C-z")
        try person.expect("Stopped")
        try person.type("kill %1; cat")
        try eventuallyRuns("cat", home)
        try person.type("wörter 日本")
        try person.expect("what cat says") { $0.text.components(separatedBy: "wörter 日本").count == 3 }
        try person.press("C-d")
        try person.type("clear; exec sh -c 'exit 42'")
        #expect(try person.ended() == 42)
        #expect(!modes.areRaw && modes.now.count == 4)
        // The session knows nothing of it, and its own terminal has the number that it had.
        try type("tty", into: shell, "own")
        #expect(shell.text.contains("\n/dev/pts/0\n"), "\(shell.text)")
        shell.closeInput()
    }

    /// Waits until a program runs in the playground: a key that is to hit it must not come before it.
    private func eventuallyRuns(_ name: String, _ home: Home) throws {
        #expect(try eventually { try home.podlab("enter", "pgrep", "-x", name).code == 0 })
    }

    @Test(
        "the terminal has its modes back and the shell is gone, however enter ends", .needsPlayground,
        arguments: [SIGTERM, SIGHUP, SIGINT, SIGSEGV, SIGTRAP, SIGABRT, SIGKILL])
    func killed(signal: Int32) throws {
        let home = try Home()
        let (shell, file) = try session(home)
        let person = try TerminalSession(
            command: ["/bin/sh", "-c", "echo go; read line; exec '\(try home.executable())' enter"],
            environment: home.environment.merging(["TERM": "xterm"]) { _, new in new })
        try person.expect("go")
        let modes = Modes(of: person.pid)
        let before = modes.now
        try person.press("Enter")
        try person.expect("root@node:~#")
        #expect(modes.areRaw)
        let inside = try #require(try child(of: person.pid))
        try person.type("trap '' HUP TERM; echo trap''ped")
        try person.expect("trapped")
        person.send(signal)
        #expect(try person.ended() == 128 + signal)
        #expect(eventually { !isRunning(inside) })
        // Nobody can do anything about SIGKILL.
        if signal != SIGKILL { #expect(!modes.areRaw && modes.now == before) }
        #expect(isRunning(file.playground))
        shell.closeInput()
    }

    @Test("closing the window ends the shell and what runs on it", .needsPlayground)
    func hangUp() throws {
        let home = try Home()
        let (shell, _) = try session(home)
        let person = try TerminalSession(home, "enter")
        try person.expect("root@node:~#")
        let inside = try #require(try child(of: person.pid))
        try person.type("sleep 1000")
        try eventuallyRuns("sleep", home)
        person.hangUp()
        #expect(try person.ended() == 128 + SIGHUP)
        #expect(eventually { !isRunning(inside) })
        #expect(try eventually { try home.podlab("enter", "pgrep", "-x", "sleep").code == 1 })
        shell.closeInput()
    }

    @Test("stopped from outside, enter gives the terminal back, and takes it again when it goes on", .needsPlayground)
    func stopped() throws {
        let home = try Home()
        let (shell, _) = try session(home)
        let person = try TerminalSession(
            command: ["/bin/bash", "--norc", "--noprofile", "-i"],
            environment: home.environment.merging(["PS1": "outer> ", "TERM": "xterm"]) { _, new in new })
        try person.expect("outer>")
        let modes = Modes(of: person.pid)
        try person.type("'\(try home.executable())' enter")
        try person.expect("root@node:~#")
        #expect(modes.areRaw)
        let enter = try #require(try child(of: person.pid))
        kill(enter.pid, SIGTSTP)
        try person.expect("Stopped")
        #expect(!modes.areRaw)
        try person.type("fg")
        #expect(eventually { modes.areRaw })
        try person.type("clear; hostname")
        try person.expect("node\nroot@node")
        try person.type("exit 3")
        try person.expect("outer>")
        try person.type("echo code $?")
        try person.expect("code 3")
        try person.type("exit")
        _ = try person.ended()
        shell.closeInput()
    }

    @Test("when the playground ends, enter says so and ends", .needsPlayground)
    func playgroundEnds() throws {
        let home = try Home()
        let (shell, file) = try session(home)
        let person = try TerminalSession(home, "enter")
        try person.expect("root@node:~#")
        let streams = try home.start("enter", "sleep", "1000")
        _ = try child(of: streams.pid)
        try #require(kill(file.playground.pid, SIGKILL) == 0)
        #expect(try person.ended() == 2)
        #expect(person.transcript.contains("podlab: the playground has ended"), "\(person.transcript)")
        let ended = try streams.wait()
        #expect(ended.code == 2 && ended.error.contains("the playground has ended"), "\(ended)")
        let late = try home.podlab("enter", "true")
        #expect(late.code == 2 && late.error.contains("has ended: `reset` there gives a fresh one"), "\(late)")
        try shell.type("reset\necho fresh\n")
        try shell.expect("\nfresh\n")
        #expect(try home.podlab("enter", "true").code == 0)
        shell.closeInput()
        #expect(try shell.wait().code == 0)
        #expect(try home.podlab("enter", "true").code == 2)
    }

    @Test("an enter that somebody has stopped does not keep the session from a reset", .needsPlayground)
    func stoppedForGood() throws {
        let home = try Home()
        let (shell, file) = try session(home)
        let enter = try home.start("enter", "sleep", "1000")
        let inside = try #require(try child(of: enter.pid))
        enter.send(SIGSTOP)
        try shell.type("reset\necho fresh\n")
        try shell.expect("\nfresh\n")
        #expect(!isRunning(inside))
        enter.send(SIGCONT)
        #expect(try enter.wait().code == 2)
        shell.closeInput()
        #expect(try shell.wait().code == 0)
        #expect(eventually { !isRunning(file.playground) })
    }

    // MARK: Boxes

    /// Starts `sleep 1000` in a box by this command, and finds it by its number in the node.
    private func box(_ home: Home, _ shell: Running, _ line: String) throws -> Int32 {
        try type(line + " &", into: shell, "boxed")
        var number: Int32?
        #expect(
            try eventually {
                number = Int32(
                    try home.podlab("enter", "pgrep", "-x", "sleep").output.split(separator: "\n").last ?? "")
                return number != nil
            })
        return try #require(number)
    }

    @Test("with --pid the shell has all namespaces of the process, by either number", .needsPlayground)
    func namespaces() throws {
        let home = try Home()
        let (shell, file) = try session(home)
        let number = try box(
            home, shell,
            "unshare --user --map-root-user --fork --pid --uts --ipc --net --cgroup --mount-proc"
                + " sh -c 'hostname box; exec sleep 1000'"
        )
        let state = try #require(
            try ProcessTable.read(fields: .status).all.first {
                // On the host, among what the guard holds, in the node, in the box.
                $0.comm == "sleep" && $0.status?.numbers.dropFirst(2).first == ProcessID(number)
                    && ($0.status?.numbers.count ?? 0) > 3
            })
        for pid in [number, state.pid.rawValue] {
            let said = try home.podlab(
                "enter", "--pid", "\(pid)", "sh", "-c",
                "hostname; ps -eo pid=,comm=; for n in user mnt pid uts ipc net cgroup; do readlink /proc/self/ns/$n; done"
            )
            let lines = said.output.split(separator: "\n").map(String.init)
            #expect(said.code == 0 && lines.first == "box" && said.output.contains(" 1 sleep"), "\(said)")
            let theirs = try ["user", "mnt", "pid", "uts", "ipc", "net", "cgroup"].map {
                try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(state.pid)/ns/\($0)")
            }
            #expect(Array(lines.suffix(7)) == theirs, "\(said)")
        }
        let person = try TerminalSession(home, "enter", "--pid", "\(number)")
        try person.expect("root@box:/#")
        try person.type("ps -eo comm= | head -1; exit 6")
        try person.expect("\nsleep\n")
        #expect(try person.ended() == 6)
        #expect(
            isRunning(file.playground) && isRunning(.init(pid: state.pid.rawValue, startTime: state.identity.startTime))
        )
        shell.closeInput()
    }

    @Test("a box without a shell is said to have none; a program without its loader too", .needsPlayground)
    func noShell() throws {
        let home = try Home()
        let (shell, _) = try session(home)
        let number = try box(
            home, shell,
            "mkdir -p /tmp/b/bin; cp /bin/sleep /tmp/b/bin; for f in $(ldd /bin/sleep | grep -o '/lib[^ ]*');"
                + " do cp --parents -L $f /tmp/b; done; chroot /tmp/b /bin/sleep 1000"
        )
        let empty = try home.podlab("enter", "--pid", "\(number)")
        #expect(empty.code == 2 && empty.error.contains("no shell can be started there"), "\(empty)")
        #expect(empty.error.contains("/bin/bash: it is not there; /bin/sh: it is not there"), "\(empty)")
        try type("rm -r /tmp/b/lib64; cp /bin/bash /tmp/b/bin/sh", into: shell, "unloaded")
        let unloaded = try home.podlab("enter", "--pid", "\(number)")
        #expect(
            unloaded.code == 2 && unloaded.error.contains("/bin/sh: it is there, but its program interpreter"),
            "\(unloaded)")
        try type(
            "cp -a --parents /lib64 /usr/lib64 /tmp/b; cp --parents -L $(ldd /bin/bash | grep -o '/lib[^ ]*') /tmp/b",
            into: shell, "loaded")
        let found = try home.podlab("enter", "--pid", "\(number)", input: "echo $0 /*; exit 9")
        #expect(found.code == 9 && found.output.hasPrefix("sh /bin /lib"), "\(found)")
        shell.closeInput()
    }

    @Test("a number that means nobody inside is refused, and what has it is named", .needsPlayground)
    func refusals() throws {
        let home = try Home()
        let (shell, file) = try session(home)
        func refused(_ pid: Int32, _ part: String) throws {
            let said = try home.podlab("enter", "--pid", "\(pid)", "true")
            #expect(said.code == 2 && said.error.contains(part), "\(part): \(said)")
        }
        try refused(getpid(), "which is not in the playground")
        try refused(file.owner.pid, "process \(file.owner.pid) on the host is podlab, which is not in the playground")
        try refused(4_000_000, "there is no process 4000000")
        try type("sh -c 'true & exec sleep 1000' &", into: shell, "undead")
        var zombie: Int32?
        #expect(
            try eventually {
                let line = try home.podlab("enter", "ps", "-eo", "stat=,pid=").output.split(separator: "\n").first {
                    $0.hasPrefix("Z")
                }
                zombie = line.flatMap { Int32($0.split(separator: " ").last ?? "") }
                return zombie != nil
            })
        try refused(try #require(zombie), "is a zombie: it has ended")
        // A process whose number in the node is another's number on the host.
        let kubelet = try #require(file.decoys["kubelet"])
        try type(
            "echo \(kubelet.pid - 1) > /proc/sys/kernel/ns_last_pid; sleep 3000 & echo at $!", into: shell, "numbered")
        try #require(shell.text.contains("at \(kubelet.pid)"), "\(shell.text)")
        let both = try home.podlab("enter", "--pid", "\(kubelet.pid)", "true")
        #expect(both.code == 0, "\(both)")
        #expect(
            both.error.contains("\(kubelet.pid) is two processes: taken is sleep (\(kubelet.pid) in the node"),
            "\(both)")
        #expect(both.error.contains("not kubelet ("), "\(both)")
        shell.closeInput()
    }

    @Test("where the lab watches signals, what an entered shell sends is in the journal too", .needsPlayground)
    func witnessed() throws {
        let home = try Home()
        let (shell, _) = try session(home)
        let journal = home.path + "/run/podlab/sessions/\(try #require(home.sessions.first))/signals.jsonl"
        // Signals that a decoy does not notice, each of another kind: of one kind the newest is kept.
        try type("kill -CONT $(pgrep -x kubelet)", into: shell, "own")
        func lines() -> [String] {
            ((try? String(contentsOfFile: journal, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        }
        let first = lines()
        #expect(first.count == 1 && first[0].contains("kubelet"))
        let sent = try home.podlab("enter", "bash", "-c", "kill -URG $(pgrep -x kubelet) && echo sent")
        #expect(sent.output == "sent\n", "\(sent)")
        let person = try TerminalSession(home, "enter")
        try person.expect("root@node:~#")
        try person.type("kill -WINCH $(pgrep -x kubelet); exit")
        #expect(try person.ended() == 0)
        #expect(lines().count == 3 && lines().first == first.first && lines().allSatisfy { $0.contains("bash") })
        shell.closeInput()
    }
}
