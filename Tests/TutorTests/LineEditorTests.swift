// The line editor at a pseudo-terminal. Readline's state belongs to the whole process, so these tests run one by one.
import Foundation
import Linux
import SystemPackage
import Terminals
import TestSupport
import Testing

@testable import Tutor

@Suite("Line editor", .serialized)
struct LineEditorTests {
    /// What a person does at one prompt after the other: waits for it, then presses keys.
    private struct Session {
        var lines: [String?]
        var screen: String
    }

    private func session(
        _ keys: [String], history: String? = nil, configure: (LineEditor) -> Void = { _ in }
    ) throws -> Session {
        let terminal = try #require(PseudoTerminal(rows: 24, columns: 80))
        let before = terminal.localModes
        let editor = LineEditor(historyFile: history, input: terminal.terminal, output: terminal.terminal)
        configure(editor)
        let keyboard = terminal.keyboard
        let stop = try #require(PseudoTerminal(rows: 2, columns: 20))
        let stopped = stop.terminal
        // Beside the editor: reads the screen, and presses the next keys when a prompt has come.
        let person = BlockingThread { typist(keyboard, keys: keys, until: stopped) }
        var lines: [String?] = []
        for _ in keys.filter({ !$0.hasSuffix("\u{3}") }) {
            lines.append(editor.readLine(prompt: "\u{1B}[1mprompt\u{1B}[0m> "))
            #expect(terminal.localModes == before)
        }
        try stop.type("x\n")
        // The descriptors must stay open, and nobody else's, as long as the person looks at them.
        let screen = try #require(person.value())
        return withExtendedLifetime((terminal, stop)) { Session(lines: lines, screen: screen) }
    }

    @Test("lines come back, and Ctrl-D on an empty line is the end")
    func lines() throws {
        let session = try session(["check\r", "\r", "goto 한국\r", "\u{4}"])
        #expect(session.lines == ["check", "", "goto 한국", nil])
    }

    @Test("Ctrl-C abandons the line and a new prompt comes")
    func interrupt() throws {
        let session = try session(["half\u{3}", "whole\r"])
        #expect(session.lines == ["whole"])
        #expect(session.screen.containsText("half^C"))
    }

    @Test("Ctrl-Z and Ctrl-\\ do nothing")
    func suspend() throws {
        #expect(try session(["a\u{1A}\u{1C}b\r"]).lines == ["ab"])
    }

