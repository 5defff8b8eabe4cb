// The terminal that podlab is started from is nobody's inside: neither as a descriptor nor as a controlling terminal.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct OutsideTerminalTests {
    /// The device of each standard stream and of the node's own terminals; and whether the name of a controlling terminal can be opened.
    private static let script =
        "for f in 0 1 2; do stat -L -c %d /proc/self/fd/$f; done; stat -c %d /dev/pts; (: < /dev/tty) 2>&1; echo over"

    @Test("podlab run on a terminal has one of the playground's own", .needsPlayground)
    func terminal() throws {
        let home = try Home()
        let session = try TerminalSession(home, "run", "--", "sh", "-c", Self.script)
        #expect(try session.ended() == 0)
        let lines = session.transcript.split(whereSeparator: \.isNewline).map(String.init)
        try #require(lines.count == 5 && lines[4] == "over", "\(lines)")
        #expect(Set(lines[0..<4]).count == 1, "\(lines)")
    }

    @Test(
        "what runs inside has pipes in the place of streams that are terminals or files, and bytes pass both ways",
        .needsPlayground)
    func streams() throws {
        let home = try Home()
        let podlab = try home.executable()
        // Standard output is a file; the other two are the terminal.
        let session = try TerminalSession(
            command: [
                "sh", "-c", "\"$0\" run -- sh -c \"$1\" > \"$HOME/out\"; cat \"$HOME/out\"", podlab,
                "read line; echo said $line >&2; for f in 0 1 2; do readlink /proc/self/fd/$f; done; (: < /dev/tty) 2>&1; true",
            ],
            environment: home.environment.merging(["TERM": "dumb"]) { $1 })
        try session.type("hello")
        #expect(try session.ended() == 0)
        let text = session.transcript
        #expect(text.contains("said hello"), "\(text)")
        // The file of outside is not handed in either: its owner is the owner of the playground's files, who could open it for writing.
        #expect(text.matches(of: /pipe:\[\d+\]/).count == 3 && !text.contains("/out"), "\(text)")
        #expect(text.contains("/dev/tty") && !text.contains("/dev/pts"), "\(text)")
    }

    @Test("what a program leaves running may print for ever: podlab run ends with the program", .needsPlayground)
    func endlessRest() throws {
        let home = try Home()
        let start = ContinuousClock.now
        // A reader that is slower than the one who prints.
        let done = try run(
            [
                "sh", "-c",
                #""$0" run -- sh -c 'yes & exit 3' | while [ "$(head -c 65536 | wc -c)" -gt 0 ]; do sleep 0.01; done"#,
                try home.executable(),
            ], environment: home.environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
        #expect(ContinuousClock.now - start < Deadline.duration, "\(done.code)")
        let plain = try home.podlab("run", "--", "sh", "-c", "yes & exit 3")
        #expect(plain.code == 3 && plain.bytes.count < 16 << 20)
    }

    @Test("a slow reader of its input gets all of it", .needsPlayground)
    func slowReader() throws {
        let home = try Home()
        let done = try home.podlab(
            "run", "--", "sh", "-c", "sleep 2; wc -c", input: String(repeating: "x", count: 300_000))
        #expect(done.output.trimmingCharacters(in: .whitespacesAndNewlines) == "300000", "\(done)")
    }
}
