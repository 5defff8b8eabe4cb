// podlab pod run: a pod without a manifest.

import ArgumentParser
import Manifests
import Pods
import StrictYAML

extension PodCommand {
    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Create a pod of one container.",
            discussion:
                "podlab pod run NAME --image IMAGE [--command] [-- ARGUMENT…]; podlab pod get NAME -o yaml is its manifest."
        )

        @Argument(help: "The pod.") var name: String
        @Option(help: "The image of its container.") var image: String
        @Option(help: "A variable of its environment: NAME=VALUE.") var env: [String] = []
        @Option(
            name: [.customShort("l", allowingJoined: true), .long],
            help: ArgumentHelp("Its labels: app=web,tier=front.", valueName: "labels"))
        var labels: String?
        @Option(help: "A port on which it listens.") var port: UInt16?
        @Option(help: "Always, OnFailure or Never.") var restart: String = "Always"
        @Option(name: .customLong("image-pull-policy"), help: "Always, IfNotPresent or Never.") var pullPolicy: String?
        @Flag(help: "What follows -- is the command itself, and not its arguments.") var command = false
        @OptionGroup var place: NamespaceOptions
        @OptionGroup var options: StartOptions
        @Argument(parsing: .postTerminator, help: "The arguments of the image's program.") var arguments: [String] = []

        func validate() throws {
            if command && arguments.isEmpty { throw ValidationError("--command takes the command after --.") }
            for pair in env + (labels?.split(separator: ",").map(String.init) ?? []) where !pair.contains("=") {
                throw ValidationError("\(pair) is not NAME=VALUE.")
            }
            guard RestartPolicy(rawValue: restart) != nil else {
                throw ValidationError("--restart is Always, OnFailure or Never.")
            }
        }

        func run() throws {
            try PodCommand.reporting {
                var container = ContainerSpec(name: name, image: image)
                container.imagePullPolicy = pullPolicy
                container.environment = env.map { pair in
                    let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    return EnvironmentVariable(name: String(parts[0]), value: String(parts[1]))
                }
                if let port { container.ports = [ContainerPort(containerPort: port)] }
                if command {
                    container.command = arguments
                } else if !arguments.isEmpty {
                    container.arguments = arguments
                }
                var spec = PodSpec(metadata: PodMetadata(name: name), containers: [container])
                spec.metadata.namespace = place.namespace ?? "default"
                spec.metadata.labels = ["run": name]
                if let labels {
                    spec.metadata.labels = Dictionary(
                        labels.split(separator: ",").map { pair in
                            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                            return (String(parts[0]), String(parts[1]))
                        }
                    ) { $1 }
                }
                spec.restartPolicy = RestartPolicy(rawValue: restart) ?? .always
                // What a manifest may say, and no more.
                let manifest = PodTable.yaml(
                    [Pod(uid: "", creationTime: 0, spec: spec, status: PodStatus())], list: false)
                let reading = Manifest.parse(manifest, file: "run")
                for problem in reading.errors { PodCommand.say("error: \(problem.message)") }
                guard reading.errors.isEmpty else { throw ArgumentParser.ExitCode(1) }
                try PodCommand.apply(reading.pods, options, creating: true)
            }
        }
    }
}
