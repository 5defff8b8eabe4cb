// A session and the processes around it: checked from a second terminal, killed, cleaned up after.

import Foundation
import Glibc
import Testing

@Suite struct SessionTests {
    @Test("a second podlab checks the running session at its step", .needsPlayground)
    func secondProcess() throws {
        let home = try Home()
        let none = try home.podlab("lab", "check", "01")
        #expect(none.code == 2 && none.error.contains("no session of 01-chroot is running"), "\(none)")
        let shell = try home.start()
        try shell.type("start 1\n")
        try shell.expect("answer DEVICE:INODE`.")
        let first = try home.podlab("lab", "check", "01", "--format", "json")
        #expect(first.code == 1, "\(first)")
        #expect(try first.report().statuses == ["where/root-known": "fail"])
        #expect(try first.report().subject.kind == "session")
        try shell.type("answer $(stat -c '%d:%i' /)\n")
        try shell.expect("answer noted")
        #expect(try home.podlab("lab", "check", "01").code == 0)
        try shell.type("next\n")
        try shell.expect("mounted at `$BOX/proc`")
        let second = try home.podlab("lab", "check", "chroot", "--format", "json").report()
        #expect(second.labs.first?.steps.map(\.id) == ["pack"])
        let named = try home.podlab("lab", "check", "01", "--step", "limits", "--format", "json").report()
        #expect(named.statuses == ["limits/kubelet-killed": "fail"])
        try shell.type("quit\n")
        #expect(try shell.wait().code == 0)
        #expect(home.sessions.isEmpty)
    }

    @Test("podlab killed leaves no process and no mount, and clean names the folder that it removes", .needsPlayground)
    func killed() throws {
        let home = try Home()
        let victim = try home.start()
        try victim.type("start 1\nsleep 1000 & setsid sleep 1000 & echo ready\n")
        try victim.expect("\nready")
        let session = try #require(try home.record())
        #expect(session.owner.pid == victim.pid && isRunning(session.playground))
        let namespace = try FileManager.default.destinationOfSymbolicLink(
            atPath: "/proc/\(session.playground.pid)/ns/pid_for_children")
        victim.send(SIGKILL)
        #expect(try victim.wait().code == 128 + SIGKILL)
        #expect(eventually { !isRunning(session.playground) && !session.decoys.values.contains(where: isRunning) })
        #expect(eventually { processes(in: namespace).isEmpty })
        let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
        #expect(!mounts.contains("podlab"), "\(mounts)")

        // A live session is left alone.
        let other = try home.start()
        try other.type("start 1\n")
        try other.expect("answer DEVICE:INODE`.")
        #expect(home.sessions.count == 1, "a start takes dead sessions away: \(home.sessions)")
        let nothing = try home.clean()
        #expect(nothing.code == 0 && nothing.output == "nothing to remove\n", "\(nothing)")
        try other.type("check\n")
        try other.expect("0 of 1 check passes")
        other.send(SIGKILL)
        _ = try other.wait()
        let dead = home.path + "/run/podlab/sessions/" + (try #require(home.sessions.first))
        let cleaned = try home.clean()
        #expect(cleaned.code == 0 && cleaned.output.hasPrefix("removed \(dead) (01-chroot, step where)"), "\(cleaned)")
        #expect(cleaned.output.hasSuffix("its podlab, process \(other.pid), is gone\n"), "\(cleaned)")
        #expect(home.sessions.isEmpty)
        #expect(try home.clean().output == "nothing to remove\n")
    }

    private func processes(in namespace: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter { name in
            name.allSatisfy(\.isNumber)
                && (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/ns/pid")) == namespace
        }
    }

    @Test("what podlab did not make is not cleaned away", .needsPodlab)
    func foreign() throws {
        let home = try Home()
        let file = try home.write("mine", to: "run/podlab/sessions/notes/keep.txt")
        try home.write("mine", to: "run/podlab/sessions/1-2/keep.txt")
        let cleaned = try home.clean()
        #expect(cleaned.output == "nothing to remove\n" && FileManager.default.fileExists(atPath: file), "\(cleaned)")
    }

    @Test("an interrupted or terminated podlab leaves nothing", .needsPlayground, arguments: [SIGTERM, SIGHUP, SIGINT])
    func signalled(signal: Int32) throws {
        let home = try Home()
        let shell = try home.start()
        try shell.type("start 1\n")
        try shell.expect("answer DEVICE:INODE`.")
        let session = try #require(try home.record())
        shell.send(signal)
        shell.closeInput()
        _ = try shell.wait()
        #expect(eventually { !isRunning(session.playground) })
        _ = try home.clean()
        #expect(home.sessions.isEmpty)
    }

    @Test("a playground that is ended from outside is reported, and reset gives another", .needsPlayground)
    func playgroundEnded() throws {
        let home = try Home()
        let shell = try home.start()
        try shell.type("start 1\n")
        try shell.expect("answer DEVICE:INODE`.")
        let session = try #require(try home.record())
        // As the same user, from outside: PID 1 of a user namespace of this user is this user's.
        try #require(kill(session.playground.pid, SIGKILL) == 0)
        // It has ended when it has no root any more; its number stays until podlab has reaped what it brought in.
        let root = "/proc/\(session.playground.pid)/root"
        #expect(eventually { (try? FileManager.default.destinationOfSymbolicLink(atPath: root)) == nil })
        try shell.type("check\nreset\necho anew\ncheck\n")
        try shell.expect("\nanew")
        #expect(shell.text.contains("playground has ended"), "\(shell.text)")
        try shell.expect("0 of 1 check passes")
        shell.closeInput()
        #expect(try shell.wait().code == 1)
        #expect(home.sessions.isEmpty)
    }

    @Test("two sessions at once do not see each other", .needsPlayground)
    func two() throws {
        let home = try Home()
        let one = try home.start(), two = try home.start()
        for shell in [one, two] {
            try shell.type("start 1\n")
            try shell.expect("answer DEVICE:INODE`.")
        }
        try one.type("pkill -9 kubelet; touch /tmp/mine; echo done\n")
        try one.expect("\ndone")
        try two.type("ls /tmp/mine; ps -C kubelet -o comm=; echo done\n")
        try two.expect("\ndone")
        #expect(two.text.contains("cannot access '/tmp/mine'") && two.text.contains("\nkubelet\n"), "\(two.text)")
        for shell in [one, two] {
            shell.closeInput()
            #expect(try shell.wait().code == 0)
        }
        #expect(home.sessions.isEmpty)
    }
}
