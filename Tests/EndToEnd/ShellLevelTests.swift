// Wherever a learner's shell stands, the verbs work: in a shell of a box, in an unfinished command, below a program that waits.

import Foundation
import Glibc
import Testing

@Suite struct ShellLevelTests {
    // MARK: Ctrl-C

    /// What was typed, and whether the shell of before has the terminal again after a Ctrl-C.
    struct Waiting: CustomTestStringConvertible, Sendable {
        var lines: [String]
        /// The prompt when it has been typed.
        var prompt: String
        /// What the prompt names after Ctrl-C.
        var after = "01 where ○ ›"

        var testDescription: String { lines.joined(separator: " ⏎ ") }
    }

    static let waiting: [Waiting] = [
        Waiting(lines: ["echo it's"], prompt: ">"),
        Waiting(lines: ["echo it's", "check", "quit"], prompt: ">"),
        Waiting(lines: ["echo \"one", "two"], prompt: ">"),
        Waiting(lines: ["cat <<END", "help"], prompt: ">"),
        Waiting(lines: ["for i in 1 2; do"], prompt: ">"),
        Waiting(lines: ["(echo a"], prompt: ">"),
        Waiting(lines: ["echo a \\"], prompt: ">"),
        Waiting(lines: ["echo $(("], prompt: ">"),
        Waiting(lines: ["cat"], prompt: "01 where ○ (cat) ›"),
        Waiting(lines: ["grep foo"], prompt: "01 where ○ (grep) ›"),
        Waiting(lines: ["read x"], prompt: "01 where ○ (bash) ›"),
        Waiting(lines: ["while read -p '>>> ' x; do echo $x; done", "1"], prompt: "01 where ○ (bash) ›"),
        Waiting(lines: ["bash -c 'while read -p \"... \" x; do :; done'"], prompt: "01 where ○ (bash) ›"),
        Waiting(lines: ["echo 'a", "b'; read x"], prompt: "01 where ○ (bash) ›"),
        Waiting(lines: ["stty -isig; cat"], prompt: "01 where ○ (cat) ›", after: "01 where ○ (cat) ›"),
        Waiting(lines: ["stty intr ^T; cat"], prompt: "01 where ○ (cat) ›"),
        Waiting(lines: ["stty -echo; cat"], prompt: "01 where ○ (cat) ›"),
        Waiting(
            lines: ["bash -c 'trap \"\" INT; read x; echo got $x'"], prompt: "01 where ○ (bash) ›",
            after: "01 where ○ (bash) ›"),
        Waiting(lines: ["bash", "echo it's"], prompt: "01 where ○ (bash >) ›", after: "01 where ○ (bash) ›"),
        Waiting(lines: ["bash", "cat <<END", "x"], prompt: "01 where ○ (bash >) ›", after: "01 where ○ (bash) ›"),
        Waiting(lines: ["bash", "bash", "if true"], prompt: "01 where ○ (bash >) ›", after: "01 where ○ (bash) ›"),
        Waiting(lines: ["bash", "cat"], prompt: "01 where ○ (cat) ›", after: "01 where ○ (bash) ›"),
        Waiting(lines: ["bash", "read x"], prompt: "01 where ○ (bash) ›", after: "01 where ○ (bash) ›"),
        Waiting(lines: ["sh", "echo it's"], prompt: "01 where ○ (sh >) ›", after: "01 where ○ (sh) ›"),
        Waiting(lines: ["unshare -m", "echo it's"], prompt: "01 where ○ (bash >) ›", after: "01 where ○ (bash) ›"),
        Waiting(lines: ["PS2='more '", "echo it's"], prompt: "01 where ○ (bash) ›"),
        Waiting(lines: ["PS1='mine '", "echo it's"], prompt: ">", after: "01 where ○ (bash) ›"),
    ]

