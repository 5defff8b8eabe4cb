// What is called podlab on a node: the client and the agent of its pods, and nothing that a learner is not to read.

import ArgumentParser
import Glibc
import PodCommands

@main
struct NodePodlab: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "podlab", abstract: "Run pods on this node.",
        discussion: "The other commands of podlab are typed outside the playground.",
        version: Version.current, subcommands: [PodCommand.self, KubeletCommand.self])

    static func main() {
        if let sentence = OutsideVerb.sentence(for: CommandLine.arguments.dropFirst().first) {
            complain(sentence + "\n")
            Glibc.exit(64)
        }
        PodCommands.run(Self.self)
    }
}

/// Commands of the other podlab, which somebody may type here by mistake.
enum OutsideVerb {
    private static let all: Set<String> = [
        "clean", "doctor", "enter", "grade", "image", "lab", "labs", "lint", "node", "root", "run", "shell", "verify",
    ]

    /// What to say of a word; nil: it is none of them.
    static func sentence(for word: String?) -> String? {
        guard let word else { return nil }
        if word == "check" { return "podlab check is typed outside the playground, or check in the tutorial shell" }
        return all.contains(word)
            ? "podlab \(word) is a command of the host's podlab: it is typed outside the playground" : nil
    }
}
