// Lessons on screen: input, width, expected lines.
import Testing

@testable import Tutor

@Suite("Markdown on a terminal")
struct MarkdownRendererTests {
    private func plain(_ text: String, width: Int = 40) -> [String] {
        MarkdownRenderer(style: Style(colour: .none, unicode: true, width: width)).render(text)
    }

    private func coloured(_ text: String, width: Int = 40) -> [String] {
        MarkdownRenderer(style: Style(colour: .sixteen, unicode: true, width: width)).render(text)
    }

    struct Fixture: CustomTestStringConvertible, Sendable {
        let name: String
        let input: String
        var width = 40
        let expected: [String]
        var testDescription: String { name }
    }

    static let fixtures: [Fixture] = [
        Fixture(name: "an empty document has no lines", input: "\n\n", expected: []),
        Fixture(
            name: "headings of two levels are underlined", input: "# One\n\n## Two ##\n### Three",
            expected: ["One", "━━━", "", "Two", "───", "", "### Three"]),
        Fixture(
            name: "setext headings are headings", input: "One\n===\nTwo\n---",
            expected: ["One", "━━━", "", "Two", "───"]),
        Fixture(
            name: "a paragraph is wrapped at spaces",
            input: "Every process carries a small fact that\nhardly anyone looks at.", width: 24,
            expected: ["Every process carries a", "small fact that hardly", "anyone looks at."]),
        Fixture(
            name: "inline code moves to the next line rather than being parted",
            input: "Then type `chroot $BOX /bin/bash` there.", width: 26,
            expected: ["Then type", "`chroot $BOX /bin/bash`", "there."]),
        Fixture(
            name: "inline code that is wider than a line is parted at its spaces",
            input: "Type `ldd /bin/bash /bin/ls /bin/ps`.", width: 20,
            expected: ["Type `ldd /bin/bash", "/bin/ls /bin/ps`."]),
        Fixture(
            name: "a path that is wider than a line is parted behind a slash",
            input: "/home/namespace/box/lib/x86_64/libc.so.6", width: 24,
            expected: ["/home/namespace/box/lib/", "x86_64/libc.so.6"]),
        Fixture(
            name: "emphasis leaves no marks without colours", input: "**Do.** a *proc* file, pivot_root(2), 2 * 3 * 4",
            width: 60, expected: ["Do. a proc file, pivot_root(2), 2 * 3 * 4"]),
        Fixture(
            name: "code is neither wrapped nor changed",
            input: "```console\nnode# ldd /bin/bash /bin/ls /bin/ps /bin/kill | sort\n\n\tlibc.so.6 *x* <a>\n```",
            width: 30,
            expected: [
                "  node# ldd /bin/bash /bin/ls /bin/ps /bin/kill | sort", "", "  \tlibc.so.6 *x* <a>",
            ]),
        Fixture(
            name: "a fence that is never closed reaches to the end", input: "~~~\n# a\n```",
            expected: ["  # a", "  ```"]),
        Fixture(name: "indented code is code", input: "    a  b\n\n    c", expected: ["  a  b", "", "  c"]),
        Fixture(
            name: "a quote stands behind a bar", input: "> Note: a text that is wrapped\nlazily\n>\n> - one\n",
            width: 20,
            expected: ["│ Note: a text that", "│ is wrapped lazily", "│", "│ • one"]),
        Fixture(
            name: "lists nest and hang", input: "- one that is long enough to wrap\n  - two\n    1. three\n- four",
            width: 20,
            expected: ["• one that is long", "  enough to wrap", "  • two", "    1. three", "• four"]),
        Fixture(
            name: "numbers go on from the first and line up", input: "9. nine\n10. ten\n",
            expected: [" 9. nine", "10. ten"]),
        Fixture(
            name: "loose items are parted, code in items is kept",
            input: "1. Do:\n\n   ```\n   x  y\n   ```\n\n2. Then", expected: ["1. Do:", "", "     x  y", "", "2. Then"]),
        Fixture(
            name: "numbers in a wrapped sentence begin no list", input: "It is\n3. and\n1986. or",
            expected: ["It is 3. and 1986. or"]),
        Fixture(
            name: "other bullets begin another list", input: "- a\n+ b", expected: ["• a", "", "• b"]),
        Fixture(
            name: "a table at its natural width", input: "| a | bb |\n|---|---:|\n| `x` y | 1 |\n| longer | 22 | no\n",
            expected: ["a       bb", "──────  ──", "`x` y    1", "longer  22"]),
        Fixture(
            name: "a pipe in a cell is escaped", input: "a | b\n:-: | -\n`x \\| y` | z",
            expected: ["   a     b", "───────  ─", "`x | y`  z"]),
        Fixture(
            name: "a table that does not fit has its widest column wrapped",
            input: "| k | text |\n|---|---|\n| pid | a text that is wider than it may be |\n| ipc | short |", width: 24,
            expected: [
                "k    text", "───  ───────────────────", "pid  a text that is", "     wider than it may", "     be", "",
                "ipc  short",
            ]),
        Fixture(
            name: "a table with too many columns becomes lists",
            input: "| one | two | three |\n|---|---|---|\n| aaaaaaaaaaaaa | bbbbbbbbbbbbb | cccccccccc dddd |",
            width: 20,
            expected: ["one: aaaaaaaaaaaaa", "two: bbbbbbbbbbbbb", "three: cccccccccc", "  dddd"]),
        Fixture(
            name: "links show where they lead", input: "See [the *page*](docs/a.md \"t\"), [up](#top), <https://x.y/>.",
            width: 60, expected: ["See the page (docs/a.md), up, https://x.y/."]),
        Fixture(
            name: "what looks like a link but is none stays", input: "a [b] (c) [d](e f) <words here> ]( [", width: 60,
            expected: ["a [b] (c) [d](e f) <words here> ]( ["]),
        Fixture(
            name: "a thematic break is a rule", input: "a\n\n* * *", width: 20,
            expected: ["a", "", "────────────────────"]),
        Fixture(name: "hard breaks stay", input: "a  \nb\\\nc\nd", expected: ["a", "b", "c d"]),
        Fixture(
            name: "escapes and entities", input: "\\*a\\* &lt;b&gt; &amp; &x; \\d", expected: ["*a* <b> & &x; \\d"]),
        Fixture(name: "comments are not shown", input: "<!-- for\nauthors -->\ntext", expected: ["text"]),
        Fixture(
            name: "wide characters count two columns", input: "컨테이너는 격리된 프로세스이다. 日本語の文章も折り返される", width: 20,
            expected: ["컨테이너는 격리된", "프로세스이다. 日本語", "の文章も折り返される"]),
        Fixture(
            name: "CRLF is as good as LF", input: "# a\r\n\r\n- b\r\n- c\r\n", expected: ["a", "━", "", "• b", "• c"]),
        Fixture(
            name: "control characters do not come through",
            input: "a\u{1B}[31mb\u{9B}c\u{202E}d\u{7}\n\n```\n\u{1B}]0;x\u{7}\n```",
            expected: ["a[31mbcd", "", "  ]0;x"]),
    ]