    @Test(
        "Ctrl-C at the prompt leads out of whatever waits, and the verbs work", .needsPlayground, arguments: waiting)
    func interrupted(_ waiting: Waiting) throws {
        let terminal = try TerminalSession(Home(), rows: 60)
        try terminal.prompt("podlab ›")
        try terminal.type("start 1")
        try terminal.prompt("01 where ○ ›")
        for (index, line) in waiting.lines.enumerated() {
            try terminal.type(line)
            // Only then the prompt is another one than that on which the line was typed.
            try terminal.expectPrinted("\r\n")
            let isLast = index == waiting.lines.count - 1
            try terminal.expect("a prompt after \(line)") { screen in
                let prompt = screen.cursorLine
                return isLast ? prompt == waiting.prompt : prompt.hasSuffix("›") || prompt == ">"
            }
        }
        try terminal.press("C-c")
        try terminal.expectPrinted("^C")
        try terminal.prompt(waiting.after)
        try terminal.type("help")
        try terminal.expect("leave; your progress is kept")
        try terminal.prompt(waiting.after)
        try terminal.type("reset")
        try terminal.expect("A fresh playground")
        try terminal.prompt("01 where ○ ›")
        try terminal.type("echo still $((40 + 2))")
        try terminal.expect("\nstill 42")
    }

    @Test("on a line that is not empty Ctrl-C is for the line, and the program waits on", .needsPlayground)
    func interruptedLine() throws {
        let terminal = try TerminalSession(Home())
        try terminal.prompt("podlab ›")
        try terminal.type("start 1")
        try terminal.prompt("01 where ○ ›")
        try terminal.type("cat")
        try terminal.prompt("01 where ○ (cat) ›")
        try terminal.press("a", "b", "C-c")
        try terminal.prompt("01 where ○ (cat) ›")
        try terminal.type("said-once")
        try terminal.expect("what cat says") { $0.text.components(separatedBy: "said-once").count == 3 }
        try terminal.press("C-c")
        try terminal.prompt("01 where ○ ›")
    }

