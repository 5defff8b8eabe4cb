// Much output, odd output, odd terminals, and shells that go away, at a terminal.

import Foundation
import Glibc
import Testing

@Suite struct OutputTests {
    @Test("a hundred megabytes pass, and none is lost", .needsPlayground)
    func flood() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        try keyboard.type("yes | head -c 100M; echo the e''nd")
        try keyboard.expect("the end\r\n", seconds: 300)
        try keyboard.prompt()
        #expect(keyboard.printed.count { $0 == UInt8(ascii: "y") } >= 50 << 20)
        // And without a newline in it.
        try keyboard.type("head -c 20M /dev/zero | tr '\\0' z; echo; echo the e''nd")
        try keyboard.expect("the end\r\n")
        try keyboard.prompt()
    }

    @Test("output without end is interrupted, and left", .needsPlayground)
    func endless() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        for key in ["\u{3}", "\u{1D}"] {
            try keyboard.type("yes")
            try keyboard.expect("y\r\ny\r\n")
            #expect(keyboard.runs("yes"))
            try keyboard.press(key)
            try keyboard.prompt(key == "\u{3}" ? nil : "yes")
        }
        try keyboard.type("check")
        try keyboard.expect("0 of 1 check passes")
        try keyboard.prompt("yes")
        try keyboard.type("resume")
        try keyboard.expect("y\r\ny\r\n")
        try keyboard.press("\u{3}")
        try keyboard.prompt()
        // A job of the background floods as well, and hides nothing.
        try keyboard.type("yes flood & sleep 0.1; echo $((40 + 2))")
        try keyboard.expect("42\r\n")
        try keyboard.prompt()
        try keyboard.type("kill %1; wait")
        try keyboard.prompt()
        try keyboard.type("echo al''ive")
        try keyboard.expect("alive\r\n")
    }

    @Test("binary output leaves a terminal that can be worked on", .needsPlayground)
    func binary() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        try keyboard.type("head -c 1M /dev/urandom")
        try keyboard.prompt()
        try keyboard.type("printf '\\033]0;never ended'")
        try keyboard.expect("never ended")
        // CAN ends the sequence before the prompt is part of it.
        try keyboard.expect("\u{18}")
        try keyboard.prompt()
        try keyboard.type("tput smcup; printf '\\016'; echo o''n")
        try keyboard.expect("on\r\n")
        let restored = try keyboard.prompt()
        #expect(restored.contains("\u{0F}") && restored.contains("\u{1B}[?1049l"))
        try keyboard.type("echo $((40 + 2))")
        try keyboard.expect("42\r\n")
    }

    @Test("a paste of a hundred lines runs line by line", .needsPlayground, arguments: [true, false])
    func paste(bracketed: Bool) throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        let lines = (1...100).map { $0 == 50 ? "check" : "echo \($0) $((\($0) * 7))" }
        let text = lines.joined(separator: "\r")
        try keyboard.press(bracketed ? "\u{1B}[200~\(text)\u{1B}[201~\r" : text + "\r")
        for number in 1...100 {
            try keyboard.expect(number == 50 ? "0 of 1 check passes" : "\(number) \(number * 7)\r\n")
        }
        try keyboard.prompt()
    }

    @Test("whatever becomes of the shell, there is one again", .needsPlayground)
    func shells() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        for line in ["exec true", "exec sleep 0.2", "exit", "exit 3", "kill -9 $$", "exec /none; exit", "kill -HUP $$"]
        {
            try keyboard.type(line)
            try keyboard.expect("The playground's shell has ended; this is a new one")
            try keyboard.prompt()
            try keyboard.type("echo $((40 + 2))")
            try keyboard.expect("42\r\n")
            try keyboard.prompt()
        }
        // While the prompt waits.
        try keyboard.type("(sleep 0.3; kill -9 $$) &")
        try keyboard.prompt()
        try keyboard.expect("The playground's shell has ended; this is a new one")
        try keyboard.type("echo $((40 + 2))")
        try keyboard.expect("42\r\n")
        try keyboard.prompt()
        // Replaced by a program that reads.
        try keyboard.type("exec cat")
        try keyboard.prompt("cat")
        try keyboard.type("abc")
        try keyboard.expect("\rabc\r\n")
        try keyboard.prompt("cat")
        try keyboard.press("\u{4}")
        try keyboard.expect("The playground's shell has ended; this is a new one")
        try keyboard.prompt()
        // A window of another size is that of the new shell too.
        try keyboard.type("stty size")
        try keyboard.expect("200 100")
    }

    @Test("a program that was killed with the terminal in raw mode leaves it usable", .needsPlayground)
    func rawMode() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        for line in ["stty raw -echo", "bash -c 'stty raw -echo; kill -9 $$'", "stty -isig -icanon"] {
            try keyboard.type(line)
            try keyboard.prompt()
            try keyboard.type("stty -a")
            let modes = try keyboard.prompt().split { $0.isWhitespace || $0 == ";" }
            for mode in ["icanon", "isig", "echo", "opost", "icrnl"] {
                #expect(modes.contains(Substring(mode)), "\(mode) in \(modes)")
            }
        }
        // `read -s` has the echo off while it reads, and that is its own affair.
        try keyboard.type("read -sp word: x; echo got $x")
        try keyboard.expect("word:")
        try keyboard.prompt("bash")
        try keyboard.type("secret")
        try keyboard.expect("got secret\r\n")
    }

    @Test("a dumb terminal gets no escape sequence", .needsPlayground)
    func dumb() throws {
        let keyboard = try Keyboard.inLab(Home(), term: "dumb")
        keyboard.isPlain = true
        try keyboard.prompt()
        try keyboard.type("echo $TERM; sleep 1000")
        try keyboard.expect("\r\ndumb")
        #expect(keyboard.runs("sleep"))
        try keyboard.press("\u{1D}")
        try keyboard.prompt("sleep")
        try keyboard.type("resume")
        try keyboard.press("\u{3}")
        try keyboard.prompt()
        try keyboard.type("check")
        try keyboard.expect("0 of 1 check passes")
        try keyboard.type("quit")
        #expect(try keyboard.wait() == 1)
        #expect(!keyboard.printed.contains(0x1b))
    }

    @Test("terminals of 40 and of 500 columns", .needsPlayground, arguments: [40, 500])
    func widths(columns: Int) throws {
        let keyboard = try Keyboard.inLab(Home(), columns: columns)
        try keyboard.prompt()
        try keyboard.type("tput cols; stty size")
        try keyboard.expect("\(columns)\r\n200 \(columns)\r\n")
        try keyboard.prompt()
        try keyboard.type("printf '%0600d\\n' 7 | tail -c 10")
        try keyboard.expect("000000007\r\n")
        try keyboard.prompt()
        try keyboard.type("check")
        try keyboard.expect("0 of 1 check")
        try keyboard.prompt()
    }

    @Test("idle, podlab takes no processor time; beside something silent, hardly any", .needsPlayground)
    func idle() throws {
        let keyboard = try Keyboard.inLab(Home())
        // What was begun may be at its end later than what it printed: the two seconds are those that come after.
        func rests(atMost most: Int = 0) throws -> Bool {
            try eventually {
                let before = try ticks(keyboard.pid)
                return try keyboard.isSilent(milliseconds: 2000) && ticks(keyboard.pid) - before <= most
            }
        }
        try keyboard.prompt()
        #expect(try rests())
        try keyboard.type("sleep 1000")
        // Eight looks.
        #expect(try rests(atMost: 4))
        try keyboard.press("\u{1D}")
        try keyboard.prompt("sleep")
        #expect(try rests())
    }

    /// User and system time, in ticks of the clock.
    private func ticks(_ pid: pid_t) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        try #require(fields.count > 13)
        return try #require(Int(fields[11])) + #require(Int(fields[12]))
    }

    @Test("Tab completes what is there inside, of the node and of a box", .needsPlayground)
    func completion() throws {
        let keyboard = try Keyboard.inLab(Home())
        try keyboard.prompt()
        for line in [
            "mkdir -p $BOX/bin /tmp/only-here; cp /bin/bash /bin/ls $BOX/bin",
            "cp --parents $(ldd /bin/bash /bin/ls | grep -o '/lib[^ ]*' | sort -u) $BOX",
            "echo '#!/bin/sh' > /usr/local/bin/zeta-tool; chmod +x /usr/local/bin/zeta-tool",
        ] {
            try keyboard.type(line)
            try keyboard.prompt()
        }
        try keyboard.press("ls /tmp/on\t")
        try keyboard.expect("/tmp/only-here/")
        try keyboard.press("\u{3}")
        try keyboard.prompt()
        try keyboard.press("zeta\t")
        try keyboard.expect("zeta-tool ")
        try keyboard.press("\u{3}")
        try keyboard.prompt()
        try keyboard.press("!zet\t")
        try keyboard.expect("!zeta-tool ")
        try keyboard.press("\u{3}")
        try keyboard.prompt()
        try keyboard.press("ls $BOX/b\t")
        try keyboard.expect("$BOX/bin/")
        try keyboard.press("\u{3}")
        try keyboard.prompt()
        try keyboard.type("chroot $BOX /bin/bash")
        try keyboard.prompt("bash")
        try keyboard.press("ls /b\tb\t")
        try keyboard.expect("/bin/bash")
        try keyboard.press("\u{3}")
        try keyboard.prompt("bash")
        // Nothing of the node is seen from the box.
        try keyboard.press("ls /tm\t\t\u{3}")
        let seen = try keyboard.prompt("bash")
        #expect(!seen.contains("/tmp"))
    }
}
