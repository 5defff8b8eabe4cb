// podlab pod: pods from the manifests that Kubernetes takes, in the words of kubectl.

import ArgumentParser
import FoundationEssentials
import Glibc
import Kubelet
import Manifests
import Pods
import Synchronization
import Terminals
import Text

package struct PodCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "pod", abstract: "Run pods from manifests of Kubernetes.",
        discussion: """
            In a playground the pods run there; elsewhere on a node of their own, which is started with the first pod and ends with the \
            last. Exit codes: 0 done, 1 refused or failed, 2 podlab could not, 64 wrong usage; `exec` ends with its command's.
            """,
        subcommands: [
            Apply.self, Create.self, Run.self, Get.self, Describe.self, Logs.self, Exec.self, Delete.self,
        ])

    package init() {}

    package func run() throws {
        throw ValidationError("Say what to do with pods: apply, create, run, get, describe, logs, exec or delete.")
    }

    /// Where pods are for whoever is on no node. Set before a command runs by the podlab that knows such a place.
    package static let outside = Mutex<(@Sendable () throws -> any PodPlace)?>(nil)

    package static func place() throws -> any PodPlace {
        if let node = OwnNode() { return node }
        guard let place = outside.withLock({ $0 }) else {
            throw UsageError("this is the podlab of a node, and \(AgentPath.node), the mark of one, is not here")
        }
        return try place()
    }

    /// Runs the body; a refusal is said in the words of Kubernetes.
    package static func reporting(_ body: () throws -> Void) throws {
        try reportingErrors {
            do { try body() } catch let refusal as Refusal {
                say(refusal.message)
                throw ArgumentParser.ExitCode(refusal.exitCode)
            }
        }
    }

    /// A line on standard error.
    static func say(_ text: String) { writeError(terminalSafe(text, keepingNewlines: true) + "\n") }

    /// The pods of a manifest; what is wrong with it goes to standard error.
    static func read(_ manifests: ManifestFiles) throws -> [PodSpec] {
        let reading = Manifest.load(paths: manifests.files, recursive: manifests.recursive)
        for problem in reading.warnings + reading.errors { say("\(problem)") }
        guard reading.errors.isEmpty else { throw ArgumentParser.ExitCode(1) }
        guard !reading.pods.isEmpty else {
            say("error: there is no pod in \(manifests.files.joined(separator: ", "))")
            throw ArgumentParser.ExitCode(1)
        }
        return reading.pods
    }

    /// - Parameter namespace: nil: the default one, and where that has none of this name, the one that has.
    /// - Throws: `Refusal` where it is not there, or where several namespaces have one.
    static func find(_ name: String, namespace: String?, in pods: [Pod]) throws -> Pod {
        let name = try PodWords.plain(name)
        let named = pods.filter { $0.spec.name == name }
        if let pod = named.first(where: { $0.spec.metadata.namespace == namespace ?? "default" }) { return pod }
        guard namespace == nil, let pod = named.first else { throw Refusal.noPod(name) }
        guard named.count == 1 else {
            let places = named.map(\.spec.metadata.namespace).sorted().joined(separator: ", ")
            throw Refusal(
                .badRequest, "error: pods \"\(name)\" are in the namespaces \(places): say which with -n NAMESPACE")
        }
        return pod
    }

    /// The container that is meant; one of several is told of.
    static func container(_ name: String?, of pod: Pod) throws -> String {
        if let name { return name }
        guard let container = pod.spec.defaultContainer else {
            throw Refusal(.badRequest, "error: a pod without containers")
        }
        let all = (pod.spec.containers + pod.spec.initContainers).map(\.name)
        if pod.spec.containers.count > 1, pod.spec.metadata.annotations[PodSpec.defaultContainerAnnotation] == nil {
            say("Defaulted container \"\(container.name)\" out of: \(all.joined(separator: ", "))")
        }
        return container.name
    }
}