    @Test(
        "what was printed after a Ctrl-D begins with no empty line, and a box's own prompt is not shown",
        .needsPlayground)
    func afterEndOfInput() throws {
        let terminal = try TerminalSession(Home())
        try terminal.prompt("podlab ›")
        try terminal.type("start 1")
        try terminal.prompt("01 where ○ ›")
        // The lesson speaks of that prompt as well.
        func leaks() -> Int { terminal.transcript.components(separatedBy: "bash-5").count }
        let before = leaks()
        try terminal.type("bash --norc")
        try terminal.prompt("01 where ○ (bash) ›")
        try terminal.type("cat")
        try terminal.prompt("01 where ○ (cat) ›")
        try terminal.press("C-d")
        try terminal.prompt("01 where ○ (bash) ›")
        try terminal.type("echo first")
        try terminal.prompt("01 where ○ (bash) ›")
        try terminal.type("echo second")
        try terminal.prompt("01 where ○ (bash) ›")
        #expect(
            terminal.screen.text.contains("› echo first\nfirst\n")
                && terminal.screen.text.contains("› echo second\nsecond\n"))
        #expect(leaks() == before, "\(terminal.transcript.suffix(400))")
        // Nor does what one program asked with stand before the next one.
        try terminal.type("exit")
        try terminal.prompt("01 where ○ ›")
        try terminal.type("cat")
        try terminal.prompt("01 where ○ (cat) ›")
        try terminal.type("resume")
        try terminal.expectPrinted("has the keyboard until it ends")
        try terminal.press("x", "Enter")
        try terminal.expect("what cat says") { $0.text.hasSuffix("\nx\nx") }
        // A key that shows nothing begins no line either.
        try terminal.press("C-d")
        try terminal.expect("the prompt") { $0.cursorLine == "01 where ○ ›" }
        #expect(leaks() == before)
    }

    // MARK: Verbs

    /// What a learner does between a step and a verb.
    enum Level: String, CaseIterable, Sendable {
        case asItIs, inAShell, outside
    }

    /// Moves to the level: a shell more than there is, or one less.
    private func move(_ level: Level, _ terminal: TerminalSession, _ prompt: String) throws {
        switch level {
        case .asItIs: break
        case .inAShell:
            try terminal.type("bash")
            try terminal.prompt(prompt)
        case .outside:
            guard try terminal.prompt(prompt).contains("(") else { return }
            try terminal.type("exit")
            try terminal.prompt(prompt)
        }
    }

    private func verbs(_ name: String, _ level: Level) throws {
        let lab = try SolutionSteps(name)
        let home = try Home()
        let terminal = try TerminalSession(home, rows: 200)
        try terminal.prompt("podlab ›")
        try terminal.type("start \(Int(lab.number) ?? 0)")
        let offset = Level.allCases.firstIndex(of: level) ?? 0
        for index in lab.steps.indices.dropLast() {
            let step = lab.steps[index]
            let here = "\(lab.number) \(step.id.prefix(16))"
            let there = "\(lab.number) \(lab.steps[index + 1].id.prefix(16))"
            try terminal.prompt(here, seconds: 60)
            switch (index + offset) % 3 {
            case 0:
                // Done by hand, then another level: it stays done.
                try terminal.solve(step, of: lab)
                try move(level, terminal, here)
                try terminal.type("next")
                try terminal.prompt(there, seconds: 60)
                try move(level, terminal, there)
                try terminal.type("reset")
                try terminal.expectPrinted("A fresh playground", seconds: 60)
            case 1:
                try move(level, terminal, here)
                try terminal.type("skip")
            default:
                try move(level, terminal, here)
                try terminal.type("goto \(index + 2)")
            }
            try terminal.prompt(there, seconds: 60)
            #expect(!terminal.transcript.contains("could not be rebuilt"), "\(terminal.transcript.suffix(2000))")
        }
        // The solution of the last step fits what the verbs have made.
        if let last = lab.steps.last { try terminal.solve(last, of: lab) }
        try terminal.type("quit")
        #expect(try terminal.ended() == 0)
    }

    @Test(
        "next, skip, goto and reset work from every shell level of every step", .needsPlayground,
        arguments: SolutionSteps.all, Level.allCases)
    func verbsOfLabs(lab: String, level: Level) throws {
        try verbs(lab, level)
    }

    @Test(
        "so they do in the labs that make cgroups", .needsPlayground, .needsCgroups,
        arguments: SolutionSteps.needingCgroups, Level.allCases)
    func verbsOfLabsWithCgroups(lab: String, level: Level) throws {
        try verbs(lab, level)
    }

    @Test(
        "so they do in the labs that run pods", .needsPlayground, .needsImages, arguments: SolutionSteps.needingImages,
        [Level.inAShell])
    func verbsOfLabsWithImages(lab: String, level: Level) throws {
        try verbs(lab, level)
    }

    @Test("a step that is done stays done when the lesson's next lines undo it", .needsPlayground)
    func undone() throws {
        let done = try Home().tutorial(
            "start 2", "goto private", "exit", "mkdir -p $BOX/scratch", "unshare -m",
            "mount -t tmpfs scratch $BOX/scratch",
            "chroot $BOX /bin/bash", "touch /scratch/token", "exit", "exit", "next", "progress", "skip", "progress")
        #expect(done.output.contains("This step is done."), "\(done)")
        #expect(done.output.contains("propagation ·") && done.output.contains("(you are here)"), "\(done)")
        #expect(!done.output.contains("not done yet") && !done.output.contains("could not be rebuilt"), "\(done)")
    }

    @Test("what was done yesterday is rebuilt, and said so", .needsPlayground)
    func nextDay() throws {
        let home = try Home()
        let first = try home.tutorial(
            "start 1", "answer $(stat -c '%d:%i' /)", "next", "skip", "chroot $BOX /bin/bash", "check", "quit")
        #expect(first.code == 0, "\(first)")
        let second = try home.tutorial("start", "progress", "quit")
        #expect(second.output.contains("limits · What chroot does not do (you are here)"), "\(second)")
        #expect(second.output.contains("This is a fresh playground, with `where`, `pack` and `enter`"), "\(second)")
        let back = try home.tutorial("start", "goto where", "next", "ls $BOX/bin", "quit")
        #expect(back.output.contains("Step 2 of 4") && !back.output.contains("not done yet"), "\(back)")
    }

    @Test("a step that was left by going back is shown as done at once, and not announced again", .needsPlayground)
    func backwards() throws {
        let done = try Home().tutorial("start 1", "skip", "skip", "goto 2", "ls /", "quit")
        #expect(done.output.contains("This step was done in this playground."), "\(done)")
        #expect(!done.output.contains("This step is done. "), "\(done)")
    }

    @Test("steps are named by number too", .needsPlayground)
    func numbers() throws {
        let done = try Home().tutorial("start 1", "lesson 2", "goto 3", "progress", "goto 9", "lesson 0")
        #expect(
            done.output.contains("Step 2 of 4 · Pack the box")
                && done.output.contains("enter · Enter it (you are here)")
                || done.output.contains("(you are here)"), "\(done)")
        #expect(done.output.contains("has no step 9; it has 4") && done.output.contains("has no step 0"), "\(done)")
        #expect(done.code == 64)
    }

    // MARK: Other users' programs

    @Test("a program under another user id gets its lines, and the script goes on", .needsPlayground, .needsRange)
    func otherUser() throws {
        let lines = ["bash", "sh", "cat"].map { "setpriv --reuid 1000 --regid 1000 --clear-groups \($0)" }
        let done = try Home().tutorial(
            "start 1", lines[0], "echo uid=$(id -u)", "exit", lines[1], "echo uid=$(id -u)", "exit",
            "echo back=$(id -u)", "quit", seconds: 30)
        #expect(done.output.components(separatedBy: "uid=1000\n").count == 3, "\(done)")
        #expect(done.output.contains("back=0\n"), "\(done)")
        let terminal = try TerminalSession(Home())
        try terminal.prompt("podlab ›")
        try terminal.type("start 1")
        try terminal.prompt("01 where ○ ›")
        try terminal.type(lines[0])
        try terminal.prompt("01 where ○ (bash) ›")
        try terminal.type("id -u")
        try terminal.expect("\n1000\n")
        try terminal.type("exit")
        try terminal.prompt("01 where ○ ›")
        try terminal.type(lines[2])
        try terminal.prompt("01 where ○ (cat) ›")
        try terminal.press("C-c")
        try terminal.prompt("01 where ○ ›")
    }

    @Test("so does one in a user namespace below the playground's", .needsPlayground)
    func otherNamespace() throws {
        let done = try Home().tutorial(
            "start 1", "unshare -U --map-user=1000 --map-group=1000 bash", "echo uid=$(id -u)", "exit", "echo over",
            "quit",
            seconds: 30)
        #expect(done.output.contains("uid=1000\n") && done.output.contains("over\n"), "\(done)")
    }
}

