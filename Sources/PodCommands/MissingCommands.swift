// What kubectl has and podlab has not, each with what does as well.

import ArgumentParser

/// A command that only says what to type instead.
private protocol MissingCommand: ParsableCommand {
    static var instead: String { get }
    var words: [String] { get }
}

extension MissingCommand {
    func run() throws {
        PodCommand.say("error: podlab has no `pod \(Self.configuration.commandName ?? "")`: \(Self.instead)")
        throw ArgumentParser.ExitCode(1)
    }
}

private func missing(_ name: String) -> CommandConfiguration {
    CommandConfiguration(commandName: name, abstract: "podlab has none.", shouldDisplay: false)
}

enum MissingCommands {
    static let all: [any ParsableCommand.Type] = [
        PortForward.self, Copy.self, Edit.self, Attach.self, Wait.self, Top.self, Label.self, Annotate.self, Patch.self,
        Expose.self, Debug.self, Explain.self,
    ]

    private struct PortForward: MissingCommand {
        static let configuration = missing("port-forward")
        static let instead = "a pod's address (podlab pod get -o wide) is reached from the node and from other pods"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }

    private struct Copy: MissingCommand {
        static let configuration = missing("cp")
        static let instead = "podlab pod exec -i POD -- sh -c 'cat > FILE' < FILE copies a file into a container"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }

    private struct Edit: MissingCommand {
        static let configuration = missing("edit")
        static let instead = "podlab pod get POD -o yaml > FILE, change the file, podlab pod apply -f FILE"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }

    private struct Attach: MissingCommand {
        static let configuration = missing("attach")
        static let instead =
            "podlab pod logs -f POD shows what a container writes, and podlab pod exec -it POD -- sh is a shell in it"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }

    private struct Wait: MissingCommand {
        static let configuration = missing("wait")
        static let instead =
            "apply waits until the containers have started, delete until they have ended; podlab pod get -w shows changes"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }

    private struct Top: MissingCommand {
        static let configuration = missing("top")
        static let instead = "on the node, top shows the processes of all pods"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }

    private struct Label: MissingCommand {
        static let configuration = missing("label")
        static let instead = "labels change in the manifest, with podlab pod apply -f FILE"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }

    private struct Annotate: MissingCommand {
        static let configuration = missing("annotate")
        static let instead = "annotations change in the manifest, with podlab pod apply -f FILE"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }

    private struct Patch: MissingCommand {
        static let configuration = missing("patch")
        static let instead = "what may change of a pod changes in the manifest, with podlab pod apply -f FILE"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }

    private struct Expose: MissingCommand {
        static let configuration = missing("expose")
        static let instead = "there are no services; a pod is reached at its address (podlab pod get -o wide)"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }

    private struct Debug: MissingCommand {
        static let configuration = missing("debug")
        static let instead =
            "podlab pod describe POD and podlab pod logs POD tell; podlab pod exec -it POD -- sh is a shell in it"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }

    private struct Explain: MissingCommand {
        static let configuration = missing("explain")
        static let instead = "docs/pods.md says which fields of pods are read"
        @Argument(parsing: .captureForPassthrough) var words: [String] = []
    }
}