    @Test("renders as expected", arguments: fixtures)
    func fixture(_ fixture: Fixture) {
        #expect(plain(fixture.input, width: fixture.width) == fixture.expected)
    }

    @Test("prompts are dim, commands bold, output plain")
    func console() {
        let lines = coloured("```console\nnode# ls \\\n> -l\n# out\n<pid> x$ y\n$ id\n```")
        #expect(
            lines == [
                "  \u{1B}[2mnode# \u{1B}[0m\u{1B}[1mls \\\u{1B}[0m", "  \u{1B}[2m> \u{1B}[0m\u{1B}[1m-l\u{1B}[0m",
                "  # out", "  <pid> x$ y", "  \u{1B}[2m$ \u{1B}[0m\u{1B}[1mid\u{1B}[0m",
            ])
    }

    @Test("a look does not reach beyond the end of its line")
    func looksEndWithLines() {
        let lines = coloured("**aaa bbb ccc ddd eee fff ggg hhh**", width: 20)
        #expect(lines == ["\u{1B}[1maaa bbb ccc ddd eee\u{1B}[0m", "\u{1B}[1mfff ggg hhh\u{1B}[0m"])
    }

    @Test("emphasis, code and links have looks of their own")
    func looks() {
        #expect(
            coloured("*a* `b` [c](d) ***e***") == [
                "\u{1B}[3ma\u{1B}[0m \u{1B}[36mb\u{1B}[0m \u{1B}[4mc\u{1B}[0m \u{1B}[2m(d)\u{1B}[0m \u{1B}[1;3me\u{1B}[0m"
            ])
    }

    @Test("without Unicode, rules and bullets are ASCII")
    func ascii() {
        let style = Style(colour: .none, unicode: false, width: 40)
        #expect(
            MarkdownRenderer(style: style).render("# A\n\n- b\n\n> c\n\n---") == [
                "A", "=", "", "- b", "", "| c", "", String(repeating: "-", count: 40),
            ])
    }

    @Test("prose is set no wider than 96 columns on a terminal of 500")
    func widest() {
        let lines = plain(String(repeating: "word ", count: 200), width: 500)
        #expect(lines.map { displayWidth($0) }.max() == 94)
    }

    @Test("a lesson is cut into a preface and its steps")
    func sections() {
        let document = MarkdownDocument("# Lab\n\nIntro.\n\n## First `x`\n\none\n\n### deeper\n\n## Second\n\ntwo")
        #expect(document.preface.blocks.count == 2)
        #expect(document.sections.map(\.title) == ["First x", "Second"])
        #expect(document.sections.map(\.content.blocks.count) == [3, 2])
    }
}
