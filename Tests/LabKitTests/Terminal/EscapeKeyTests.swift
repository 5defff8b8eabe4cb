// The key that comes back to the tutor's prompt: how it is chosen, and how it is found among others.

import Testing

@testable import LabKit
@testable import Playgrounds

@Suite struct EscapeKeyTests {
    @Test(
        "a key is named by a caret, by itself or by its name",
        arguments: [("^]", 0x1d), ("^T", 0x14), ("^t", 0x14), ("GS", 0x1d), ("us", 0x1f), ("\u{14}", 0x14), ("^@", 0)])
    func named(text: String, byte: UInt8) throws {
        #expect(try EscapeKey(parsing: text).byte == byte)
    }

    @Test("anything else is refused", arguments: ["]", "^", "^^^", "Ctrl-]", "^1", "é", "^é", "x\u{14}", "^\u{7f}"])
    func refused(text: String) {
        #expect(throws: EscapeKeyError.unknown(text)) { try EscapeKey(parsing: text) }
    }

    @Test(
        "keys that every program needs are refused",
        arguments: ["^C", "^D", "^M", "^J", "^I", "^[", "^Z", "^\\", "ESC", "^H"])
    func needed(text: String) {
        #expect {
            try EscapeKey(parsing: text)
        } throws: { error in
            if case EscapeKeyError.needed = error { true } else { false }
        }
    }

    @Test("without a choice it is Ctrl-]")
    func standard() throws {
        #expect(try EscapeKey(environment: [:]) == .standard)
        #expect(try EscapeKey(environment: ["PODLAB_ESCAPE_KEY": ""]) == .standard)
        #expect(EscapeKey.standard.description == "Ctrl-]")
        #expect(try EscapeKey(environment: ["PODLAB_ESCAPE_KEY": "^A"]).description == "Ctrl-A")
    }

    private let sequences = ["\u{1D}", "\u{1B}[27;5;93~", "\u{1B}[93;5u", "\u{1B}[93;133u", "\u{1B}[93::91;5:1u"]

    @Test("the key is found wherever reads cut, and what stands around it goes where it belongs")
    func cut() {
        for key in sequences {
            let keys = Array("a\u{1B}[A한\(key)check\r".utf8)
            for size in 1...keys.count {
                var scanner = EscapeScanner(.standard)
                var (passed, after): ([UInt8], [UInt8]) = ([], [])
                var wasFound = false
                for start in stride(from: 0, to: keys.count, by: size) {
                    let piece = keys[start..<min(keys.count, start + size)]
                    if wasFound {
                        after += piece
                        continue
                    }
                    let (pass, rest) = scanner.scan(piece)
                    passed += pass
                    if let rest {
                        wasFound = true
                        after += rest
                    }
                }
                #expect(wasFound, "\(key.debugDescription) by \(size)")
                #expect(String(decoding: passed, as: UTF8.self) == "a\u{1B}[A한")
                #expect(String(decoding: after, as: UTF8.self) == "check\r")
            }
        }
    }

    @Test(
        "other keys pass, byte for byte, at the latest when nothing follows",
        arguments: [
            "\u{1B}", "\u{1B}\u{1B}", "\u{1B}[A", "\u{1B}OP", "\u{1B}[27;5;92~", "\u{1B}[93;6u", "\u{1B}[93;5:3u", "]",
            "\u{1B}[",
            "\u{1B}[<0;10;20M", "\u{1B}[200~paste\u{1B}[201~", "한국어 é", "\u{1B}[111111111111111111111111111111",
        ])
    func others(keys: String) {
        for size in [1, 2, 3, 100] {
            var scanner = EscapeScanner(.standard)
            var passed: [UInt8] = []
            let bytes = Array(keys.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                let (pass, after) = scanner.scan(bytes[start..<min(bytes.count, start + size)])
                passed += pass
                #expect(after == nil)
            }
            passed += scanner.release()
            #expect(passed == bytes && !scanner.isHolding)
        }
    }

    @Test("another key is found by its own sequences")
    func another() throws {
        var scanner = EscapeScanner(try EscapeKey(parsing: "^T"))
        #expect(scanner.scan(Array("\u{1D}".utf8)[...]).after == nil)
        #expect(scanner.scan(Array("\u{1B}[116;5ux".utf8)[...]).after == Array("x".utf8))
        #expect(scanner.scan(Array("\u{14}".utf8)[...]).after == [])
    }

    @Test("keys wait for a reader; those that interrupt act at once and make the others void")
    func desk() {
        var desk = KeyDesk(.standard)
        let typed = desk.press(Array("abc\u{13}".utf8)[...])
        #expect(!typed.escaped && desk.keep(typed.pass, signals: [3], flow: [0x13]) == [0x13])
        #expect(desk.unread == Array("abc".utf8))
        #expect(desk.keep(Array("d\u{3}e".utf8), signals: [3], flow: []) == [3])
        #expect(desk.unread == Array("e".utf8))
        let left = desk.press(Array("f\u{1D}hint".utf8)[...])
        #expect(left.escaped && left.pass == Array("f".utf8))
        #expect(desk.takeAhead(withUnread: false) == Array("hint".utf8))
        #expect(desk.takeAhead(withUnread: true) == Array("e".utf8))
    }
}
