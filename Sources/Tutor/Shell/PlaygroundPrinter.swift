// Shows what the playground prints: whole lines at once, an unfinished line only when it is not a prompt.

import Foundation
import LabKit

/// Writes the playground's output to the learner's screen. The text after the last newline is held back, because it may be the
/// prompt of a shell in a box, which the tutor's own prompt stands for.
final class PlaygroundPrinter {
    private let typist: Typist
    private var held: [UInt8] = []
    private let write: ([UInt8]) -> Void

    init(typist: Typist, write: @escaping ([UInt8]) -> Void) {
        self.typist = typist
        self.write = write
    }

    func take(_ bytes: ArraySlice<UInt8>) {
        held += bytes
        if typist.isFullScreen { return flush() }
        guard let end = held.lastIndex(of: 0x0a) else { return }
        write(shown(Array(held[...end])))
        held.removeSubrange(...end)
    }

    /// Shows an unfinished line too.
    func flush() {
        guard !held.isEmpty else { return }
        write(shown(held))
        held = []
    }

    /// The command is done. What is held is shown on a line of its own unless it is the prompt of whoever reads now.
    func finish(prompt: String) {
        let rest = shown(held)
        held = []
        guard !rest.isEmpty, String(decoding: rest, as: UTF8.self) != prompt || prompt.isEmpty else { return }
        if !prompt.isEmpty, rest.count > prompt.utf8.count, rest.suffix(prompt.utf8.count).elementsEqual(prompt.utf8) {
            write(Array(rest.dropLast(prompt.utf8.count)) + [0x0a])
        } else if prompt.isEmpty {
            write(rest + [0x0a])
        }
    }

    /// Where nobody sits at the keyboard the output is a file or a pipe, whose lines end with LF alone.
    private func shown(_ bytes: [UInt8]) -> [UInt8] {
        let bytes = Self.withoutPasteMode(bytes)
        guard typist.keyboard == nil, bytes.contains(0x0d) else { return bytes }
        return bytes.indices.filter { bytes[$0] != 0x0d || $0 + 1 == bytes.count || bytes[$0 + 1] != 0x0a }
            .map { bytes[$0] }
    }

    /// A shell in a box turns bracketed paste on and off; the tutor's own line editor does that for this terminal.
    static func withoutPasteMode(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(0x1b) else { return bytes }
        var out: [UInt8] = []
        var place = 0
        while place < bytes.count {
            if let mode = modes.first(where: { bytes[place...].starts(with: $0) }) {
                place += mode.count
            } else {
                out.append(bytes[place])
                place += 1
            }
        }
        return out
    }

    private static let modes = ["\u{1b}[?2004l\r", "\u{1b}[?2004l", "\u{1b}[?2004h"].map { Array($0.utf8) }
}
