// Reading a line at a terminal, edited, completed and remembered: a thin class over GNU Readline's callback interface,
// which leaves the waiting to us, so that the prompt can also be woken by something else than keys.
@preconcurrency import CReadline
import Glibc
import Linux
import Terminals
import Text

/// The line editor. Readline's state is global C state, so there is one, made and used on the main thread only.
///
/// While a line is edited, the terminal makes no signals: Ctrl-C comes as a key and abandons the line, Ctrl-Z and Ctrl-\
/// do nothing, as in a shell. Readline installs no signal handlers; SIGWINCH is handled here. For signals that end the
/// process the caller keeps a `TerminalState` to restore.
package final class LineEditor {
    /// Gives the words that may stand in place of `word`, which begins at the UTF-8 offset `wordStart` of `line`. A word
    /// that ends with `/` is completed without a space after it.
    package typealias Completer = (_ line: String, _ wordStart: Int, _ word: String) -> [String]

    package static let historyLimit = 1000

    /// Proposes words for Tab.
    package var completer: Completer?
    /// Whether Tab falls back to names of files of this machine where the completer has no word.
    package var completesFilenames = false
    /// What is watched while the prompt waits: whenever a descriptor can be read, its handler is called (it must take
    /// what is there), and the lines that it gives back are printed above the prompt.
    package var watched: [(descriptor: Int32, handler: () -> [String])] = []
    /// Called once when so many milliseconds have passed without anything else; as the handlers above.
    package var alarm: (milliseconds: Int32, handler: () -> [String])?
    /// The prompt as it is to be after a handler has given lines back; nil leaves it.
    package var renewedPrompt: (() -> String)?
    /// Whether Ctrl-C is for somebody else, who waits in the playground; told what stood on the line. `readLine` gives `nil` then, and
    /// `wasInterrupted` says why.
    package var passesInterrupt: (_ line: String) -> Bool = { _ in false }
    package private(set) var wasInterrupted = false
    /// Keys that were pressed elsewhere, before those of the terminal.
    package var keysAhead: [UInt8] = []
    /// Why the history file is not used, if so.
    package private(set) var historyProblem: SystemError?

    private let input: Int32
    private let output: Int32
    /// What the next line begins with: typed already, elsewhere.
    package var typedAhead = ""

    private var history: LineHistory?
    /// Lines of a paste of many, yet to be given out.
    private var pasted: [String] = []
    private var received: Received?

    private enum Received {
        case line(String)
        case abandoned(String)
        case endOfInput
    }

    /// - Parameters:
    ///   - historyFile: a path, or `nil` for a history in memory. Its folder must exist.
    ///   - historyLimit: lines that are kept.
    ///   - input: the terminal that keys come from.
    ///   - output: where the line is shown.
    package init(
        historyFile: String?, historyLimit: Int = LineEditor.historyLimit, input: Int32 = STDIN_FILENO,
        output: Int32 = STDOUT_FILENO
    ) {
        self.input = input
        self.output = output
        // Streams of their own, as long as the process lives, where it is not the standard ones that are used.
        if input != STDIN_FILENO { rl_instream = fdopen(dup(input), "r") }
        if output != STDOUT_FILENO { rl_outstream = fdopen(dup(output), "w") }
        // Readline sets LINES and COLUMNS in the environment unless told otherwise, and children would inherit them.
        rl_change_environment = 0
        rl_catch_signals = 0
        rl_catch_sigwinch = 0
        // Readline keeps these pointers, so what they point to is never freed.
        rl_readline_name = UnsafePointer(strdup("podlab"))
        initialize()
        rl_prep_term_function = { meta in
            rl_prep_terminal(meta)
            withoutSignalKeys()
        }
        for map in [rl_get_keymap_by_name("emacs"), rl_get_keymap_by_name("vi-insert"), rl_get_keymap_by_name("vi")] {
            if let map { rl_bind_key_in_map(3, { _, _ in LineEditor.abandon() }, map) }
        }
        rl_getc_function = { _ in LineEditor.nextKey() }
        rl_input_available_hook = { LineEditor.hasKeys() }
        rl_attempted_completion_function = { word, start, _ in LineEditor.complete(word, start) }
        rl_completer_word_break_characters = UnsafePointer(strdup(" \t\n\"'`<>=;|&("))
        using_history()
        stifle_history(Int32(historyLimit))
        if let historyFile {
            do throws(SystemError) {
                history = try LineHistory(path: historyFile, limit: historyLimit)
            } catch {
                historyProblem = error
            }
        }
    }

    /// Makes a control character do nothing at the prompt.
    package func ignore(_ key: UInt8) {
        for map in [rl_get_keymap_by_name("emacs"), rl_get_keymap_by_name("vi-insert"), rl_get_keymap_by_name("vi")] {
            if let map { rl_bind_key_in_map(Int32(key), { _, _ in 0 }, map) }
        }
    }

    /// A line, without its end; `nil` when the input ends (Ctrl-D on an empty line, a terminal hung up). After Ctrl-C
    /// the prompt comes anew, unless `passesInterrupt` says otherwise. A paste of several lines gives one line a call.
    ///
    /// - Parameter prompt: one line; escape sequences in it (`ESC [ … m`) are marked for readline here.
    package func readLine(prompt: String) -> String? {
        wasInterrupted = false
        if !pasted.isEmpty {
            let line = pasted.removeFirst()
            // What was pasted is on the screen already, but far above; beside its output it can be understood.
            try? writeAll(prompt + line + "\n", to: output)
            return line
        }
        Self.current = self
        defer { Self.current = nil }
        let resize = ResizeSignal()
        defer { resize?.end() }
        while true {
            received = nil
            install(prompt: prompt)
            takeTypedAhead()
            while received == nil { waitForKeys(resize) }
            switch received {
            case .line(let text): return remember(text)
            case .abandoned(let text):
                guard passesInterrupt(text) else { continue }
                wasInterrupted = true
                return nil
            case .endOfInput, nil: return nil
            }
        }
    }

    private func remember(_ text: String) -> String {
        // Bracketed paste puts pasted newlines into the line rather than ending it.
        var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
            .map(String.init)
        if lines.count > 1, lines.last?.isBlank == true { lines.removeLast() }
        for line in lines {
            if history != nil {
                history?.add(line)
            } else if !line.isBlank, line.first != " " {
                add_history(line)
            }
        }
        pasted = Array(lines.dropFirst())
        return lines.first ?? ""
    }

    private func install(prompt: String) {
        rl_reset_screen_size()
        // With the callback interface nobody else takes it back, and readline would end every line to come as if input had ended there.
        rl_eof_found = 0
        rl_callback_handler_install(Self.markingEscapes(prompt)) { line in
            // Called by readline when a line is complete, from `rl_callback_read_char`. Removing the handler here also
            // gives the terminal its modes back before the line is acted upon.
            rl_callback_handler_remove()
            LineEditor.current.map { TerminalGuard.noteModes(of: $0.input) }
            LineEditor.current?.take(line)
        }
        TerminalGuard.noteModes(of: input)
    }

    /// Puts what was typed elsewhere into the line, to be edited on.
    private func takeTypedAhead() {
        guard !typedAhead.isEmpty else { return }
        rl_insert_text(typedAhead)
        rl_redisplay()
        typedAhead = ""
    }

    private func take(_ line: UnsafeMutablePointer<CChar>?) {
        if case .abandoned? = received {
            free(line)
            return
        }
        guard let line else {
            // Where bracketed paste is on, readline itself ends the line.
            if rl_variable_value("enable-bracketed-paste").map({ String(cString: $0) }) != "on" {
                try? writeAll("\n", to: output)
            }
            received = .endOfInput
            return
        }
        received = .line(String(cString: line))
        free(line)
    }

    private func waitForKeys(_ resize: ResizeSignal?) {
        if !keysAhead.isEmpty {
            rl_callback_read_char()
            return
        }
        let extra = watched
        var descriptors = [pollfd(fd: input, events: Int16(POLLIN), revents: 0)]
        descriptors.append(pollfd(fd: resize?.descriptor ?? -1, events: Int16(POLLIN), revents: 0))
        descriptors += extra.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard let ready = waitFor(descriptors, milliseconds: alarm?.milliseconds ?? -1) else { return }
        if ready[1].revents != 0 { follow(resize?.drain()) }
        if let alarm, ready.allSatisfy({ $0.revents == 0 }) {
            self.alarm = nil
            printAbove(alarm.handler())
        }
        for (watch, result) in zip(extra, ready.dropFirst(2)) where result.revents != 0 {
            printAbove(watch.handler())
        }
        if ready[0].revents != 0 { rl_callback_read_char() }
    }

    private func follow(_ event: ResizeSignal.Event?) {
        // Whoever had the terminal while this process was stopped has left the cursor somewhere.
        if event == .continued { rl_on_new_line() }
        rl_resize_terminal()
        if event == .continued { rl_forced_update_display() }
    }

    /// Prints lines where the prompt is and puts the prompt, with what has been typed, below them.
    private func printAbove(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        rl_clear_visible_line()
        fflush(rl_outstream)
        try? writeAll(lines.map { $0 + "\n" }.joined(), to: output)
        if let renewedPrompt { rl_set_prompt(Self.markingEscapes(renewedPrompt())) }
        rl_on_new_line()
        rl_redisplay()
    }

    /// Readline sets the locale from the environment, once. Where that locale is not installed it would take every
    /// character beyond ASCII apart into bytes; then the C library's own UTF-8 locale stands in.
    private func initialize() {
        let isUnknown = setlocale(LC_CTYPE, "") == nil
        guard isUnknown else {
            rl_initialize()
            return
        }
        let saved = getenv("LC_ALL").map { String(cString: $0) }
        setenv("LC_ALL", "C.UTF-8", 1)
        rl_initialize()
        if let saved { setenv("LC_ALL", saved, 1) } else { unsetenv("LC_ALL") }
    }

    // MARK: What readline calls

    /// Readline's callbacks are C functions and carry no context; this is it, while `readLine` runs.
    /// Unsafe only in name: `LineEditor` is not Sendable and readline calls back on the thread that called it.
    nonisolated(unsafe) private static var current: LineEditor?

    private static func nextKey() -> Int32 {
        guard let editor = current else { return -1 }
        if !editor.keysAhead.isEmpty { return Int32(editor.keysAhead.removeFirst()) }
        return readByte(from: editor.input).map { Int32($0) } ?? -1
    }

    /// Whether another key is there at once: what follows an Escape makes it the beginning of a sequence.
    private static func hasKeys() -> Int32 {
        guard let editor = current else { return 0 }
        if !editor.keysAhead.isEmpty { return 1 }
        let ready = waitFor([pollfd(fd: editor.input, events: Int16(POLLIN), revents: 0)], milliseconds: 20)
        return ready?.first?.revents ?? 0 != 0 ? 1 : 0
    }

    private static func abandon() -> Int32 {
        current?.received = .abandoned(rl_line_buffer.map { String(cString: $0) } ?? "")
        rl_point = rl_end
        rl_redisplay()
        // Only readline's own end of a line writes the newline.
        fputs("^C\n", rl_outstream)
        fflush(rl_outstream)
        rl_done = 1
        return 0
    }

    private static func complete(
        _ word: UnsafePointer<CChar>?, _ start: Int32
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        guard let editor = current, let word, let buffer = rl_line_buffer else { return nil }
        rl_attempted_completion_over = editor.completesFilenames ? 0 : 1
        let text = String(cString: word)
        let words = editor.completer?(String(cString: buffer), Int(start), text) ?? []
        // A name with control characters could neither be shown nor typed.
        candidates = words.filter { $0.hasPrefix(text) && readable($0) == $0 && !$0.contains("\n") }
        if candidates.count == 1, candidates.first?.hasSuffix("/") == true { rl_completion_append_character = 0 }
        return rl_completion_matches(word) { _, state in
            let index = state == 0 ? 0 : LineEditor.nextCandidate
            guard index < LineEditor.candidates.count else { return nil }
            LineEditor.nextCandidate = index + 1
            return strdup(LineEditor.candidates[index])
        }
    }

    /// What the generator above walks; as `current`, used on one thread only.
    nonisolated(unsafe) private static var candidates: [String] = []
    nonisolated(unsafe) private static var nextCandidate = 0

    /// Readline counts the columns of a prompt; `\u{1}` and `\u{2}` enclose what takes none.
    static func markingEscapes(_ prompt: String) -> String {
        var marked = ""
        var escape = EscapeSkipper()
        var isInside = false
        for character in prompt {
            let consumed = escape.consumes(character)
            if consumed != isInside { marked += consumed ? "\u{1}" : "\u{2}" }
            isInside = consumed
            marked.append(character)
        }
        return isInside ? marked + "\u{2}" : marked
    }
}

/// Ctrl-C, Ctrl-Z and Ctrl-\ become keys. Readline saved the modes just before and restores them after the line.
private func withoutSignalKeys() {
    var modes = termios()
    let terminal = fileno(rl_instream)
    guard tcgetattr(terminal, &modes) == 0 else { return }
    modes.c_lflag &= ~tcflag_t(ISIG)
    // Keys typed meanwhile are kept.
    tcsetattr(terminal, TCSADRAIN, &modes)
}
