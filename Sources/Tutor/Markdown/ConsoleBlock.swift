// `console` blocks of lessons: prompts, what is typed after them, and what the machine prints.

import Text

enum ConsoleBlock {
    /// Prompts dim, typed commands bold, output as it is. The text of a line is never changed.
    static func lines(_ code: [String]) -> [StyledLine] {
        var wasTyped = false
        return code.map { line in
            guard let end = promptEnd(line, afterTyped: wasTyped) else {
                wasTyped = false
                return [Run(line)]
            }
            wasTyped = true
            return [Run(String(line[..<end]), .dim), Run(String(line[end...]), .bold)]
        }
    }

    /// Where the prompt of a line ends, with the space behind it: `node# `, `bash-5.2# `, `$ `, or bash's `> ` under a typed line.
    private static func promptEnd(_ line: String, afterTyped: Bool) -> String.Index? {
        if afterTyped, line.hasPrefix("> ") { return line.index(line.startIndex, offsetBy: 2) }
        guard let prompt = ConsolePrompt(line), prompt.end < line.endIndex else { return nil }
        return line.index(after: prompt.end)
    }

    /// The prompt at the beginning of a line that was pasted as a lesson prints it; nil where there is none. No command's name ends so, but
    /// `/bin/sh # why` is a command: a folder before the mark is none of them.
    static func pastedPrompt(of line: String) -> String? {
        let text = String(line.drop { $0 == " " || $0 == "\t" })
        guard let prompt = ConsolePrompt(text), prompt.kind != .folder,
            text[prompt.end...].contains(where: { $0 != " " })
        else { return nil }
        return text[..<prompt.end] + " "
    }
}
