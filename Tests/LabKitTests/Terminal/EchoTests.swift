// What is taken out of a terminal's output: the echo of the typed line and the shell's prompt marks.

import Terminals
import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct EchoTests {
    private func pass(_ filter: inout EchoFilter, _ text: String) -> String {
        String(decoding: filter.pass(Array(text.utf8)[...]), as: UTF8.self)
    }

    @Test("the kernel's echo is taken out, however it is cut into pieces", arguments: 1..<12)
    func kernelEcho(size: Int) {
        var filter = EchoFilter(line: Array("echo hi".utf8), echo: .byKernel)
        let printed = Array("echo hi\r\nhi\r\n\u{1e}".utf8)
        var shown: [UInt8] = []
        for start in stride(from: 0, to: printed.count, by: size) {
            shown += filter.pass(printed[start..<min(printed.count, start + size)])
        }
        #expect(String(decoding: shown, as: UTF8.self) == "hi\r\n")
    }

    @Test("output that came between is shown rather than lost")
    func disturbed() {
        var filter = EchoFilter(line: Array("ls".utf8), echo: .byKernel)
        #expect(pass(&filter, "[1]+ Done\r\nls\r\n") == "[1]+ Done\r\nls\r\n")
    }

    @Test("a reader's own echo is taken out to the end of its line, and without echo nothing is")
    func otherEchoes() {
        var drawn = EchoFilter(line: Array("ls".utf8), echo: .byReader)
        #expect(pass(&drawn, "\u{1B}[Cls\r\nbin\r\n") == "bin\r\n")
        var none = EchoFilter(line: Array("secret".utf8), echo: .none)
        #expect(pass(&none, "\r\nok\r\n") == "\r\nok\r\n")
    }

    @Test(
        "of a Ctrl-C its echo and one newline are taken out, and nothing that a program says",
        arguments: [
            ("^C\r\nhi\r\n", "hi\r\n"), ("^C\r\n\r\n", "\r\n"), ("^Chi\r\n", "hi\r\n"), ("\r\nhi\r\n", "\r\nhi\r\n"),
            ("^C\u{1B}[?2004l\r\r\n\u{1B}[?2004hbash# ", "\u{1B}[?2004hbash# "), ("^C\u{1B}[31mred", "\u{1B}[31mred"),
            ("^C", ""),
            ("hi", "hi"), ("^", "^"), ("", ""),
        ])
    func interrupt(printed: String, shown: String) {
        for size in 1...8 {
            var filter = EchoFilter.ofInterrupt
            var out: [UInt8] = []
            let bytes = Array(printed.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                out += filter.pass(bytes[start..<min(bytes.count, start + size)])
            }
            #expect(String(decoding: out + filter.rest(), as: UTF8.self) == shown, "\(size) at a time")
        }
    }

    @Test("a shell's bracketed paste is taken out, and other sequences are not")
    func pasteMode() {
        let printed = Array("\u{1B}[?2004hbox# \u{1B}[?2004l\r\u{1B}[1mbold".utf8)
        #expect(String(decoding: PasteMode.removed(from: printed), as: UTF8.self) == "box# \u{1B}[1mbold")
    }
}
