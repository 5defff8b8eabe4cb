// Words that only the labs have: whoever reads one in a playground reads a solution, a hint or a hidden check.

import Foundation

/// Taken from the files of the labs as they are, so that a new lab is looked for as well.
enum LabWords {
    /// Without what podlab's own sources say too, such as the commands that a plan is shown as.
    static func all(_ home: Home) throws -> Set<String> {
        let words = try inLabs()
        let list = try home.write(words.joined(separator: "\n"), to: "words")
        // Of two words that overlap only one is found at a time.
        var others: Set<String> = []
        while true {
            try home.write(words.subtracting(others).joined(separator: "\n"), to: list)
            let found = try run(
                ["grep", "-rhoFf", list, Executable.checkout + "/Sources"], environment: home.environment)
            guard found.code == 0 else { return words.subtracting(others) }
            others.formUnion(found.output.split(separator: "\n").map(String.init))
        }
    }

    /// Of solutions in Swift: what stands between quotes. Of lessons, labs and scripts: lines. Only what has several words, because a
    /// path or an option alone is nobody's.
    private static func inLabs() throws -> Set<String> {
        let labs = Executable.checkout + "/Labs"
        var words: Set<String> = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: labs) {
            let kind = (name as NSString).pathExtension
            guard name.contains("/"), ["swift", "md", "yaml", "sh"].contains(kind) else { continue }
            let text = try String(contentsOfFile: labs + "/" + name, encoding: .utf8)
            let candidates: [String] =
                switch kind {
                case "swift": literals(text)
                case "md": lines(text, atLeast: 30)
                case "yaml": lines(text, atLeast: 12).map(value)
                default: lines(text, atLeast: 12)
                }
            words.formUnion(candidates.filter(isDistinctive))
        }
        return words
    }

    private static func isDistinctive(_ text: String) -> Bool {
        text.utf8.count >= 12 && text.contains(" ") && text.count(where: \.isLetter) >= 8
    }

    private static func lines(_ text: String, atLeast count: Int) -> [String] {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.utf8.count >= count }
    }

    /// What stands behind `- ` and `key: `, without its quotes.
    private static func value(_ line: String) -> String {
        var rest = line[...]
        while rest.hasPrefix("- ") { rest = rest.dropFirst(2) }
        if let colon = rest.firstRange(of: ": "), !rest[..<colon.lowerBound].contains(" ") {
            rest = rest[colon.upperBound...]
        }
        return rest.trimmingCharacters(in: CharacterSet(charactersIn: "\"' "))
    }

    /// What is written between quotes, in pieces where values are put in.
    private static func literals(_ text: String) -> [String] {
        var found: [String] = []
        for line in text.split(separator: "\n") where !line.drop(while: { $0 == " " }).hasPrefix("//") {
            var piece = ""
            var isInside = false
            var rest = line[...]
            while let character = rest.popFirst() {
                switch (isInside, character) {
                case (_, "\""):
                    if isInside { found.append(piece) }
                    piece = ""
                    isInside.toggle()
                case (true, "\\"):
                    // A value ends at its bracket; what is escaped is not looked for.
                    let next = rest.popFirst()
                    found.append(piece)
                    piece = ""
                    var depth = next == "(" ? 1 : 0
                    while depth > 0, let inner = rest.popFirst() { depth += inner == "(" ? 1 : inner == ")" ? -1 : 0 }
                case (true, _): piece.append(character)
                default: break
                }
            }
        }
        return found
    }
}
