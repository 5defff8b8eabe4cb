// Ctrl-] comes back from whatever runs, and `resume` returns to it.

import Foundation
import Testing

@Suite struct EscapeTests {
    private let escape = "\u{1D}"

    struct Program: CustomTestStringConvertible, Sendable {
        let name: String
        let line: String
        /// Seen on its screen, at first and when it is drawn again.
        let seen: String
        let quit: String
        var testDescription: String { name }
    }

    @Test(
        "a program on the whole screen is left and resumed, drawn anew", .needsPlayground,
        arguments: [
            Program(name: "less", line: "seq 500 > /tmp/numbers; less /tmp/numbers", seen: "\n30", quit: "q"),
            Program(name: "vi", line: "echo some''text > /tmp/x; vi /tmp/x", seen: "sometext", quit: ":q\r"),
            Program(name: "top", line: "top", seen: "PID USER", quit: "q"),
            Program(name: "watch", line: "watch -n 60 'expr 100 + 23'", seen: "123", quit: "\u{3}"),
        ])
    func fullScreen(program: Program) throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        try keyboard.type(program.line)
        try keyboard.expect(program.seen)
        try keyboard.press(escape)
        let left = try keyboard.prompt(program.name)
        // Whatever it switched on is off again for the prompt.
        for (on, off) in [("\u{1B}[?1049h", "\u{1B}[?1049l"), ("\u{1B}[?25l", "\u{1B}[?25h"), ("\u{1B}=", "\u{1B}>")] {
            let all = String(decoding: keyboard.printed, as: UTF8.self)
            guard let last = all.range(of: on, options: .backwards) else { continue }
            #expect(all[last.upperBound...].contains(off), "\(off.debugDescription) in \(left.debugDescription)")
        }
        // The verbs work; a line is not typed into the program.
        try keyboard.type("check")
        try keyboard.expect("0 of 1 check passes")
        try keyboard.prompt(program.name)
        try keyboard.type("echo no")
        try keyboard.expect("\(program.name)` has the terminal")
        try keyboard.prompt(program.name)
        try keyboard.type("resume")
        try keyboard.expect(program.seen)
        try keyboard.press(escape)
        try keyboard.prompt(program.name)
        try keyboard.type("resume")
        try keyboard.expect(program.seen)
        // A key pressed while a pager draws may be lost on it, as anywhere.
        while keyboard.take(milliseconds: 300) {}
        try keyboard.press(program.quit)
        try keyboard.prompt()
        try keyboard.type("echo $((40 + 2))")
        try keyboard.expect("42\r\n")
        try keyboard.prompt()
    }

    @Test("what runs and does not read is left, refuses lines, and is resumed and interrupted", .needsPlayground)
    func busy() throws {
        let home = try Home()
        let keyboard = try Keyboard.inLab(home)
        try keyboard.prompt()
        try keyboard.type("sleep 1000")
        #expect(keyboard.runs("sleep"))
        try keyboard.press(escape)
        try keyboard.expect("sleep` goes on running")
        try keyboard.prompt("sleep")
        try keyboard.type("ls")
        try keyboard.expect("sleep` has the terminal")
        try keyboard.prompt("sleep")
        // Ctrl-D is no end of podlab while something waits.
        try keyboard.press("\u{4}")
        try keyboard.expect("sleep` has the terminal")
        try keyboard.prompt("sleep")
        #expect(try home.podlab("lab", "check", "01").code == 1)
        try keyboard.type("resume")
        try keyboard.press("\u{3}")
        try keyboard.prompt()
        try keyboard.type("echo code $?")
        try keyboard.expect("code 130")
        try keyboard.prompt()
        try keyboard.type("resume")
        try keyboard.expect("Nothing waits")
        try keyboard.prompt()
        try keyboard.type("quit")
        #expect(try keyboard.wait() == 0)
        #expect(home.sessions.isEmpty && keyboard.isRestored)
    }

    @Test("what is printed meanwhile is kept, shown, and blocks nobody", .needsPlayground)
    func meanwhile() throws {
        let home = try Home()
        let keyboard = try Keyboard.inLab(home)
        try keyboard.prompt()
        try keyboard.type("echo before; sleep 0.2; seq 1000000; echo meanwhile; touch /tmp/said; sleep 1000")
        try keyboard.expect("\rbefore")
        try keyboard.press(escape)
        try keyboard.expect("› ")
        #expect(
            try eventually {
                keyboard.take(milliseconds: 10); return try home.playgroundHas("/tmp/said")
            })
        try keyboard.type("resume")
        let shown = try keyboard.expect("\nmeanwhile\r")
        #expect(shown.contains("\n1000000\r") && shown.utf8.count < 100_000)
        try keyboard.press("\u{3}")
        try keyboard.prompt()
    }

    @Test("the end of what was left is said, with what it printed, while the prompt waits", .needsPlayground)
    func endsMeanwhile() throws {
        let home = try Home()
        let keyboard = try Keyboard.inLab(home)
        try keyboard.prompt()
        // It ends when somebody opens the other end.
        try keyboard.type("mkfifo /tmp/held; cat /tmp/held; echo $((40 + 2))")
        #expect(keyboard.runs("cat"))
        try keyboard.press(escape)
        try keyboard.prompt("cat")
        try keyboard.press("half a li")
        #expect(try home.podlab("enter", "sh", "-c", ": >/tmp/held").code == 0)
        try keyboard.expect("42\r\n")
        try keyboard.expect("cat` has ended")
        // The begun line stays.
        try keyboard.expect("half a li")
        try keyboard.press("\u{15}echo al''ive\r")
        try keyboard.expect("alive\r\n")
    }

    @Test("a shell in the playground gets the whole keyboard with resume", .needsPlayground)
    func nestedShell() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        try keyboard.type("bash")
        try keyboard.prompt("bash")
        try keyboard.type("resume")
        try keyboard.expect("root@node:~# ")
        // Its own line editor: completion and history.
        try keyboard.press("echo $BO\t\r")
        try keyboard.expect("\r/home/namespace/")
        try keyboard.expect("root@node:~# ")
        try keyboard.type("check")
        try keyboard.expect("command not found")
        try keyboard.press("sleep 1000\r")
        #expect(keyboard.runs("sleep"))
        try keyboard.press(escape)
        try keyboard.prompt("sleep")
        try keyboard.type("resume")
        try keyboard.press("\u{3}")
        try keyboard.prompt("bash")
        try keyboard.type("exit")
        try keyboard.prompt()
    }

    @Test("at the tutor's prompt the key does nothing", .needsPlayground)
    func atPrompt() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        try keyboard.press("echo a\(escape)b\(escape)\(escape)''c\r")
        try keyboard.expect("\rabc\r\n")
    }

    @Test("another key can be chosen, and Ctrl-] is an ordinary key then", .needsPlayground)
    func chosen() throws {
        let keyboard = try Keyboard.inLab(Home(), environment: ["PODLAB_ESCAPE_KEY": "^T"])
        try keyboard.prompt()
        try keyboard.type("sleep 1000")
        #expect(keyboard.runs("sleep"))
        try keyboard.press("\(escape)\u{14}")
        try keyboard.prompt("sleep")
        try keyboard.type("help")
        try keyboard.expect("Ctrl-T comes back here")
    }

    @Test("a key that cannot be is an error at the start", .needsPlayground, arguments: ["^C", "escape", "^"])
    func badKey(value: String) throws {
        let done = try Home().podlab("shell", environment: ["PODLAB_ESCAPE_KEY": value])
        #expect(done.code == 64 && done.error.contains("PODLAB_ESCAPE_KEY is "), "\(done)")
    }

    @Test("lines typed ahead go to the tutor's prompt, verbs too, and to whoever reads first", .needsPlayground)
    func typedAhead() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        try keyboard.press("sleep 0.3\rcheck\recho l''at\u{7f}ter\r")
        try keyboard.expect("0 of 1 check passes")
        try keyboard.expect("later\r\n")
        try keyboard.prompt()
        try keyboard.press("sleep 0.3; seq 1000 | less\rq")
        try keyboard.expect("\u{1B}[?1049l")
        try keyboard.prompt()
    }

    @Test("the window's size reaches what runs, at once", .needsPlayground)
    func resize() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        try keyboard.type(
            "bash -c 'trap \"exit 0\" INT; trap \"stty size\" WINCH; echo ready; while :; do sleep 0.05; done'")
        try keyboard.expect("\rready")
        keyboard.resize(rows: 33, columns: 77)
        try keyboard.expect("33 77")
        try keyboard.press("\u{3}")
        try keyboard.prompt()
    }

    @Test("characters of several bytes arrive whole, however they are cut", .needsPlayground)
    func wide() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        try keyboard.type("cat")
        try keyboard.prompt("cat")
        try keyboard.type("resume")
        for byte in Array("한국어 é 🐳\r".utf8) {
            try keyboard.press([byte])
            keyboard.take(milliseconds: 2)
        }
        // The echo, and what cat says.
        try keyboard.expect("한국어 é 🐳\r\n한국어 é 🐳\r\n")
        try keyboard.press(escape)
        try keyboard.prompt("cat")
        try keyboard.type("日本")
        try keyboard.expect("日本\r\n")
        try keyboard.press("\u{4}")
        try keyboard.prompt()
    }
}
