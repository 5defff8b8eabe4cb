// Prompts as lessons print them, at the beginning of lines of their `console` blocks.

/// The prompt with which a line begins.
package struct ConsolePrompt: Sendable {
    package enum Kind: Sendable {
        /// `node#`, `host$`, `box#`, `pod#`.
        case place
        /// What bash and sh show by themselves: `bash-5.2#`.
        case shell
        /// Busybox's, with its folder: `/ #`.
        case folder
        /// A mere `$`.
        case bare
    }

    package let kind: Kind
    /// Behind the mark, which ends the line or has a space behind it.
    package let end: String.Index

    /// Nothing else is a prompt, because what a program prints may begin with a word and `#`.
    package init?(_ line: String) {
        guard let mark = line.firstIndex(where: { $0 == "#" || $0 == "$" }) else { return nil }
        end = line.index(after: mark)
        guard end == line.endIndex || line[end] == " " else { return nil }
        let name = line[..<mark]
        let version = name.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        if ["node", "host", "box", "pod"].contains(name) {
            kind = .place
        } else if version.count == 2, version[0] == "bash" || version[0] == "sh", Self.isVersion(version[1]) {
            kind = .shell
        } else if name.hasPrefix("/"), name.hasSuffix(" "), name.dropLast().allSatisfy({ !$0.isWhitespace }) {
            kind = .folder
        } else if name.isEmpty, line[mark] == "$" {
            kind = .bare
        } else {
            return nil
        }
    }

    private static func isVersion(_ text: Substring) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0.allSatisfy(\.isNumber)
        }
    }
}
