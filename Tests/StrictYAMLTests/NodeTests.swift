// What texts mean as nodes, where their parts stand, and what is refused.

import Testing
import TestSupport

@testable import StrictYAML

@Suite struct NodeTests {
    private func read(_ text: String, aliases: Bool = true) -> (node: Node?, remarks: [String]) {
        let reader = YAMLReader(file: "f", text: text)
        let node = reader.root(of: text, aliases: aliases)
        return (node, reader.diagnostics.map(\.description))
    }

    @Test(
        "a scalar is all of its text, however it is written",
        arguments: [
            ("\"a\\0b\"", "a\0b"), ("\"\\uFEFFa\"", "\u{feff}a"), ("'it''s'", "it's"), ("|\n  a\n   b\n", "a\n b\n"),
            (">-\n  a\n  b\n", "a b"), ("a # b", "a"), ("\"\"", ""), ("\u{feff}a", "a"),
        ])
    func scalars(text: String, meant: String) throws {
        let (node, remarks) = read(text)
        #expect(remarks == [])
        #expect(Array(try #require(node?.scalar).string.utf8) == Array(meant.utf8))
    }

    @Test(
        "what looks like a number is text where quotes, blocks or tags say so",
        arguments: [
            ("5", false), ("'5'", true), ("\"5\"", true), ("|\n 5", true), (">\n 5", true), ("!!str 5", true),
            ("! 5", true),
            ("!!int 5", false),
        ])
    func styles(text: String, isText: Bool) throws {
        let node = try #require(read(text).node)
        #expect(node.scalar?.isText == isText)
        if case .text = node.plainMeaning { #expect(isText) } else { #expect(!isText) }
    }

    @Test("every part has its place, counted in characters")
    func places() throws {
        let mapping = try #require(read("é: [a, {b: c}]\nx:\n  - y\n").node?.mapping)
        #expect(
            mapping.map { $0.key.position } == [SourcePosition(line: 1, column: 1), SourcePosition(line: 2, column: 1)])
        let list = try #require(mapping["é"]?.sequence)
        #expect(list.position == SourcePosition(line: 1, column: 4))
        #expect(list.map(\.position.column) == [5, 8])
        #expect(mapping["x"]?.sequence?.first?.position == SourcePosition(line: 3, column: 5))
        #expect(mapping["y"] == nil)
    }

    @Test("an alias is what was anchored last, and the place is where that stands")
    func aliases() throws {
        let mapping = try #require(read("a: &v [1]\nb: *v\nc: &v 2\nd: *v\n").node?.mapping)
        #expect(mapping["b"]?.sequence?.position == SourcePosition(line: 1, column: 4))
        #expect(mapping["d"]?.scalar?.string == "2")
    }

    @Test(
        "what is no YAML, or not what is taken, is told with its place",
        arguments: [
            ("a: 1\nb: 2\n'a': 3\n", "f:3:1: the key 'a' stands here a second time"),
            ("a: {b: 1, c: 2, b: 3}", "f:1:17: the key 'b' stands here a second time"),
            ("a: *b", "f:1:4: not YAML: nothing before it is anchored as &b"),
            // It holds itself.
            ("a: &b [*b]", "f:1:8: not YAML: nothing before it is anchored as &b"),
            ("a\n---\nb", "f:3:1: not YAML: a second document begins here, and the file is one"),
            ("ab: c\u{1}", "f:1:6: not YAML: control characters are not allowed: U+1"),
            ("x: é\ny: é\u{7}", "f:2:5: not YAML: control characters are not allowed: U+7"),
            ("", "f:1:1: the file is empty"), ("# nothing\n", "f:1:1: the file is empty"),
        ])
    func faults(text: String, remark: String) {
        let (node, remarks) = read(text)
        #expect(node == nil)
        #expect(remarks == [remark])
    }

