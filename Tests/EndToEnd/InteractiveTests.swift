// podlab as a person has it: on a terminal, with keys.

import Foundation
import Testing

@Suite struct InteractiveTests {
    @Test("a newcomer gets from the first to the last step of lab 01", .needsPlayground, .needsScreen)
    func wholeLab() throws {
        let home = try Home()
        let screen = try Screen(home)
        try screen.expect("Type start 1 to begin")
        try screen.prompt("podlab ›")
        try screen.type("start 1")
        try screen.prompt("01 where ○ ›")
        try screen.type("answer $(stat -c '%d:%i' /)")
        try screen.expect("answer noted")
        try screen.type("check")
        try screen.prompt("01 where ● ›")
        try screen.type("next")
        try screen.prompt("01 pack ○○○○ ›")
        try screen.type("mkdir -p $BOX/bin $BOX/proc; cp /bin/bash /bin/ls /bin/ps /bin/kill $BOX/bin")
        try screen.prompt("01 pack")
        try screen.type("check")
        try screen.expect("2 of 4 checks pass, 2 fail")
        try screen.type(
            "for lib in $(ldd /bin/bash /bin/ls /bin/ps /bin/kill | grep -o '/lib[^ ]*' | sort -u); "
                + "do cp --parents -L $lib $BOX; done")
        try screen.prompt("01 pack")
        try screen.type("mount -t proc proc $BOX/proc")
        try screen.prompt("01 pack")
        try screen.type("check")
        try screen.prompt("01 pack ●●●● ›")
        try screen.type("next")
        try screen.prompt("01 enter ○○ ›")
        try screen.type("chroot $BOX /bin/bash")
        try screen.prompt("01 enter")
        #expect(try screen.lastLine().contains("(bash)"))
        try screen.type("next")
        try screen.prompt("01 limits ○ (bash) ›")
        try screen.type("kill $(ps -C kubelet -o pid=)")
        try screen.type("check")
        try screen.prompt("01 limits ● (bash) ›")
        try screen.type("next")
        try screen.expect("was the last step: the lab is done")
        try screen.type("labs")
        try screen.expect("4 of 4 steps done")
        try screen.type("quit")
        #expect(try screen.ended())
        #expect(home.sessions.isEmpty)
        // Lines are kept for the next time.
        let history = try String(contentsOfFile: home.path + "/state/podlab/history", encoding: .utf8)
        #expect(history.contains("chroot $BOX /bin/bash") && history.contains("start 1"))
    }

    @Test("Ctrl-C empties the line, and interrupts what runs in the playground", .needsPlayground, .needsScreen)
    func interrupt() throws {
        let screen = try Screen(Home())
        try screen.prompt("podlab ›")
        try screen.press("n", "o", "C-c")
        try screen.prompt("podlab ›")
        try screen.type("start 1")
        try screen.prompt("01 where")
        // A key is for whatever has the terminal when it comes, so it must not come before the program is there.
        try screen.type("sh -c 'echo here; exec sleep 1000'; echo rc=$?")
        try screen.expect("the program") { $0.hasSuffix("\nhere") }
        try screen.press("C-c")
        try screen.prompt("01 where")
        try screen.type("echo code $?")
        try screen.expect("code 130")
        try screen.press("u", "n", "d", "o", "n", "e", "C-c")
        try screen.prompt("01 where")
        try screen.type("echo alive")
        try screen.expect("\nalive")
        // Ctrl-Z stops a job, and fg brings it back.
        try screen.type("sh -c 'echo there; exec sleep 1000'")
        try screen.expect("the program") { $0.hasSuffix("\nthere") }
        try screen.press("C-z")
        try screen.prompt("01 where")
        try screen.type("jobs")
        try screen.expect("Stopped")
        try screen.type("kill %1")
        try screen.prompt("01 where")
        try screen.type("quit")
        #expect(try screen.ended())
    }

    @Test("Ctrl-D ends the program that waits in the playground first, then podlab", .needsPlayground, .needsScreen)
    func endOfInput() throws {
        let screen = try Screen(Home())
        try screen.prompt("podlab ›")
        try screen.type("start 1")
        try screen.prompt("01 where ○ ›")
        try screen.type("cat")
        try screen.prompt("01 where ○ (cat) ›")
        try screen.type("once")
        try screen.expect("what cat says") { $0.components(separatedBy: "once").count == 3 }
        try screen.press("C-d")
        try screen.prompt("01 where ○ ›")
        try screen.type("bash")
        try screen.prompt("01 where ○ (bash) ›")
        try screen.press("C-d")
        try screen.prompt("01 where ○ ›")
        try screen.press("C-d")
        try screen.expect("Ctrl-D once more")
        // It counts only when it is pressed twice in a row.
        try screen.type("echo between")
        try screen.expect("\nbetween")
        try screen.press("C-d")
        try screen.expect("the question again") { $0.components(separatedBy: "Ctrl-D once more").count == 3 }
        try screen.press("C-d")
        #expect(try screen.ended())
    }

    @Test("a pager has the screen and the keys until it is left", .needsPlayground, .needsScreen)
    func fullScreen() throws {
        let screen = try Screen(Home())
        try screen.prompt("podlab ›")
        try screen.type("start 1")
        try screen.prompt("01 where ○ ›")
        try screen.type("seq 1 500 > /tmp/numbers; less /tmp/numbers")
        try screen.expect("the first page") { $0.hasPrefix("1\n2\n3\n") }
        try screen.press("G")
        try screen.expect("the last page") { $0.contains("\n500\n") }
        try screen.press("q")
        try screen.prompt("01 where ○ ›")
        #expect(try !screen.text().contains("\n500\n"))
        try screen.type("stty size")
        try screen.expect("40 100")
        try screen.resize(columns: 70, rows: 30)
        try screen.prompt("01 where ○ ›")
        try screen.type("stty size")
        try screen.expect("30 70")
    }

    @Test("in a window of 40 columns every line fits", .needsPlayground, .needsScreen)
    func narrow() throws {
        let screen = try Screen(Home(), columns: 40, rows: 60)
        try screen.prompt("podlab ›")
        try screen.type("start 1")
        try screen.prompt("01 where ○ ›")
        try screen.type("check")
        let text = try screen.expect("0 of 1 check passes, 1 fails.")
        // A line that the terminal had to break would go on at the beginning of the next.
        let lines = text.split(separator: "\n")
        #expect(lines.contains { $0.contains("no answer yet") } && lines.allSatisfy { $0.count <= 40 }, "\(text)")
        try screen.type("help")
        try screen.expect("the list of verbs") { $0.contains("quit") && $0.contains("leave;") }
        try screen.prompt("01 where")
        try screen.type("quit")
        #expect(try screen.ended())
    }

    @Test("when the terminal's window is closed, nothing of podlab stays", .needsPlayground, .needsScreen)
    func hangUp() throws {
        let home = try Home()
        var screen: Screen? = try Screen(home)
        try screen?.prompt("podlab ›")
        try screen?.type("start 1")
        try screen?.prompt("01 where ○ ›")
        let session = try #require(try home.record())
        screen = nil
        #expect(eventually { !isRunning(session.playground) && !isRunning(session.owner) })
        _ = try home.clean()
        #expect(home.sessions.isEmpty)
    }
}
