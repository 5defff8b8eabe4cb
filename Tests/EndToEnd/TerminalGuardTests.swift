// The learner's own terminal is as before, however podlab ends or stops.

import Foundation
import Glibc
import Testing

@Suite struct TerminalGuardTests {
    @Test(
        "whatever signal ends podlab, at the prompt or under a pager, the terminal is put back and the playground gone",
        .needsPlayground,
        arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGABRT, SIGUSR1, SIGALRM, SIGXCPU], [false, true])
    func signalled(signal: Int32, inPager: Bool) throws {
        let home = try Home()
        let keyboard = try Keyboard.inLab(home)
        try keyboard.prompt()
        let session = try #require(try home.record())
        if inPager {
            try keyboard.type("seq 500 > /tmp/numbers; less /tmp/numbers")
            try keyboard.expect("\u{1B}[?1049h")
            try keyboard.expect("199")
        }
        #expect(!keyboard.isRestored)
        keyboard.send(signal)
        #expect(try keyboard.wait() == 128 + signal)
        #expect(keyboard.isRestored)
        if inPager { try keyboard.expect("\u{1B}[?1049l") }
        #expect(eventually { !isRunning(session.playground) })
    }

    @Test("after SIGSTOP and SIGCONT the modes and the size are right, and the prompt is drawn again", .needsPlayground)
    func stopped() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        try keyboard.press("echo be")
        try keyboard.expect("echo be")
        let own = keyboard.modes
        keyboard.send(SIGSTOP)
        #expect(eventually { state(of: keyboard.pid) == "T" })
        // What the shell does that podlab was started from.
        keyboard.modes = keyboard.first
        keyboard.resize(rows: 66, columns: 99)
        keyboard.send(SIGCONT)
        try keyboard.prompt()
        try keyboard.expect("echo be")
        #expect(eventually { keyboard.modes.c_lflag == own.c_lflag && keyboard.modes.c_iflag == own.c_iflag })
        try keyboard.press("gun; stty size\r")
        try keyboard.expect("begun\r\n66 99\r\n")
    }

    @Test("a pager is drawn again after a stop", .needsPlayground)
    func stoppedInPager() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        try keyboard.type("seq 500 > /tmp/numbers; less /tmp/numbers")
        try keyboard.expect("199")
        keyboard.send(SIGSTOP)
        #expect(eventually { state(of: keyboard.pid) == "T" })
        keyboard.modes = keyboard.first
        keyboard.send(SIGCONT)
        try keyboard.expect("\u{1B}[?1049h")
        try keyboard.expect("199")
        try keyboard.press("q")
        try keyboard.prompt()
    }

    @Test("a shell's job control stops podlab with the terminal put back, and goes on with it", .needsPlayground)
    func job() throws {
        let home = try Home()
        var environment = home.environment
        environment["PS1"] = "host> "
        let keyboard = try Keyboard(["bash", "--norc", "--noprofile", "-i"], environment: environment)
        try keyboard.expect("host> ")
        try keyboard.type("exec 9>&-; PS1='host''> '; '\(try home.executable())'")
        try keyboard.expect("podlab › ")
        try keyboard.type("start 1")
        try keyboard.prompt()
        let session = try #require(try home.record())
        kill(session.owner.pid, SIGTSTP)
        try keyboard.expect("Stopped")
        try keyboard.expect("host> ")
        try keyboard.type("echo $((40 + 2)); fg")
        try keyboard.expect("42\r\n")
        try keyboard.prompt()
        try keyboard.type("echo $((40 + 3))")
        try keyboard.expect("43\r\n")
        try keyboard.prompt()
        try keyboard.type("quit")
        try keyboard.expect("host> ")
        #expect(isRunning(session.playground) == false)
    }

    @Test("a terminal that is closed while something runs ends podlab", .needsPlayground)
    func closed() throws {
        let home = try Home()
        let keyboard = try Keyboard.inLab(home)
        try keyboard.prompt()
        let session = try #require(try home.record())
        try keyboard.type("echo $((40 + 2)); sleep 1000")
        try keyboard.expect("42\r\n")
        keyboard.hangUp()
        _ = try keyboard.wait()
        #expect(eventually { !isRunning(session.playground) })
    }

    @Test("Ctrl-C in the middle of a verb reaches the next prompt and ends nothing", .needsPlayground)
    func interruptedVerb() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        try keyboard.press("reset\r\u{3}\u{3}echo al''ive\r")
        try keyboard.expect("A fresh playground")
        try keyboard.expect("alive\r\n")
    }

    private func state(of pid: pid_t) -> Character? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
        return text.split(separator: ")").last?.drop { $0 == " " }.first
    }
}
