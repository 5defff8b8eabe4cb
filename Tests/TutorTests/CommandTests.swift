// Verbs, what a line means, and completion.
import Testing

@testable import Tutor

@Suite("Lines at the tutor's prompt")
struct CommandTests {
    @Test("the first word alone decides what is a verb")
    func parse() {
        #expect(Command.parse("check") == .verb(.check, .init()))
        #expect(Command.parse("  start  01-chroot ") == .verb(.start, .init("01-chroot")))
        #expect(Command.parse("\tgoto\tpack") == .verb(.goto, .init("pack")))
        #expect(Command.parse("ls -l check") == .shell("ls -l check"))
        #expect(Command.parse("chekc") == .shell("chekc"))
        #expect(Command.parse("Check") == .shell("Check"))
        #expect(Command.parse("next=5") == .shell("next=5"))
        #expect(Command.parse("exit") == .shell("exit"))
        #expect(Command.parse("  indented") == .shell("  indented"))
    }

    @Test("what follows an exclamation mark is for the shell")
    func bang() {
        #expect(Command.parse("!help") == .shell("help"))
        #expect(Command.parse(" ! reset x ") == .shell("reset x"))
        #expect(Command.parse("!!") == .shell("!"))
        #expect(Command.parse("!") == .empty)
    }

    @Test("blank lines mean nothing", arguments: ["", "  ", "\t"])
    func blank(_ line: String) {
        #expect(Command.parse(line) == .empty)
    }

    @Test("an answer is kept as typed, for the shell to expand")
    func answer() {
        let command = Command.parse("answer $(stat -c '%d:%i'  /)")
        guard case .verb(.answer, let arguments) = command else {
            Issue.record("not an answer: \(command)")
            return
        }
        #expect(arguments.text == "$(stat -c '%d:%i'  /)")
        #expect(Verb.answer.problem(with: arguments) == nil)
    }

    @Test("wrong arguments are explained")
    func problems() {
        #expect(Verb.check.problem(with: .init("--all"))?.contains("!check") == true)
        #expect(Verb.goto.problem(with: .init()) == "Type `goto STEP`.")
        #expect(Verb.goto.problem(with: .init("a b")) == "Type `goto STEP`.")
        #expect(Verb.start.problem(with: .init("a b")) == "Type `start [LAB]`.")
        #expect(Verb.start.problem(with: .init()) == nil)
        #expect(Verb.answer.problem(with: .init()) == "Type `answer VALUE`.")
    }

    @Test("every verb has its help, short enough for a table")
    func help() {
        for verb in Verb.all {
            #expect(verb.summary.count <= 60)
            #expect(verb.help.count > verb.summary.count)
        }
        #expect(Verb.all.map(\.name).joined(separator: " ").contains("next back goto progress resume help quit"))
    }

    @Test(
        "a slip of the keys is recognised, a program's name is not",
        arguments: [
            ("chekc", "check"), ("sovle", ""), ("soltuion", "solution"), ("hnit", "hint"), ("progess", "progress"),
            ("Quit", "quit"),
            ("strat", "start"), ("vim", ""), ("ls", ""), ("x", ""), ("exit", ""), ("apt-get", ""), ("netx", "next"),
            ("dmeo", "demo"),
        ])
    func suggestion(_ word: String, _ expected: String) {
        #expect(Command.suggestion(for: word)?.name ?? "" == expected)
    }

    private let completion = VerbCompletion(labs: ["01-chroot", "02-mount"], steps: ["where", "pack"])

    private func complete(_ line: String) -> [String] {
        let word = line.split(separator: " ", omittingEmptySubsequences: false).last ?? ""
        return completion.words(line: line, wordStart: line.utf8.count - word.utf8.count, word: String(word))
    }

    @Test("Tab knows verbs, labs and steps")
    func words() {
        #expect(complete("s") == ["start", "solution", "skip"])
        #expect(complete("  he") == ["help"])
        #expect(complete("start ") == ["01-chroot", "02-mount"])
        #expect(complete("start 02") == ["02-mount"])
        #expect(complete("goto p") == ["pack"])
        #expect(complete("lesson w") == ["where"])
        #expect(complete("help go") == ["goto"])
        #expect(complete("start 01-chroot ") == [])
        #expect(complete("ls ") == [])
        #expect(complete("!star") == [])
        #expect(complete("한국 p") == [])
    }

    @Test(
        "a lesson's prompt at the beginning of a line is known, and nothing else is taken for one",
        arguments: [
            ("node# ls", "node# "), ("  box# ps -ax", "box# "), ("$ ls", "$ "), ("host$ podlab check", "host$ "),
            ("# ls", nil),
            ("bash-5.2# ls", "bash-5.2# "), ("/bin/sh # why", nil), ("nobody# x", nil),
            ("ls # all", nil), ("echo node# x", nil), ("node#", nil), ("> x", nil), ("$HOME/x", nil), ("$(ls)", nil),
        ] as [(String, String?)])
    func pasted(line: String, prompt: String?) {
        #expect(ConsoleBlock.pastedPrompt(of: line) == prompt)
    }

    @Test("words of other machines get a remark, and others none")
    func absent() {
        for word in ["sudo", "man", "apt", "docker", "kubectl", "/usr/bin/sudo", "systemctl"] {
            #expect(AbsentCommand.remark(on: word) != nil, "\(word)")
        }
        #expect(AbsentCommand.remark(on: "ls") == nil && AbsentCommand.remark(on: "chekc") == nil)
    }

    @Test("a mount without --bind is helped when mount says that it is no device, and only then")
    func mounts() throws {
        let said = "mount: /box/data: /srv/notes is not a block device.\n"
        let remark = try #require(MountRemark.remark(on: "mount /srv/notes $BOX/data", printed: said))
        #expect(remark.contains("`mount --bind /srv/notes $BOX/data`"))
        for line in [
            "mount --bind /srv/notes /x", "mount -o bind /a /b", "mount -t tmpfs /a /b", "mount /a", "ls /a /b",
        ] {
            #expect(MountRemark.remark(on: line, printed: said) == nil, "\(line)")
        }
        #expect(MountRemark.remark(on: "mount /srv/notes $BOX/data", printed: "") == nil)
    }
}
