// What texts tell people to type must be there to be typed.

import StrictYAML
import Testing

@testable import LabKit

@Suite struct CommandMentionsTests {
    private func problems(_ prose: String, definition: String = "") throws -> [String] {
        let lab = try #require(try LabFixture().load().lab)
        let tree = CommandTree([
            "pod": CommandTree(["apply": CommandTree(), "get": CommandTree()]), "check": CommandTree(),
        ])
        return CommandMentions(verbs: ["hint", "answer"], commands: tree)
            .problems(in: lab, lesson: prose, definition: definition, folder: "lab").map(\.description)
    }

    @Test("a command of podlab's that there is none of is named with its line, and the nearest one")
    func commands() throws {
        #expect(
            try problems("One line.\nSay `podlab pod aply -f x` here.") == [
                "lab/lesson.md:2:1: podlab has no command 'aply' (did you mean 'apply'?)"
            ])
        #expect(try problems("`podlab xray` and `podlab pod`.").count == 1)
        #expect(
            try problems("`podlab`, `podlab --help`, `podlab pod get web-0 -o name` and `podlab pod VERB`.").isEmpty)
    }

    @Test("what is to be typed is a verb, a program of the lab, a word of the shell's or a function")
    func typed() throws {
        #expect(try problems("In the tutorial shell, type\n`xray`: it draws.").count == 1)
        #expect(
            try problems("Type `hint`, type `ls /`, type `exit`, type `A=$(ls)`, type `./x`, type `podlab check`.")
                .isEmpty)
        #expect(try problems("`xray` is no word to type, and `next` neither.").isEmpty)
        #expect(try problems("Type `again nc`.\n\n```sh\nagain() { ls; }\n```\n").isEmpty)
        #expect(
            try problems("", definition: "hint: \"Type `xray`.\"").first?.hasPrefix("lab/lab.yaml:1:1: 'xray'") == true)
    }

    @Test("an odd backtick, and code that is fenced, hide nothing and invent nothing")
    func hostile() throws {
        #expect(try problems("An odd ` here.\n\n\n\n\nType `xray`.").count == 1)
        #expect(try problems("```console\nnode# echo type `xray`\n```\n").isEmpty)
    }
}
