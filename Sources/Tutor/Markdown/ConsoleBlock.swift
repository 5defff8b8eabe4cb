// `console` blocks of lessons: prompts, what is typed after them, and what the machine prints.

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

    /// Where the prompt of a line ends: `node# `, `box$ `, `$ `, or bash's `> ` under a typed line.
    private static func promptEnd(_ line: String, afterTyped: Bool) -> String.Index? {
        if afterTyped, line.hasPrefix("> ") { return line.index(line.startIndex, offsetBy: 2) }
        let word = line.prefix { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
        let rest = line[word.endIndex...]
        guard rest.hasPrefix("$ ") || (rest.hasPrefix("# ") && !word.isEmpty) else { return nil }
        return rest.index(rest.startIndex, offsetBy: 2)
    }

    /// The prompt at the beginning of a line that was pasted as a lesson prints it; nil where there is none. No command's name ends so.
    static func pastedPrompt(of line: String) -> String? {
        let text = String(line.drop { $0 == " " || $0 == "\t" })
        guard let end = promptEnd(text, afterTyped: false), text[end...].contains(where: { $0 != " " }) else {
            return nil
        }
        return String(text[..<end])
    }
}
