// Checks, blocks and prompts as a learner sees them.
import LabKit
import Testing

@testable import Tutor

/// A judged check, as far as it is shown.
private func check(_ title: String, _ outcome: ProbeOutcome, help: String? = nil) -> CheckResult {
    CheckResult(
        reference: CheckReference(step: "step", check: "check"), title: title, outcome: outcome, help: help)
}

@Suite("Views")
struct ViewTests {
    private let failing = check(
        "A `bash` runs inside",
        ProbeOutcome(
            status: .fail, expected: "root /home/namespace/box", actual: "root /",
            evidence: [
                Evidence(source: "/proc/23133/root", value: "/"),
                Evidence(source: "/tmp/a\u{1B}[2J", value: "x\ny\n"),
            ]),
        help: "Type `chroot $BOX /bin/bash`.")

    @Test("what fails shows expected, actual, evidence and what to try; what passes takes one line")
    func checks() {
        let lines = CheckView(style: Style(width: 80)).render([
            check("It is there", ProbeOutcome(status: .pass)), failing,
            check("Later", ProbeOutcome(status: .skip, reason: "`inside` did not pass")),
        ])
        #expect(
            lines == [
                "✓ It is there", "", "✗ A `bash` runs inside", "  expected    root /home/namespace/box",
                "  actual      root /", "  evidence    /proc/23133/root: /", "              /tmp/a\\u{1b}[2J:",
                "              x",
                "              y", "  try         Type `chroot $BOX /bin/bash`.", "",
                "– Later (`inside` did not pass)", "", "1 of 3 checks pass, 1 fails, 1 skipped.",
            ])
    }

    @Test("an error is told apart from a failure, with its reason")
    func error() {
        let lines = CheckView(style: Style(width: 80)).render([
            check("Mounted", ProbeOutcome(status: .error, reason: "ESRCH"))
        ])
        #expect(lines == ["! Mounted", "  no verdict  ESRCH", "", "0 of 1 check passes, 1 could not be judged."])
    }

    @Test("on a narrow terminal texts stand below their labels, within the width")
    func narrow() {
        let lines = CheckView(style: Style(unicode: false, width: 40)).render([failing])
        #expect(lines.prefix(3) == ["[FAIL] A `bash` runs inside", "    expected", "      root /home/namespace/box"])
        #expect(lines.allSatisfy { displayWidth($0) <= 40 })
    }

    @Test("long values are wrapped and never cut")
    func long() {
        var failing = failing
        failing.actual = String(repeating: "0123456789", count: 60)
        for width in [20, 40, 80, 500] {
            let lines = CheckView(style: Style(width: width)).render([failing])
            #expect(lines.allSatisfy { displayWidth($0) <= width })
            #expect(lines.joined().filter { "0123456789".contains($0) }.count >= 600)
        }
    }

    @Test("all passing is said in one line")
    func summary() {
        let view = CheckView(style: Style())
        let pass = check("a", ProbeOutcome(status: .pass))
        #expect(view.summary([pass, pass]) == "All 2 checks pass.")
        #expect(view.summary([pass]) == "The check passes.")
        #expect(view.summary([]) == "Nothing was checked.")
        #expect(view.render([]) == [])
    }

    @Test("symbols fall back to ASCII words")
    func marks() {
        let (fancy, ascii) = (Screen(style: Style()), Screen(style: Style(unicode: false)))
        #expect(fancy.ok("done") == ["✓ done"])
        #expect(ascii.ok("done") == ["[ok]   done"])
        #expect(ascii.failed("a") + ascii.skipped("b") + ascii.error("c") == ["[FAIL] a", "[skip] b", "[err]  c"])
        #expect(ascii.note("n") == ["| n"])
        #expect(ascii.heading("Title") == ["", "Title", "-----"])
    }

    @Test("pairs line up, and stand below each other where it is narrow")
    func pairs() {
        let rows = [("goto STEP", "go to a step"), ("quit", "leave")]
        #expect(Screen(style: Style()).pairs(rows) == ["  goto STEP  go to a step", "  quit       leave"])
        #expect(
            Screen(style: Style(width: 20)).pairs(rows) == ["  goto STEP", "    go to a step", "  quit", "    leave"])
    }

    @Test("the prompt tells lab, step, checks and what waits")
    func prompt() {
        let prompt = PromptView(lab: "01", step: "pack", checks: [.pass, .fail, .unknown])
        #expect(prompt.render(Style()) == "01 pack ●○○ › ")
        #expect(prompt.render(Style(unicode: false)) == "01 pack [*x.] > ")
        #expect(PromptView().render(Style()) == "podlab › ")
        #expect(PromptView(lab: "02", step: "s", waiting: "vi\u{1B}m").render(Style()) == "02 s (vi\\u{1b}m) › ")
        let many = PromptView(lab: "03", step: "x", checks: Array(repeating: .pass, count: 9) + [.fail])
        #expect(many.render(Style()) == "03 x 9/10 › ")
    }

    @Test("escapes of a prompt are marked for readline")
    func marked() {
        #expect(LineEditor.markingEscapes("\u{1B}[1m01\u{1B}[0m › ") == "\u{1}\u{1B}[1m\u{2}01\u{1}\u{1B}[0m\u{2} › ")
        #expect(LineEditor.markingEscapes("a > ") == "a > ")
    }
}
