// Shows what the playground prints: whole lines at once, an unfinished line only when it is not a prompt.

import Glibc
import LabKit
import Playgrounds

/// Writes the playground's output to the learner's screen. The text after the last newline is held back, because it may be the
/// prompt of a shell in a box, which the tutor's own prompt stands for.
final class PlaygroundPrinter {
    private let typist: Typist
    private var held: [UInt8] = []
    private let write: ([UInt8]) -> Void
    /// What was written last ended in the middle of a line.
    private(set) var isMidLine = false
    /// More is not held back: it is no prompt.
    private static let longestHeld = 4096

    init(typist: Typist, write: @escaping ([UInt8]) -> Void) {
        self.typist = typist
        self.write = write
    }

    /// A learner's terminal does not process what is passed on to it.
    private var newline: [UInt8] { typist.learner == nil ? [0x0a] : [0x0d, 0x0a] }

    private func put(_ bytes: [UInt8]) {
        guard let last = bytes.last else { return }
        isMidLine = last != 0x0a
        write(bytes)
    }

    func take(_ bytes: ArraySlice<UInt8>) {
        if typist.isDirect {
            held += bytes
            return flush()
        }
        guard let end = bytes.lastIndex(of: 0x0a) else {
            held += bytes
            if held.count > Self.longestHeld { flush() }
            return
        }
        put(shown(held + bytes[...end]))
        held = Array(bytes[(end + 1)...])
    }

    /// Shows an unfinished line too.
    func flush() {
        guard !held.isEmpty else { return }
        put(shown(held))
        held = []
    }

    /// The command is done. What is held is shown on a line of its own unless it is the prompt of whoever reads now.
    func finish(prompt: String) {
        let rest = shown(held)
        held = []
        guard !rest.isEmpty, String(decoding: rest, as: UTF8.self) != prompt || prompt.isEmpty else { return }
        if !prompt.isEmpty, rest.count > prompt.utf8.count, rest.suffix(prompt.utf8.count).elementsEqual(prompt.utf8) {
            put(Array(rest.dropLast(prompt.utf8.count)) + newline)
        } else if prompt.isEmpty {
            put(rest + newline)
        }
    }

    /// Ends an unfinished line, because the tutor's prompt stands on one of its own.
    func endLine() {
        flush()
        if isMidLine { put(newline) }
    }

    /// Where nobody sits at the keyboard the output is a file or a pipe, whose lines end with LF alone.
    private func shown(_ bytes: [UInt8]) -> [UInt8] {
        // A program that has the keyboard has the terminal's modes as well.
        if typist.isDirect { return bytes }
        let bytes = PasteMode.removed(from: bytes)
        guard typist.learner == nil, bytes.contains(0x0d) else { return bytes }
        return bytes.indices.filter { bytes[$0] != 0x0d || $0 + 1 == bytes.count || bytes[$0 + 1] != 0x0a }
            .map { bytes[$0] }
    }
}