    @Test("Tab completes from the completer, and from no file names")
    func completion() throws {
        let configure = { (editor: LineEditor) in
            let completion = VerbCompletion(labs: ["01-chroot"], steps: ["pack"])
            editor.completer = { completion.words(line: $0, wordStart: $1, word: $2) }
        }
        #expect(
            try session(["prog\t\r", "goto p\tx\r"], configure: configure).lines == ["progress ", "goto pack x"])
        #expect(try session(["ls /et\t\r"], configure: configure).lines == ["ls /et"])
        let files = try session(["ls /et\t\r"]) { $0.completesFilenames = true }
        #expect(files.lines == ["ls /etc/"])
    }

    @Test("names with control characters are not offered, folders get no space")
    func candidates() throws {
        let session = try session(["x\ty\r"]) { $0.completer = { _, _, _ in ["xa\u{1B}[2J", "xdir/"] } }
        #expect(session.lines == ["xdir/y"])
    }

    @Test("what is watched is noticed while the prompt waits, and the begun line stays")
    func watched() throws {
        let event = try #require(PseudoTerminal(rows: 2, columns: 20))
        try event.type("news\n")
        let session = try session(["ab\r"]) { editor in
            let descriptor = event.terminal
            editor.watched = [
                (
                    descriptor,
                    {
                        while let byte = readByte(from: descriptor), byte != 10 {}
                        return ["step done"]
                    }
                )
            ]
        }
        #expect(session.lines == ["ab"])
        #expect(session.screen.containsText("step done\r\n"))
        withExtendedLifetime(event) {}
    }

    @Test("a terminal that is hung up is the end")
    func hangUp() throws {
        let terminal = try #require(PseudoTerminal(rows: 24, columns: 80))
        let editor = LineEditor(historyFile: nil, input: terminal.terminal, output: terminal.terminal)
        terminal.hangUp()
        #expect(editor.readLine(prompt: "> ") == nil)
        #expect(editor.readLine(prompt: "> ") == nil)
    }

    @Test("a paste of several lines gives one line at a call")
    func paste() throws {
        // Bracketed paste, as terminals send it, then Enter.
        let keys = ["\u{1B}[200~one\rtwo\rthree\u{1B}[201~\r"]
        let terminal = try #require(PseudoTerminal(rows: 24, columns: 80))
        let editor = LineEditor(historyFile: nil, input: terminal.terminal, output: terminal.terminal)
        let state = try #require(TerminalState.save(terminal.terminal))
        state.setKeyMode()
        try terminal.type(keys.joined() + "four\r")
        let lines = (1...4).map { _ in editor.readLine(prompt: "> ") }
        #expect(lines == ["one", "two", "three", "four"])
        withExtendedLifetime(terminal) {}
    }

    // MARK: History

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("podlab-test-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test("history is kept in a private file, without blanks, repetitions and lines that begin with a space")
    func history() throws {
        try withFolder { folder in
            let file = folder + "/history"
            _ = try session(["one\r", "one\r", " secret\r", "\r", "two\r"], history: file)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "one\ntwo\n")
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            // Up, and up again, in the next session.
            #expect(try session(["\u{10}\u{10}\r"], history: file).lines == ["one"])
        }
    }

    @Test("lines of another session stay, and the file is cut to its limit")
    func shared() throws {
        try withFolder { folder in
            let file = folder + "/history"
            let first = try LineHistory(path: file, limit: 5)
            first.add("a")
            try writeFile(file, "a\nother\n")
            first.add("b")
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "a\nother\nb\n")
            try writeFile(file, (1...11).map { "\($0)\n" }.joined())
            _ = try LineHistory(path: file, limit: 5)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "7\n8\n9\n10\n11\n")
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    private func writeFile(_ path: String, _ text: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    @Test("what cannot be a history file is said, and lines can be read all the same")
    func unusable() throws {
        try withFolder { folder in
            #expect(mkfifo(folder + "/fifo", 0o600) == 0)
            symlink("/etc/passwd", folder + "/link")
            for (name, reason) in [("fifo", EINVAL), ("link", ELOOP), ("none/history", ENOENT)] {
                var problem: SystemError?
                let session = try session(["x\r"], history: folder + "/" + name) { problem = $0.historyProblem }
                #expect(session.lines == ["x"])
                #expect(problem?.errno.rawValue == reason)
            }
        }
    }
}

/// Presses `keys` at the keyboard of a terminal, one string whenever another prompt is on the screen, and gives back
/// what the screen showed when `stop` can be read or half a minute has passed.
private func typist(_ keyboard: Int32, keys: [String], until stop: Int32) -> String {
    var screen: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    var pressed = 0
    let deadline = ContinuousClock.now + Deadline.duration
    while ContinuousClock.now < deadline {
        let wanted = [keyboard, stop].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard let ready = waitFor(wanted, milliseconds: 1000) else { continue }
        if ready[0].revents != 0 {
            let count = read(keyboard, &chunk, chunk.count)
            if count <= 0 { break }
            screen += chunk.prefix(count)
        } else if ready[1].revents != 0 {
            break
        }
        // A prompt is drawn anew after it was cleared for a notice; only those that follow a key count.
        let text = String(decoding: screen, as: UTF8.self)
        if pressed < keys.count, text.components(separatedBy: "> ").count - 1 > pressed {
            try? writeAll(keys[pressed], to: keyboard)
            pressed += 1
        }
    }
    return String(decoding: screen, as: UTF8.self)
}
