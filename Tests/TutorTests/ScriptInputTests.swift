// Commands from a pipe.
import Glibc
import Linux
import SystemPackage
import Testing

@testable import Tutor

@Suite("Lines from standard input")
struct ScriptInputTests {
    /// A file that holds `bytes`, already unlinked.
    private func input(_ bytes: [UInt8]) throws -> ScriptInput {
        let file = Int32(memfd(bytes))
        try #require(file >= 0)
        return ScriptInput(descriptor: file)
    }

    private func memfd(_ bytes: [UInt8]) -> Int32 {
        guard let file = tmpfile() else { return -1 }
        fwrite(bytes, 1, bytes.count, file)
        rewind(file)
        let copy = dup(fileno(file))
        fclose(file)
        return copy
    }

    private func texts(_ text: String) throws -> [String] {
        let input = try input(Array(text.utf8))
        var lines: [String] = []
        while let line = try input.next() { lines.append(line.text) }
        return lines
    }

    @Test("LF and CRLF end lines, a last line needs no end")
    func lines() throws {
        #expect(try texts("start 1\ncheck\r\n\nquit") == ["start 1", "check", "", "quit"])
        #expect(try texts("a\n") == ["a"])
        #expect(try texts("") == [])
        #expect(try texts("\r\n\r") == ["", ""])
    }

    @Test("a line of 64 KiB is read, a longer one is an error and skipped")
    func long() throws {
        let longest = String(repeating: "x", count: ScriptInput.longestLine)
        #expect(try texts(longest + "\r\nb\n") == [longest, "b"])
        for extra in [1, 2, 3, 500_000] {
            let input = try input(Array((longest + String(repeating: "y", count: extra) + "\nnext\n").utf8))
            #expect(throws: ScriptInput.Problem.lineTooLong(number: 1)) { try input.next() }
            #expect(try input.next() == .init(text: "next", number: 2, wasRepaired: false))
            #expect(try input.next() == nil)
        }
    }

    @Test("a last line that is too long is an error, then the end")
    func longLast() throws {
        let input = try input([UInt8](repeating: 0x78, count: 200_000))
        #expect(throws: ScriptInput.Problem.lineTooLong(number: 1)) { try input.next() }
        #expect(try input.next() == nil)
    }

    @Test("bytes that are not UTF-8 are repaired and reported")
    func repaired() throws {
        let input = try input([0x61, 0xFF, 0x62, 0x0A, 0x63, 0x0A])
        #expect(try input.next() == .init(text: "a\u{FFFD}b", number: 1, wasRepaired: true))
        #expect(try input.next() == .init(text: "c", number: 2, wasRepaired: false))
    }

    @Test("lines that arrive in pieces are put together")
    func pieces() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        let writer = BlockingThread {
            for piece in ["st", "art 1\nch", "eck", "\n"] {
                try? writeAll(piece, to: writing)
                sched_yield()
            }
            close(writing)
        }
        let input = ScriptInput(descriptor: reading)
        #expect(try input.next()?.text == "start 1")
        #expect(try input.next()?.text == "check")
        #expect(try input.next() == nil)
        #expect(writer.value() != nil)
    }

    @Test("a descriptor that cannot be read is an error with its reason")
    func unreadable() {
        #expect(
            throws: ScriptInput.Problem.unreadable(
                .init(operation: "read", object: "standard input", errno: .badFileDescriptor))
        ) {
            try ScriptInput(descriptor: 987_654).next()
        }
    }
}