/// Whose pods are meant.
struct NamespaceOptions: ParsableArguments {
    @Option(name: [.customShort("n", allowingJoined: true), .long], help: "The namespace of the pods.")
    var namespace: String?
}

/// Where pods are described.
struct ManifestFiles: ParsableArguments {
    @Option(
        name: [.customShort("f", allowingJoined: true), .customLong("filename")],
        help: ArgumentHelp(
            "A manifest, or a folder of manifests; - is standard input. Several are read as one.", valueName: "file"))
    var files: [String] = []
    @Flag(name: [.customShort("R"), .long], help: "Read what is in the folders below a folder, too.")
    var recursive = false
}

extension Refusal {
    fileprivate var exitCode: Int32 {
        switch kind {
        case .notFound, .conflict, .invalid, .badRequest: 1
        case .notExecutable: 126
        case .noSuchCommand: 127
        case .system: 2
        }
    }
}

extension PodCommand {
    /// How long a command waits for containers.
    struct StartOptions: ParsableArguments {
        @Flag(name: .customLong("no-wait"), help: "Do not wait for the containers.") var noWait = false
        @Option(help: "Seconds to wait for the containers.") var timeout: Double = 60

        func validate() throws {
            guard timeout >= 0, timeout <= 86_400 else {
                throw ValidationError("--timeout is between 0 and 86400 seconds.")
            }
        }
    }