extension Executable {
    /// Why a playground has no second user id here; nil where it has.
    static let troubleWithRange: String? = {
        if let trouble { return trouble }
        guard let map = try? Home().podlab("run", "--", "cat", "/proc/self/uid_map") else { return "no playground" }
        let counts = map.output.split(separator: "\n").compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        return counts.reduce(0, +) > 1000 ? nil : "this user has no subordinate range"
    }()
}

extension Trait where Self == ConditionTrait {
    /// For tests of programs under another id than the user's.
    static var needsRange: Self {
        .enabled(if: Executable.troubleWithRange == nil, Comment(rawValue: Executable.troubleWithRange ?? ""))
    }
}

@Suite struct TellingTests {
    @Test("a failed check does not give the answer away before the hints have", .needsPlayground)
    func help() throws {
        let done = try Home().tutorial("start 1", "check", "next", "hint", "check", "hint", "hint", "check")
        let answer = "answer $(stat -c '%d:%i' /)` hands"
        let parts = done.output.components(separatedBy: "Hint 3 of 3")
        #expect(parts.count == 2 && !parts[0].contains(answer), "\(done)")
        #expect(parts[1].replacing("\n", with: " ").contains("hands them in"), "\(done)")
        #expect(parts[0].contains("no answer yet") && parts[0].contains("`hint` gives the next thought"), "\(done)")
    }

