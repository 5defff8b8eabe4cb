// Lessons: sections, fences and console blocks.

import StrictYAML
import Testing

@testable import LabKit

@Suite("Lessons")
struct LessonTests {
    private func parse(_ text: String) -> (lesson: Lesson, diagnostics: [Diagnostic]) {
        Lesson.parse(text, file: "l.md")
    }

    @Test("sections begin at second-level headings outside code blocks")
    func sections() {
        let lesson = parse("# T\n\nintro\n\n## One\ntext\n~~~sh\n## no\n~~~\n### deeper\n## Two\n").lesson
        #expect(lesson.title == "T")
        #expect(lesson.introduction == "intro")
        #expect(lesson.sections.map(\.title) == ["One", "Two"])
        #expect(lesson.sections.map(\.line) == [5, 11])
        #expect(lesson.sections[0].text == "text\n~~~sh\n## no\n~~~\n### deeper")
    }

    @Test("a console block becomes commands with their lines and what they print")
    func console() throws {
        let text = """
            ## One
            ```console only=cgroup-v2,cgroup-hybrid
            node# unshare -p \\
            > --fork bash
            # not a prompt
            root# nor this
            bash-5.2# ps
                PID
            <pid> …
            / # ls
            box#
            ```
            """
        let result = parse(text)
        #expect(result.diagnostics.isEmpty)
        let block = try #require(result.lesson.sections.first?.consoleBlocks.first)
        #expect(block.line == 2)
        #expect(block.only == ["cgroup-v2", "cgroup-hybrid"])
        #expect(block.commands.map(\.prompt) == ["node#", "bash-5.2#", "/ #"])
        #expect(block.commands.map(\.line) == [3, 7, 10])
        #expect(block.commands[0].typed == ["unshare -p \\", "--fork bash"])
        #expect(block.commands[0].expected == ["# not a prompt", "root# nor this"])
        #expect(block.commands[1].expected == ["    PID", "<pid> …"])
    }

    @Test("what a block waits for is typed by the proof and shown by no page")
    func waits() throws {
        let text =
            "## One\nbefore\n<!-- wait: pgrep httpd -->\n<!-- wait: ! pgrep sh -->\n```console\nnode# ls\n```\nafter\n"
        let result = parse(text)
        #expect(result.diagnostics.isEmpty)
        let section = try #require(result.lesson.sections.first)
        #expect(section.consoleBlocks.first?.waits.map(\.condition) == ["pgrep httpd", "! pgrep sh"])
        #expect(section.consoleBlocks.first?.waits.map(\.line) == [3, 4])
        #expect(section.text(for: MachineWords([])) == "before\n```console\nnode# ls\n```\nafter")
        #expect(parse("## One\n<!-- wait: ls -->\n## Two\n").diagnostics.map(\.line) == [2])
        #expect(parse("## One\n<!-- wait: -->\n```console\nnode# ls\n```\n").diagnostics.map(\.line) == [2])
    }

    @Test("a longer fence holds a shorter one")
    func nestedFence() {
        let lesson = parse("## One\n````console skip\nnode# cat\n```\n````\n## Two\n").lesson
        #expect(lesson.sections.count == 2)
        #expect(lesson.sections.first?.consoleBlocks.first?.skip == true)
        #expect(lesson.sections.first?.consoleBlocks.first?.commands.first?.expected == ["```"])
    }

    @Test("a block without end, without prompt, or before the first section is named")
    func faults() {
        #expect(parse("## One\n```sh\nx\n").diagnostics.map(\.line) == [2])
        #expect(parse("## One\n```console\n```\n").diagnostics.map(\.line) == [2])
        #expect(parse("```console\nnode# ls\n```\n## One\n").diagnostics.map(\.line) == [1])
    }

    @Test("what is for other kinds of machine is not shown, whichever way it is marked")
    func onlyForSome() throws {
        let section = try #require(
            parse(
                """
                ## One
                for all
                <!-- only: memory-v1, cgroup-hybrid -->
                old
                <!-- end -->
                ````console only=memory-v2
                node# cat
                ```
                ````
                end
                """
            ).lesson.sections.first)
        #expect(section.text(for: MachineWords(["memory-v1"])) == "for all\nold\nend")
        #expect(section.text(for: MachineWords(["cgroup-hybrid"])) == "for all\nold\nend")
        #expect(
            section.text(for: MachineWords(["memory-v2"]))
                == "for all\n````console only=memory-v2\nnode# cat\n```\n````\nend")
    }

    @Test("an unknown kind of machine is named, with the one that was meant")
    func unknownKind() {
        let text = "## One\n<!-- only: memory-v3 -->\nx\n<!-- end -->\n```console only=hybrid\nnode# ls\n```\n"
        let found = parse(text).diagnostics
        #expect(found.map(\.line) == [2, 5])
        #expect(found.first?.message.contains("unknown kind of machine 'memory-v3'") == true)
    }
}