    @Test("aliases are refused where a kind of file has none, wherever they stand")
    func noAliases() {
        #expect(
            read("a: &b 1\nc: [x, *b]\n", aliases: false).remarks == [
                "f:2:8: a file of this kind has no aliases (*name)"
            ])
        #expect(read("a: \"&b *b\"\nc: rm *b\n", aliases: false).remarks == [])
    }

    @Test("only the parts that are wanted are there, and the rest must be YAML all the same")
    func parts() throws {
        func read(_ text: String) -> (node: Node?, remarks: [String]) {
            let reader = YAMLReader(file: "f", text: text)
            let parts = NodeParts.keys(["title": .all, "steps": .keys(["id": .all])])
            return (reader.root(of: text, parts: parts), reader.diagnostics.map(\.description))
        }
        let text = """
            x: {title: no, y: [1, {id: no}]}
            title: &t {a: 1}
            steps:
              - checks:
                  - {id: no}
                  - |
                    - id: no
                id: one
              - {id: two, z: "}"}
              - three
            ? [title]
            : no
            z: *t
            """
        let top = try #require(read(text).node?.mapping)
        #expect(top.map { $0.key.scalar?.string } == ["title", "steps"])
        #expect(top["title"]?.mapping?["a"]?.scalar?.string == "1")
        let steps = try #require(top["steps"]?.sequence)
        #expect(steps.map { $0.mapping?["id"]?.scalar?.string } == ["one", "two", nil])
        #expect(steps.map { $0.mapping?.count } == [1, 1, nil])
        #expect(steps[2].scalar?.string == "three")

        #expect(read("title: a\nx: [1\n").node == nil)
        #expect(read("x: 1\ntitle: a\nx: 2\n").remarks == ["f:3:1: the key 'x' stands here a second time"])
        #expect(read("x: &a 1\ntitle: *a\n").remarks == ["f:2:8: not YAML: nothing before it is anchored as &a"])
        #expect(read("- a").node?.sequence?.count == 1)
    }

    @Test("an anchor of another document is unknown")
    func documents() {
        let reader = YAMLReader(file: "f", text: "a: &b 1\n---\nc: *b\n")
        #expect(reader.roots(of: "a: &b 1\n---\nc: *b\n").count == 1)
        #expect(reader.diagnostics.map(\.description) == ["f:3:4: not YAML: nothing before it is anchored as &b"])
    }

    @Test("levels are bounded, in blocks and in brackets")
    func levels() {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
            func nested(_ count: Int) -> String {
                String(repeating: open, count: count) + "x" + String(repeating: close, count: count)
            }
            #expect(read(nested(200)).remarks == [], "\(open)")
            let deeper = read(nested(201))
            #expect(deeper.node == nil && deeper.remarks.count == 1 && deeper.remarks[0].hasSuffix("nested too deeply"))
        }
    }

    @Test("keys that are no text may be alike: whoever reads them refuses them")
    func otherKeys() {
        let mapping = read("? [a]\n: 1\n? [a]\n: 2\n").node?.mapping
        #expect(mapping?.count == 2 && mapping?.first?.key.sequence?.count == 1)
    }

    @Test(
        "whatever the bytes are, there is a node or a remark, each place is in the text, and nothing is lost",
        arguments: 1...300)
    func anything(seed: UInt64) {
        let pieces = [
            "a", "b: ", "- ", "\n", "\n  ", "[", "]", "{", "}", ",", "&x ", "*x", "\"", "'", "|\n", ">\n", "#", "? ",
            ": ",
            "---\n", "...\n", "!!str ", "!", "%TAG ! x\n", "\\", "\0", "\u{1}", "\u{85}", "\u{feff}", "é", "\u{10ffff}",
            "\t", "<<",
        ]
        var generator = SeededGenerator(seed: seed)
        let text = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
            pieces.randomElement(using: &generator) ?? ""
        }.joined()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
        let (node, remarks) = read(text)
        #expect((node == nil) != remarks.isEmpty)
        let reader = YAMLReader(file: "f", text: text)
        let roots = reader.roots(of: text)
        func check(_ node: Node) {
            #expect(node.position.line >= 1 && node.position.line <= lines * 2 && node.position.column >= 1)
            node.sequence?.forEach(check)
            node.mapping?.forEach { pair in
                check(pair.key)
                check(pair.value)
            }
        }
        roots.forEach(check)
        if remarks.isEmpty { #expect(reader.diagnostics.isEmpty) }
    }
}