    @Test(
        "an answer is judged when it is given", .needsPlayground,
        arguments: [
            ("answer /", "That is not the answer.", false), ("answer 1:1", "That is not the answer.", false),
            ("answer $(stat -c '%d:%i' /)", "That answer is right.", true),
            ("answer $(stat -c '%i:%d' /)", "in the wrong order", false),
            ("answer $(stat -c '%d %i' /)", "write them as", false),
        ])
    func judged(line: String, words: String, right: Bool) throws {
        let done = try Home().tutorial("start 1", line, "quit")
        #expect(done.output.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(words), "\(done)")
        #expect(
            done.output.contains("This step is done.") == right
                && done.output.contains("That answer is right.") == right)
    }

    @Test("a right answer that is typed as it is is noticed as well", .needsPlayground)
    func literal() throws {
        let home = try Home()
        let terminal = try TerminalSession(home)
        try terminal.prompt("podlab ›")
        try terminal.type("start 1")
        try terminal.prompt("01 where ○ ›")
        try terminal.type("echo \"at $(stat -c '%d:%i' /)\"")
        try terminal.expect("\nat ")
        try terminal.prompt("01 where ○ ›")
        let line = try #require(terminal.screen.lines.last { $0.hasPrefix("at ") })
        try terminal.type("answer \(line.dropFirst(3))")
        try terminal.expect("That answer is right.")
        try terminal.prompt("01 where ● ›")
        try terminal.type("next")
        try terminal.prompt("01 pack ○○○○ ›")
    }

    @Test("text follows the window", .needsPlayground)
    func width() throws {
        let terminal = try TerminalSession(Home(), columns: 100, rows: 60)
        try terminal.prompt("podlab ›")
        try terminal.type("start 1")
        try terminal.prompt("01 where ○ ›")
        for columns in [80, 40, 60] {
            terminal.resize(columns: columns, rows: 60)
            try terminal.type("clear")
            try terminal.prompt("01 where ○ ›")
            try terminal.type("check")
            try terminal.expectPrinted("check passes, 1 fails")
            try terminal.prompt("01 where ○ ›")
            // A line that the terminal had to break would go on at the beginning of the next.
            let lines = terminal.screen.lines.filter { !$0.contains("›") }
            #expect(
                lines.allSatisfy { $0.isEmpty || " ✗│0123456789".contains($0.prefix(1)) },
                "\(columns): \(terminal.screen.text)")
        }
    }

    @Test(
        "podlab check from another terminal follows its window, and prints no back quotes where it has colours",
        .needsPlayground)
    func outside() throws {
        let home = try Home()
        let shell = try home.start()
        try shell.type("start 1\n")
        try shell.expect("answer DEVICE:INODE`.")
        try shell.type("skip\n")
        try shell.expect("mounted at `$BOX/proc`")
        let terminal = try TerminalSession(home, "check", columns: 60, rows: 60)
        #expect(try terminal.ended() == 1)
        #expect(!terminal.transcript.contains("`") && !terminal.transcript.contains("try  "), "\(terminal.transcript)")
        let lines = terminal.screen.lines
        #expect(lines.allSatisfy { $0.isEmpty || " 0123456789".contains($0.prefix(1)) }, "\(terminal.screen.text)")
        try shell.type("quit\n")
        _ = try shell.wait()
    }

    @Test("a pasted prompt is left out, and words of other machines are answered", .needsPlayground)
    func pasted() throws {
        let done = try Home().tutorial(
            "start 1", "node# echo pasted $((1 + 1))", "sudo ls", "man ls", "host$ podlab check", "task")
        #expect(
            done.output.contains("pasted 2\n") && done.output.contains("You are root in the playground already"),
            "\(done)")
        #expect(
            done.output.contains("no manual pages")
                && done.output.replacing("\n│ ", with: " ").contains("another terminal, outside podlab"),
            "\(done)")
        #expect(done.output.contains("`$BOX` is `/home/namespace/"), "\(done)")
    }

    @Test("what a job of the background prints comes above the prompt, without a line being typed", .needsPlayground)
    func background() throws {
        let home = try Home()
        let terminal = try TerminalSession(home)
        try terminal.prompt("podlab ›")
        try terminal.type("start 1")
        try terminal.prompt("01 where ○ ›")
        try terminal.type("mkfifo /tmp/go; { read < /tmp/go; echo from the job; } &")
        try terminal.prompt("01 where ○ ›")
        let record = try #require(try home.record())
        // Written from outside: nothing is typed.
        let fifo = open("/proc/\(record.playground.pid)/root/tmp/go", O_WRONLY | O_CLOEXEC)
        try #require(fifo >= 0)
        _ = write(fifo, "\n", 1)
        close(fifo)
        try terminal.expect("\nfrom the job\n01 where ○ ›")
    }
}
