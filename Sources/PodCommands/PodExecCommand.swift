// podlab pod exec: a command in a container.

import ArgumentParser
import Kubelet
import Pods

extension PodCommand {
    struct Exec: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "exec", abstract: "Run a command in a container.",
            discussion: "podlab pod exec [-i] [-t] NAME [-c CONTAINER] -- COMMAND [ARGUMENT…]")

        @Flag(name: [.customShort("i"), .customLong("stdin")], help: "Give it standard input.") var input = false
        @Flag(name: [.customShort("t"), .customLong("tty")], help: "Give it a terminal.") var terminal = false
        @OptionGroup var place: NamespaceOptions
        @Option(
            name: [.customShort("c", allowingJoined: true), .long], help: "The container; the first when none is named."
        )
        var container: String?
        @Argument(parsing: .captureForPassthrough, help: "The pod, then the command.") var words: [String] = []

        func run() throws {
            try words.asksForHelp(of: Self.self)
            var line = ExecLine(
                input: input, terminal: terminal, container: container, namespace: place.namespace)
            do { try line.read(words) } catch let error as UsageError { throw ValidationError(error.description) }
            try PodCommand.reporting {
                guard let (connection, there) = try PodCommand.place().reach() else { throw Refusal.noPod(line.name) }
                let pod = try PodCommand.find(line.name, namespace: line.namespace, in: there)
                let request = ExecRequest(
                    uid: pod.uid, container: try PodCommand.container(line.container, of: pod), command: line.command)
                let code = try ExecSession(connection, request).run(
                    input: line.input, terminal: line.terminal, note: PodCommand.say)
                guard code == 0 else {
                    PodCommand.say("command terminated with exit code \(code)")
                    throw ArgumentParser.ExitCode(code)
                }
            }
        }
    }
}

/// `NAME [-c CONTAINER] [-n NAMESPACE] [-i] [-t] [--] COMMAND…`: options may stand on both sides of the name, as with kubectl.
struct ExecLine {
    var input: Bool
    var terminal: Bool
    var container: String?
    var namespace: String?
    var name = ""
    var command: [String] = []

    init(input: Bool, terminal: Bool, container: String?, namespace: String? = nil) {
        self.namespace = namespace
        self.input = input
        self.terminal = terminal
        self.container = container
    }

    mutating func read(_ words: [String]) throws {
        var rest = words[...]
        while let word = rest.first {
            rest.removeFirst()
            switch word {
            case "--":
                command = Array(rest)
                rest = []
            case "-c", "--container":
                guard let value = rest.popFirst() else { throw UsageError("\(word) takes the name of a container") }
                container = value
            case "-n", "--namespace":
                guard let value = rest.popFirst() else { throw UsageError("\(word) takes the name of a namespace") }
                namespace = value
            case _ where word.hasPrefix("--namespace="): namespace = String(word.dropFirst(12))
            case "-i", "--stdin": input = true
            case "-t", "--tty": terminal = true
            case "-it", "-ti":
                input = true
                terminal = true
            case _ where word.hasPrefix("--container="): container = String(word.dropFirst(12))
            case _ where word.hasPrefix("-") && word.count > 1: throw UsageError("exec has no option \(word)")
            case _ where name.isEmpty: name = word
            default:
                command = [word] + rest
                rest = []
            }
        }
        guard !name.isEmpty else { throw UsageError("Name a pod.") }
        guard !command.isEmpty else { throw UsageError("You must specify at least one command for the container.") }
    }
}
