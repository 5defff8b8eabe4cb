// Types lines into a terminal as a person would: one after another, each when whoever reads is waiting again.

import CIsolation
import Glibc
import KernelState

/// What one typed line came to.
package struct TypedOutput: Sendable, Equatable {
    package var line: String
    /// What was printed, without the echo of the line and without the prompt that followed. CR LF is LF.
    package var output: String
    /// The prompt with which whoever reads now asks for more; empty for the playground's own shell.
    package var prompt: String
    /// The output was longer than is kept.
    package var truncated: Bool
}

/// Who sits at the terminal just now.
package enum TerminalReader: Equatable, Sendable {
    /// A process waits for input. `isShell`: it is the terminal's own shell, not a program or shell that it started.
    case waiting(ProcessID, isShell: Bool)
    /// Something runs, and nobody reads.
    case busy
}

/// The bytes that the playground's own bash prints as its prompts: one control character each, which terminals do not
/// show, so that "the shell is back" is an event on the terminal and its prompt can be taken out again.
package enum PromptMark {
    /// Record separator: PS1.
    package static let prompt: UInt8 = 0x1e
    /// Unit separator: starts PS2, the prompt of an unfinished command.
    package static let continuation: UInt8 = 0x1f
}

/// Types into a pty and knows when a line is done: when nothing that was typed lies unread and a process of the foreground
/// process group stands blocked in a read of this terminal. No marker in the output is trusted for it.
package final class Typist {
    package let terminal: PseudoTerminal
    /// The shell that leads the session on the terminal, by its number on the host.
    package let shell: ProcessID
    private let shellEnded: () -> Bool
    private let members: () -> [ProcessID]
    private var lastReader: ProcessID?
    /// The prompt of the program that reads now, learned from what it printed last.
    private var prompt = ""

    /// At most this much of the output of one line is kept, in bytes.
    package var limit = 1 << 20
    /// A descriptor whose bytes are passed on to the terminal while something runs: the learner's keyboard.
    package var keyboard: Int32?
    /// Called when something runs on and has printed nothing for a moment: an unfinished line may be shown now.
    package var onQuiet: () -> Void = {}
    private var screen = FullScreenTracker()
    /// Whether the shell's last prompt asked for the rest of an unfinished command.
    package private(set) var isContinuing = false

    /// Whether a program has switched the terminal to its second screen, as editors and pagers do.
    package var isFullScreen: Bool { screen.isActive }

    /// - Parameters:
    ///   - shellEnded: whether the shell has ended.
    ///   - members: the numbers of the playground's processes; asked only when the obvious ones do not read.
    package init(
        terminal: PseudoTerminal, shell: ProcessID, shellEnded: @escaping () -> Bool,
        members: @escaping () -> [ProcessID]
    ) {
        self.terminal = terminal
        self.shell = shell
        self.shellEnded = shellEnded
        self.members = members
    }

    /// Who reads the terminal now. `thorough` looks at every process of the foreground group, not at the likely ones only.
    package func reader(thorough: Bool = true) -> TerminalReader {
        guard !terminal.hasUnreadInput, let group = terminal.foregroundGroup else { return .busy }
        var candidates = [group]
        if let lastReader, lastReader != group { candidates.insert(lastReader, at: 0) }
        for pid in candidates where waits(pid, group) { return found(pid) }
        guard thorough else { return .busy }
        for pid in members() where !candidates.contains(pid) && waits(pid, group) { return found(pid) }
        return .busy
    }

    private func found(_ pid: ProcessID) -> TerminalReader {
        lastReader = pid
        return .waiting(pid, isShell: pid == shell)
    }

    private func waits(_ pid: ProcessID, _ group: ProcessID) -> Bool {
        guard let state = ProcessState.read(pid, fields: []), state.stat.processGroup == group else { return false }
        return WaitingReader.isWaitingForInput(pid, terminal: terminal.identity)
    }

    /// Waits until somebody waits for input, passing on what is printed meanwhile.
    /// - Throws: `.ended` when the shell ends, `.stillRunning` when `seconds` have passed.
    @discardableResult
    package func settle(
        after line: String = "", seconds: Double = 30, onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws(TerminalError) -> TerminalReader {
        let deadline = seconds < 1e6 ? bootTime() + UInt64(seconds * 1e9) : .max
        var pause: Int32 = 0
        var looks = 0
        while true {
            if drain(onOutput) {
                pause = 0
                continue
            }
            looks += 1
            let state = reader(thorough: looks % 8 == 0)
            // What a process prints before it reads is in the buffer by now: take it before saying that it waits.
            if case .waiting = state {
                if drain(onOutput) { continue }
                guard isFullScreen, keyboard != nil else { return state }
                // An editor waits for keys: it has the keyboard until it gives the screen back.
                waitForBytes(milliseconds: -1)
                continue
            }
            if shellEnded() {
                while drain(onOutput) {}
                throw .ended(output: "")
            }
            guard bootTime() < deadline else {
                throw .stillRunning(line: line, seconds: seconds, output: "")
            }
            // There is no event for "a process began to wait", so look again soon, and ever less often; output wakes at once.
            if pause == 20 { onQuiet() }
            waitForBytes(milliseconds: pause)
            pause = min(20, pause == 0 ? 1 : pause * 2)
        }
    }

    /// `settle`, with what went wrong as its answer.
    func settling(
        after line: String, seconds: Double, onOutput: (ArraySlice<UInt8>) -> Void
    ) -> TerminalError? {
        do {
            try settle(after: line, seconds: seconds, onOutput: onOutput)
            return nil
        } catch {
            return error
        }
    }

    /// Waits for output, or for keys, which are passed on.
    private func waitForBytes(milliseconds: Int32) {
        var polled = [
            pollfd(fd: terminal.master, events: Int16(POLLIN), revents: 0),
            pollfd(fd: keyboard ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&polled, 2, milliseconds) > 0, polled[1].revents != 0, let keyboard else { return }
        var keys = [UInt8](repeating: 0, count: 4096)
        let count = read(keyboard, &keys, keys.count)
        if count > 0 { try? terminal.write(keys[..<count]) }
        // The learner's terminal is gone; nobody will type again.
        if count == 0 { self.keyboard = nil }
    }

    /// Types bytes as they are, such as Ctrl-D, and waits until somebody waits for input again.
    package func press(
        _ bytes: [UInt8], seconds: Double = 30, onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws(TerminalError) {
        try terminal.write(bytes)
        try settle(seconds: seconds, onOutput: onOutput)
    }

    private func drain(_ onOutput: (ArraySlice<UInt8>) -> Void) -> Bool {
        let bytes = terminal.read()
        guard !bytes.isEmpty else { return false }
        screen.follow(bytes)
        if let last = bytes.last(where: { $0 == PromptMark.prompt || $0 == PromptMark.continuation }) {
            isContinuing = last == PromptMark.continuation
        }
        onOutput(bytes[...])
        return true
    }

    /// Types a line and waits until it is done.
    package func type(
        _ line: String, seconds: Double = 30, onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws(TerminalError) -> TypedOutput {
        let bytes = Array(line.utf8)
        guard bytes.count < 4095 else { throw .lineTooLong(bytes: bytes.count) }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else { throw .controlCharacter(line: line) }
        var filter = EchoFilter(line: bytes, echo: terminal.echo)
        // A tab would ask readline for a completion.
        let typed = terminal.echo == .byReader ? bytes.map { $0 == 0x09 ? 0x20 : $0 } : bytes
        var kept: [UInt8] = []
        var truncated = false
        let limit = limit
        func keep(_ output: ArraySlice<UInt8>) {
            let shown = filter.pass(output)
            guard !shown.isEmpty else { return }
            onOutput(shown[...])
            kept += shown.prefix(max(0, limit - kept.count))
            if kept.count >= limit { truncated = true }
        }
        do {
            try terminal.write(typed + [0x0a])
            try settle(after: line, seconds: seconds, onOutput: keep)
        } catch .ended {
            throw .ended(output: Self.text(kept))
        } catch .stillRunning {
            throw .stillRunning(line: line, seconds: seconds, output: Self.text(kept))
        }
        let (output, prompt) = split(Self.text(kept))
        return TypedOutput(line: line, output: output, prompt: prompt, truncated: truncated)
    }

    /// Parts what was printed from the prompt at its end: what stands behind the last newline, unless the prompt is known and
    /// the output before it ended without one.
    private func split(_ text: String) -> (output: String, prompt: String) {
        if case .waiting(_, isShell: true) = reader(thorough: false) { return (text, "") }
        if !prompt.isEmpty, text.hasSuffix(prompt) { return (String(text.dropLast(prompt.count)), prompt) }
        guard let last = text.split(separator: "\n", omittingEmptySubsequences: false).last,
            let end = last.last(where: { $0 != " " }), "#$>%:?".contains(end)
        else { return (text, "") }
        prompt = String(last)
        return (String(text.dropLast(prompt.count)), prompt)
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).replacing("\r\n", with: "\n")
    }
}

/// Follows which of its two screens a terminal shows, from what is printed on it. See xterm's control sequences, DECSET 1049.
struct FullScreenTracker {
    private(set) var isActive = false
    private var recent: [UInt8] = []

    mutating func follow(_ bytes: [UInt8]) {
        for byte in bytes {
            if byte == 0x1b { recent = [] }
            guard recent.count < 12 else { continue }
            recent.append(byte)
            guard byte == UInt8(ascii: "h") || byte == UInt8(ascii: "l") else { continue }
            let sequence = String(decoding: recent.dropLast(), as: UTF8.self)
            if ["\u{1b}[?1049", "\u{1b}[?1047", "\u{1b}[?47"].contains(sequence) {
                isActive = byte == UInt8(ascii: "h")
            }
        }
    }
}

/// Takes the echo of the typed line, and the shell's prompt marks, out of what a terminal prints.
struct EchoFilter {
    private var expected: [UInt8]
    private var held: [UInt8] = []
    private enum Phase { case exact, untilNewline, passing }
    private var phase: Phase

    init(line: [UInt8], echo: PseudoTerminal.Echo) {
        switch echo {
        case .byKernel:
            expected = line + [0x0d, 0x0a]
            phase = .exact
        case .byReader:
            expected = []
            phase = .untilNewline
        case .none:
            expected = []
            phase = .passing
        }
    }

    mutating func pass(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        for byte in bytes {
            switch phase {
            case .exact:
                held.append(byte)
                if byte == expected[held.count - 1] {
                    if held.count == expected.count { phase = .passing }
                } else {
                    // Something was printed in between: show it all rather than lose a byte.
                    out += held
                    phase = .passing
                }
            case .untilNewline:
                if byte == 0x0a { phase = .passing }
            case .passing:
                if byte != PromptMark.prompt && byte != PromptMark.continuation { out.append(byte) }
            }
        }
        return out
    }
}
