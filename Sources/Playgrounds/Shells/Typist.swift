// Types lines into a terminal as a person would: one after another, each when whoever reads is waiting again.

import CIsolation
import Glibc
import KernelState
import Linux
import Terminals

/// What one typed line came to.
package struct TypedOutput: Sendable, Equatable {
    package var line: String
    /// What was printed, without the echo of the line and without the prompt that followed. CR LF is LF.
    package var output: String
    /// The prompt with which whoever reads now asks for more; empty for the playground's own shell.
    package var prompt: String
    /// The output was longer than is kept.
    package var truncated: Bool

    /// Keeps the beginning only of an output that is longer than so many bytes.
    package mutating func cut(to limit: Int) {
        guard output.utf8.count > limit else { return }
        output = String(decoding: output.utf8.prefix(max(0, limit)), as: UTF8.self)
        truncated = true
    }
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
    /// A descriptor that is readable when the shell has ended; -1: there is none.
    package let shellEnd: Int32
    private let shellEnded: () -> Bool
    private let members: () -> [ProcessID]
    /// From where programs are looked at that have another user's id than this process.
    private let entry: UserNamespaceEntry?
    private var lastReader: ProcessID?
    private let glances = Glances()
    /// The prompt that a program printed last, and which.
    private var learned = (prompt: "", reader: ProcessID?.none)

    /// The prompt of the program that reads now; empty where it is not known.
    package var prompt: String { learned.reader == lastReader ? learned.prompt : "" }

    /// Called when a line or a key is about to be typed, and when it is done or has failed.
    package var willType: () -> Void = {}
    package var didType: () -> Void = {}
    /// At most this much of the output of one line is kept, in bytes.
    package var limit = 1 << 20
    /// The learner, whose keys go to the program while something runs; nil for typed scripts.
    package var learner: LearnerSide? {
        didSet { if let learner, oldValue == nil { keys = keys ?? KeyDesk(learner.escapeKey) } }
    }
    /// Called when something runs on and has printed nothing for a moment: an unfinished line may be shown now.
    package var onQuiet: () -> Void = {}
    private var keys: KeyDesk?
    /// What was printed while nobody looked.
    private var backlog = Backlog(limit: 1 << 16)
    /// The newest prompt mark since something was typed.
    private var lastMark: UInt8?
    /// What programs have made of the terminal.
    package private(set) var modes = ScreenModes()
    /// The foreground process group when the screen was taken. Another one later did not ask for it: the program that did may have
    /// been killed, and its modes left behind.
    private var screenGroup: ProcessID?
    /// A program that reads lines and has been given the keyboard all the same, until it ends.
    private var attached: ProcessIdentity?
    /// Something holds the terminal that the learner has come back from with the escape key, and it takes no lines.
    package private(set) var isLeft = false
    /// Whether the shell's last prompt asked for the rest of an unfinished command.
    package var isContinuing: Bool { lastMark == PromptMark.continuation }

    /// Whether the program in the foreground draws on the whole screen, as editors and pagers do, and has the keyboard.
    package var isFullScreen: Bool {
        modes.takesScreen && screenGroup != nil && screenGroup == terminal.foregroundGroup
    }

    /// Whether keys go to the program one by one and its output is shown as it comes.
    package var isDirect: Bool { attached != nil || isFullScreen }

    /// - Parameters:
    ///   - shellEnded: whether the shell has ended.
    ///   - entry: the playground's user namespace, whose owner may know what any of its processes waits for.
    ///   - members: the numbers of the playground's processes; asked only when the obvious ones do not read.
    package init(
        terminal: PseudoTerminal, shell: ProcessID, shellEnd: Int32 = -1, shellEnded: @escaping () -> Bool,
        entry: UserNamespaceEntry? = nil, members: @escaping () -> [ProcessID]
    ) {
        self.terminal = terminal
        self.shell = shell
        self.shellEnd = shellEnd
        self.shellEnded = shellEnded
        self.entry = entry
        self.members = members
    }

    // MARK: Who reads

    /// Who of the foreground group is asked whether it reads.
    fileprivate enum Circle {
        /// The leader of the group, and who read last.
        case likely
        /// Those whom the shell has started, and whom they have: the kernel lists them, so it costs little.
        case kin
        /// Every process of the playground: one may have been left by its parent.
        case everyone
    }

    /// Who reads the terminal now. `thorough` looks at every process of the foreground group, not at the likely ones only.
    package func reader(thorough: Bool = true) -> TerminalReader { reader(among: thorough ? .everyone : .likely) }

    private func reader(among circle: Circle) -> TerminalReader {
        guard !terminal.hasUnreadInput, let group = terminal.foregroundGroup else { return .busy }
        var candidates = [group]
        if let lastReader, lastReader != group { candidates.insert(lastReader, at: 0) }
        for pid in candidates where glances.mayWait(pid, in: group) != false && waits(pid, group) { return found(pid) }
        let others: [ProcessID] =
            switch circle {
            case .likely: []
            case .kin: ProcessTable.descendantNumbers(of: shell) ?? members()
            case .everyone: members()
            }
        for pid in others where !candidates.contains(pid) && waits(pid, group) { return found(pid) }
        return .busy
    }

    private func found(_ pid: ProcessID) -> TerminalReader {
        lastReader = pid
        return .waiting(pid, isShell: pid == shell)
    }

    private func waits(_ pid: ProcessID, _ group: ProcessID) -> Bool {
        guard let proc = try? ProcFileSystem(), let state = ProcessState.read(pid, fields: [], in: proc),
            state.stat.processGroup == group
        else { return false }
        return WaitingReader.isWaitingForInput(pid, terminal: terminal.identity, from: entry, in: proc)
    }

    /// The shell has printed its prompt, and nothing was typed since.
    private var isAtPrompt: Bool { lastMark == PromptMark.prompt }

    /// Whether somebody waits for input who is not the terminal's own shell at its prompt: a program, a shell in a box, the shell's own
    /// `read`, or the shell with an unfinished command.
    package var waitsForLine: Bool {
        guard !isLeft, case .waiting(_, let isShell) = reader() else { return false }
        return !(isShell && isAtPrompt)
    }

    /// A shell that somebody has started asks for the rest of an unfinished command: bash and other shells print `> ` then. It marks
    /// nothing, so a program may look like it.
    package var seemsContinuing: Bool {
        guard !isLeft, prompt == "> ", case .waiting(let pid, isShell: false) = reader(),
            let name = ProcessState.read(pid, fields: [])?.comm
        else { return false }
        return ["bash", "sh", "dash", "ash", "busybox"].contains(name)
    }

    /// Who waits for a command just now: the terminal's own shell at its prompt, or whoever else reads; nil when it is busy, or when a command
    /// is unfinished. For knowing again where a learner was.
    package var place: ProcessIdentity? {
        guard !isLeft, !isContinuing, !seemsContinuing, case .waiting(let pid, let isShell) = reader(),
            isAtPrompt || !isShell
        else { return nil }
        return ProcessState.read(pid, fields: [])?.identity
    }

    /// The process in the foreground that stands for what runs there: the one that reads, else the leader of its group, else
    /// any member. Nil while the terminal's own shell waits for a command.
    package var foreground: ProcessState? {
        if case .waiting(let pid, let isShell) = reader() {
            let state = ProcessState.read(pid, fields: [])
            // The shell may have been replaced by another program (`exec`), which prints no prompt of the shell's.
            return isShell && (isAtPrompt || isContinuing || state?.comm == "bash") ? nil : state
        }
        // The shell itself is busy for a moment.
        guard let group = terminal.foregroundGroup, group != shell || isLeft else { return nil }
        if let leader = ProcessState.read(group, fields: []), !leader.isZombie { return leader }
        return members().lazy.compactMap { ProcessState.read($0, fields: []) }.first {
            $0.stat.processGroup == group && !$0.isZombie
        }
    }

    /// Whether a program that waits for input has the keyboard, so that its waiting is not the end of a line.
    private func keepsKeyboard(_ reader: ProcessID, isShell: Bool) -> Bool {
        guard learner != nil, !(isShell && isAtPrompt) else { return false }
        if isFullScreen { return true }
        guard let attached else { return false }
        // What an attached shell runs counts as the shell. One that was stopped is neither reader nor above the reader.
        var pid = reader
        for _ in 0..<64 {
            guard let state = ProcessState.read(pid, fields: []) else { return false }
            if state.identity == attached { return true }
            pid = state.parent
        }
        return false
    }

    // MARK: Waiting

    /// Waits until somebody waits for a line, passing on what is printed and pressed meanwhile, or until the learner presses the
    /// escape key.
    /// - Throws: `.ended` when the shell ends, `.stillRunning` when `seconds` have passed, `.keyboardGone`.
    @discardableResult
    package func settle(
        after line: String = "", seconds: Double = 30, onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws(TerminalError) -> TerminalReader {
        let deadline = seconds < 1e6 ? bootTime() + UInt64(seconds * 1e9) : .max
        var silence = Silence()
        var pause: Int32 = 0
        var pieces = 0
        while true {
            if try wait(milliseconds: pause) { return leave(onOutput) }
            // A job of the background that prints without end must not hide that the foreground is done.
            if pieces % 256 != 255, drain(onOutput) {
                silence = Silence()
                pause = 0
                pieces += 1
                continue
            }
            pieces += 1
            let state = reader(among: silence.circle)
            // What a process prints before it reads is in the buffer by now: take it before saying that it waits.
            if case .waiting(let pid, let isShell) = state {
                if drain(onOutput, atMost: 64), pieces < 256 {
                    // What was printed may change who has the keyboard, so look again at once.
                    pause = 0
                    continue
                }
                guard keepsKeyboard(pid, isShell: isShell), !shellEnded() else {
                    arrive(isShell: isShell)
                    return state
                }
                // It waits for keys, and so does this.
                onQuiet()
                pause = -1
                continue
            }
            if shellEnded() {
                drain(onOutput, atMost: 256)
                throw .ended(output: "")
            }
            let now = bootTime()
            guard now < deadline else {
                throw .stillRunning(line: line, seconds: seconds, output: "")
            }
            // There is no event for "a process began to wait", so look again soon, and ever less often; output wakes at once.
            pause = silence.nextPause(now)
            if silence.isLong { onQuiet() }
        }
    }

    private func arrive(isShell: Bool) {
        isLeft = false
        attached = nil
        guard isShell, isAtPrompt else { return }
        // What is printed is noted later than it was printed: modes of a program that is gone were taken for the shell's own wish.
        screenGroup = nil
        terminal.repairModes()
    }

    /// Comes back from what runs.
    private func leave(_ onOutput: (ArraySlice<UInt8>) -> Void) -> TerminalReader {
        drain(onOutput, atMost: 16)
        attached = nil
        let state = reader()
        isLeft = state == .busy || isFullScreen
        return state
    }

    /// Waits for output, or for keys, which are passed on.
    /// - Returns: whether the escape key was pressed.
    private func wait(milliseconds: Int32) throws(TerminalError) -> Bool {
        var polled = [
            pollfd(fd: terminal.master, events: Int16(POLLIN), revents: 0),
            pollfd(fd: shellEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: learner?.keyboard ?? -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: learner?.events ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        if isDirect, let unread = keys?.takeUnread(), !unread.isEmpty { try? terminal.write(unread) }
        // A lone Escape is followed by nothing for a moment.
        let isHolding = keys?.isHolding == true
        let patience = isHolding ? (milliseconds < 0 ? 25 : min(25, milliseconds)) : milliseconds
        let count = poll(&polled, nfds_t(polled.count), patience)
        if isHolding, count == 0, let rest = keys?.release() { deliver(rest) }
        guard count > 0 else { return false }
        if polled[3].revents != 0 { learner?.onEvent() }
        return polled[2].revents != 0 ? try takeKeys() : false
    }

    private func takeKeys() throws(TerminalError) -> Bool {
        guard let keyboard = learner?.keyboard else { return false }
        var pressed = [UInt8](repeating: 0, count: 4096)
        let count = read(keyboard, &pressed, pressed.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return false }
        guard count > 0 else {
            learner = nil
            throw .keyboardGone
        }
        guard let (pass, escaped) = keys?.press(pressed[..<count]) else { return false }
        deliver(pass)
        return escaped
    }

    /// Keys go to a program that has the keyboard. Else nobody reads, or there would be the tutor's prompt: they wait for the next
    /// reader, and only those that interrupt, stop or go on act at once.
    private func deliver(_ pressed: [UInt8]) {
        let now =
            isDirect
            ? (keys?.takeUnread() ?? []) + pressed
            : keys?.keep(pressed, signals: terminal.signalKeys, flow: terminal.flowKeys) ?? []
        if !now.isEmpty { try? terminal.write(now) }
    }

    /// Keys that are for the tutor's prompt: those after the escape key, and those that no program has read, unless one is left
    /// running that may read them yet.
    package func takeKeysAhead() -> [UInt8] { keys?.takeAhead(withUnread: !isLeft) ?? [] }

    // MARK: Output

    private func drain(_ onOutput: (ArraySlice<UInt8>) -> Void) -> Bool {
        let bytes = terminal.read()
        guard !bytes.isEmpty else { return false }
        note(bytes)
        onOutput(bytes[...])
        return true
    }

    /// Several pieces at once, where more may come as fast as they are taken.
    @discardableResult
    private func drain(_ onOutput: (ArraySlice<UInt8>) -> Void, atMost pieces: Int) -> Bool {
        for index in 0..<pieces where !drain(onOutput) { return index > 0 }
        return true
    }

    /// - Returns: where the output begins that followed the last change of screens in it.
    @discardableResult
    private func note(_ bytes: [UInt8]) -> Int? {
        let before = modes.takesScreen
        let switched = modes.follow(bytes)
        if !modes.takesScreen {
            screenGroup = nil
        } else if !before || switched != nil {
            screenGroup = terminal.foregroundGroup
        }
        if let last = bytes.last(where: { $0 == PromptMark.prompt || $0 == PromptMark.continuation }) {
            lastMark = last
        }
        return switched
    }

    /// The terminal of the learner has been put back: no mode that a program switched on holds any more.
    package func forgetModes() {
        modes = ScreenModes()
        screenGroup = nil
    }

    /// Takes what was printed while the tutor's prompt waits, so that no program has to wait for a reader of its output; the newest
    /// of it is kept.
    /// - Returns: whether there was anything.
    @discardableResult
    package func drainInBackground() -> Bool {
        let bytes = terminal.read()
        guard !bytes.isEmpty else { return false }
        let start = note(bytes)
        // What was drawn on one screen does not belong on the other.
        if start != nil { backlog.clear() }
        backlog.add(PromptMark.removed(from: bytes[(start ?? 0)...]))
        return true
    }

    /// Looks whether what was left running still holds the terminal; it may have ended, or begun to read lines.
    /// - Returns: whether it has just given the terminal back.
    @discardableResult
    package func noticeReturn() -> Bool {
        guard isLeft else { return false }
        if shellEnded() {
            isLeft = false
            return true
        }
        guard case .waiting(_, let isShell) = reader(), isShell && isAtPrompt || !isFullScreen else { return false }
        arrive(isShell: isShell)
        return true
    }

    /// What was printed since the last line, by jobs of the background or by what was left.
    package func takeBacklog() -> [UInt8] {
        for _ in 0..<256 where !drainInBackground() { break }
        return backlog.take()
    }

    /// The whole lines of that, as they come.
    package func takeBacklogLines(atMost most: Int) -> [UInt8] { backlog.takeLines(atMost: most) }

    // MARK: Typing

    /// Types bytes as they are, such as Ctrl-D, and waits until somebody waits for input again.
    @discardableResult
    package func press(
        _ bytes: [UInt8], seconds: Double = 30, onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws(TerminalError) -> TypedOutput {
        try send(bytes, line: "", EchoFilter(line: [], echo: .none), seconds: seconds, onOutput)
    }

    /// What a Ctrl-C came to.
    package enum Interruption: Equatable, Sendable {
        /// Whoever waited has ended, or has given up what it asked for.
        case done
        /// The same program waits as before, and has said nothing: it takes no Ctrl-C.
        case ignored
    }

    /// Ctrl-C for whoever waits for input, as its terminal has it: the character that interrupts, or the key itself where a program has
    /// switched signals off. Waits until somebody waits for input again.
    package func interrupt(
        seconds: Double = 30, onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws(TerminalError) -> (Interruption, TypedOutput) {
        let before = reader()
        let typed = try send([terminal.interruptKey], line: "", .ofInterrupt, seconds: seconds, onOutput)
        let isUnheard =
            before != .busy && reader() == before && lastMark == nil && typed.output.isEmpty && typed.prompt.isEmpty
        return (isUnheard ? .ignored : .done, typed)
    }

    /// Goes back to what the learner left, or gives the keyboard to the program that waits for a line, until it ends or the escape
    /// key is pressed.
    @discardableResult
    package func resume(
        seconds: Double = .infinity, onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws(TerminalError) -> TerminalReader {
        for _ in 0..<256 where !drainInBackground() { break }
        isLeft = false
        if isFullScreen {
            backlog.clear()
            onOutput(modes.entering[...])
            redraw(onOutput: onOutput)
        } else {
            let state = reader()
            let isRaw = !terminal.isCanonical
            if case .waiting(let pid, isShell: false) = state {
                attached = ProcessState.read(pid, fields: [])?.identity
            } else if state == .busy, isRaw, let group = terminal.foregroundGroup {
                attached = ProcessState.read(group, fields: [])?.identity
            }
            let missed = backlog.take()
            if !missed.isEmpty {
                onOutput(missed[...])
            } else if attached != nil {
                onOutput(Array(prompt.utf8)[...])
            }
        }
        return try settle(seconds: seconds, onOutput: onOutput)
    }

    /// Has the program in the foreground draw its screen anew, by a window that changes its size and changes it back. Each time the
    /// program gets a moment to draw and to wait for keys again: one that looked at the size only after both changes would see
    /// none, and one that gets a signal and a key at once may lose either, as less does.
    package func redraw(onOutput: (ArraySlice<UInt8>) -> Void) {
        let (rows, columns) = terminal.size
        terminal.resize(rows: rows > 2 ? rows - 1 : rows + 1, columns: columns)
        awaitDrawing(onOutput)
        terminal.resize(rows: rows, columns: columns)
        awaitDrawing(onOutput)
    }

    private func awaitDrawing(_ onOutput: (ArraySlice<UInt8>) -> Void) {
        let deadline = bootTime() + 300_000_000
        var hasDrawn = false
        while bootTime() < deadline {
            if iso_poll(terminal.master, Int32(POLLIN), 5) > 0 {
                drain(onOutput, atMost: 64)
                hasDrawn = true
            } else if hasDrawn, case .waiting = reader(thorough: false) {
                return
            }
        }
    }

    /// Has the terminal's own shell say what has become of its jobs, for nobody: an empty line at its prompt.
    package func letShellReport() {
        guard case .waiting(_, isShell: true) = reader(), isAtPrompt else { return }
        _ = try? type("", seconds: 5)
    }

    /// Types a line and waits until it is done.
    /// - Throws: `.occupied` when something was left running that takes no lines.
    package func type(
        _ line: String, seconds: Double = 30, onOutput: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws(TerminalError) -> TypedOutput {
        let bytes = Array(line.utf8)
        guard bytes.count < 4095 else { throw .lineTooLong(bytes: bytes.count) }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else { throw .controlCharacter(line: line) }
        noticeReturn()
        guard !isLeft else { throw .occupied(program: foreground?.comm ?? "a program") }
        let echo = terminal.echo
        // A tab would ask readline for a completion.
        let typed = echo == .byReader ? bytes.map { $0 == 0x09 ? 0x20 : $0 } : bytes
        return try send(
            typed + [0x0a], line: line, EchoFilter(line: bytes, echo: echo), seconds: seconds, onOutput)
    }

    /// Writes bytes to the terminal and waits until somebody waits for input again.
    private func send(
        _ bytes: [UInt8], line: String, _ echo: EchoFilter, seconds: Double, _ onOutput: (ArraySlice<UInt8>) -> Void
    ) throws(TerminalError) -> TypedOutput {
        var filter = echo
        var kept: [UInt8] = []
        var truncated = false
        let limit = limit
        func keep(_ shown: [UInt8]) {
            guard !shown.isEmpty else { return }
            onOutput(shown[...])
            kept += shown.prefix(max(0, limit - kept.count))
            if kept.count >= limit { truncated = true }
        }
        willType()
        defer { didType() }
        // What was printed since the line before stands above this one's echo.
        keep(takeBacklog())
        lastMark = nil
        do {
            try terminal.write(bytes)
            try settle(after: line, seconds: seconds) { keep(filter.pass($0)) }
            keep(filter.rest())
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
        if isLeft { return (text, "") }
        if case .waiting(_, isShell: true) = reader(thorough: false) { return (text, "") }
        let prompt = prompt
        if !prompt.isEmpty, text.hasSuffix(prompt) { return (String(text.dropLast(prompt.count)), prompt) }
        guard let last = text.split(separator: "\n", omittingEmptySubsequences: false).last,
            let end = last.last(where: { $0 != " " }), "#$>%:?".contains(end)
        else { return (text, "") }
        learned = (String(last), lastReader)
        return (String(text.dropLast(last.count)), String(last))
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: PasteMode.removed(from: bytes), as: UTF8.self).replacing("\r\n", with: "\n")
    }
}

/// How long nothing has been printed, and how soon to look again: a fourth of that, a quarter of a second at most.
private struct Silence {
    private let began = bootTime()
    private var looks = 0
    /// Longer than the moment that an unfinished line gets to be finished.
    private(set) var isLong = false

    /// Whoever shows a prompt before it reads is looked at when that comes. The others are looked for now and then only, for there may be
    /// hundreds.
    var circle: Typist.Circle {
        if looks % 8 == 7 { return isLong ? .everyone : .kin }
        return isLong && looks % 2 == 1 ? .kin : .likely
    }

    /// In milliseconds.
    mutating func nextPause(_ now: UInt64) -> Int32 {
        looks += 1
        let milliseconds = (now - min(now, began)) / 1_000_000
        isLong = milliseconds > 40
        return looks == 1 ? 0 : Int32(min(250, max(1, milliseconds / 4)))
    }
}

/// Open files of those who are asked most whether they wait, and nearly always do not: the leader of the foreground, whoever waited last,
/// and the shell.
private final class Glances {
    private final class Entry {
        let pid: ProcessID
        let glance: ProcessGlance

        init?(_ pid: ProcessID) {
            guard let glance = ProcessGlance(pid) else { return nil }
            self.pid = pid
            self.glance = glance
        }
    }

    private var entries: [Entry] = []

    /// What may be said of one without a closer look, see `ProcessGlance.mayWait`.
    func mayWait(_ pid: ProcessID, in group: ProcessID) -> Bool? {
        if let index = entries.firstIndex(where: { $0.pid == pid }) {
            if let answer = entries[index].glance.mayWait(in: group) { return answer }
            entries.remove(at: index)
        }
        guard let entry = Entry(pid) else { return nil }
        entries = entries.suffix(2) + [entry]
        return entry.glance.mayWait(in: group)
    }
}