    /// Hands pods to the agent and waits until their containers have started or failed.
    /// - Parameter creating: one that is there already is refused.
    static func apply(_ specs: [PodSpec], _ options: StartOptions, creating: Bool = false) throws {
        var refused = false
        var pods: [Pod] = []
        let connection = try place().withAgent { connection in
            let there = creating ? try connection.pods() : []
            for spec in specs {
                do {
                    if there.contains(where: { $0.spec.isNamed(as: spec) }) {
                        throw Refusal(
                            .conflict, "Error from server (AlreadyExists): pods \"\(spec.name)\" already exists")
                    }
                    let (pod, outcome, warnings) = try connection.apply(spec)
                    for warning in warnings { say("Warning: \(spec.name): \(warning)") }
                    StandardOutput.print("pod/\(terminalSafe(pod.spec.name)) \(outcome.rawValue)")
                    pods.append(pod)
                } catch let refusal as Refusal {
                    say(refusal.message)
                    refused = true
                }
            }
            return connection
        }
        if !options.noWait && !pods.isEmpty {
            guard let there = try connection.awaitStart(pods, seconds: options.timeout) else {
                say("error: not all containers have started within \(Int(options.timeout)) s: `podlab pod get` tells")
                throw ArgumentParser.ExitCode(1)
            }
            for pod in there {
                for trouble in pod.troubles {
                    say("pod/\(pod.spec.name): \(trouble)")
                    refused = true
                }
            }
        }
        if refused { throw ArgumentParser.ExitCode(1) }
    }

    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "apply",
            abstract: "Create the pods of a manifest, and wait until their containers have started or failed.")

        @OptionGroup var manifests: ManifestFiles
        @OptionGroup var options: StartOptions

        func validate() throws {
            if manifests.files.isEmpty { throw ValidationError("Name a manifest with -f; - is standard input.") }
        }

        func run() throws {
            try PodCommand.reporting { try PodCommand.apply(try PodCommand.read(manifests), options) }
        }
    }

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "The same as apply for pods that are not there yet.")

        @OptionGroup var manifests: ManifestFiles
        @OptionGroup var options: StartOptions

        func validate() throws {
            if manifests.files.isEmpty { throw ValidationError("Name a manifest with -f; - is standard input.") }
        }

        func run() throws {
            try PodCommand.reporting {
                try PodCommand.apply(try PodCommand.read(manifests), options, creating: true)
            }
        }
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "get", abstract: "List pods, as `kubectl get pod` does.")

        @Argument(help: ArgumentHelp("Pods; all when none is named.", valueName: "name")) var words: [String] = []
        @Option(
            name: [.customShort("o", allowingJoined: true), .long],
            help: ArgumentHelp("wide, json, yaml, name or jsonpath=TEMPLATE.", valueName: "format"))
        var output: String?
        @OptionGroup var choice: PodChoice
        @Flag(name: [.customShort("A"), .long], help: "Those of all namespaces, with their namespaces.")
        var allNamespaces = false
        @Flag(name: .customLong("no-headers"), help: "Without the first row.") var noHeaders = false
        @Flag(name: .customLong("show-labels"), help: "With the labels, as the last column.") var showLabels = false
        @Flag(name: [.customShort("w"), .long], help: "Go on, with a row for each change.") var watch = false

        func run() throws {
            try PodCommand.reporting {
                let there = try PodCommand.place().reach()?.pods ?? []
                let names = try PodWords.names(words, there: there)
                try choice.check(names)
                let all = try choice.chosen(of: there)
                var found: [Pod] = []
                var missing = false
                for name in names {
                    do { found.append(try PodCommand.find(name, namespace: choice.place.namespace, in: all)) } catch let
                        refusal as Refusal
                    {
                        PodCommand.say(refusal.message)
                        missing = true
                    }
                }
                if names.isEmpty { found = all }
                try show(found, names)
                if missing { throw ArgumentParser.ExitCode(1) }
            }
        }

        private func show(_ pods: [Pod], _ names: [String]) throws {
            do {
                let output = try output.map { try PodOutput($0) } ?? .table
                guard !watch || output.isTable else { throw Refusal(.badRequest, "error: --watch shows a table only") }
                let isList = names.count != 1
                // Rows of several namespaces can have one name.
                let isMixed = allNamespaces || Set(pods.map(\.spec.metadata.namespace)).count > 1
                if !pods.isEmpty || isList && output.printsNothing {
                    StandardOutput.print(
                        try PodTable.print(
                            pods, as: output, list: isList, now: Date().timeIntervalSince1970, allNamespaces: isMixed,
                            headings: !noHeaders, labels: showLabels), terminator: "")
                } else if names.isEmpty {
                    let namespace = choice.place.namespace ?? "default"
                    PodCommand.say(PodTable.nothingFound(namespace: allNamespaces ? nil : namespace))
                }
                guard watch else { return }
                let uids = Set(pods.map(\.uid))
                let choose = { (all: [Pod]) throws -> [Pod] in
                    try choice.chosen(of: all).filter { names.isEmpty || uids.contains($0.uid) }
                }
                try PodWatch(
                    choose: choose, output: output, allNamespaces: isMixed, headings: !noHeaders, labels: showLabels
                ).run(after: pods)
            } catch let error as JSONPathError {
                PodCommand.say("error: \(error)")
                throw ArgumentParser.ExitCode(1)
            }
        }
    }

    struct Describe: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "describe", abstract: "Tell all about pods.")

        @Argument(help: ArgumentHelp("Pods; all when none is named.", valueName: "name")) var words: [String] = []
        @OptionGroup var choice: PodChoice

        func run() throws {
            try PodCommand.reporting {
                let there = try PodCommand.place().reach()?.pods ?? []
                let names = try PodWords.names(words, there: there)
                try choice.check(names)
                let all = try choice.chosen(of: there)
                let namespace = choice.place.namespace
                let pods =
                    names.isEmpty ? all : try names.map { try PodCommand.find($0, namespace: namespace, in: all) }
                if pods.isEmpty { PodCommand.say(PodTable.nothingFound(namespace: namespace ?? "default")) }
                StandardOutput.print(pods.map { PodDescription($0).text }.joined(separator: "\n\n"), terminator: "")
            }
        }
    }
}

extension PodSpec {
    fileprivate func isNamed(as other: PodSpec) -> Bool {
        name == other.name && metadata.namespace == other.metadata.namespace
    }
}
