// podlab pod: pods from the manifests that Kubernetes takes, in the words of kubectl.

import ArgumentParser
import Foundation
import Glibc
import Kubelet
import Manifests
import Pods
import StrictYAML
import Synchronization

package struct PodCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "pod", abstract: "Run pods from manifests of Kubernetes.",
        discussion: """
            In a playground the pods run there; elsewhere on a node of their own, which is started with the first pod and ends with the \
            last. Exit codes: 0 done, 1 refused or failed, 2 podlab could not, 64 wrong usage; `exec` ends with its command's.
            """,
        subcommands: [Apply.self, Get.self, Describe.self, Logs.self, Exec.self, Delete.self])

    package init() {}

    package func run() throws {
        throw ValidationError("Say what to do with pods: apply, get, describe, logs, exec or delete.")
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
    static func read(_ files: [String]) throws -> [PodSpec] {
        let readings = files.map { Manifest.load(path: $0) }
        for reading in readings { for problem in reading.warnings + reading.errors { say("\(problem)") } }
        guard readings.allSatisfy(\.errors.isEmpty) else { throw ArgumentParser.ExitCode(1) }
        let pods = readings.flatMap(\.pods)
        guard !pods.isEmpty else {
            say("error: there is no pod in \(files.joined(separator: ", "))")
            throw ArgumentParser.ExitCode(1)
        }
        return pods
    }

    /// - Parameter namespace: nil: the default one, and where that has none of this name, the one that has.
    /// - Throws: `Refusal` where it is not there, or where several namespaces have one.
    static func find(_ name: String, namespace: String?, in pods: [Pod]) throws -> Pod {
        let name = name.hasPrefix("pod/") ? String(name.dropFirst(4)) : name
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
    @Option(name: [.short, .long], help: "The namespace of the pods.") var namespace: String?
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
    struct Apply: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create the pods of a manifest, and wait until their containers have started or failed.")

        @Option(
            name: [.customShort("f"), .customLong("filename")],
            help: ArgumentHelp(
                "The manifest; - is standard input.", valueName: "file"))
        var files: [String]
        @Flag(name: .customLong("no-wait"), help: "Do not wait for the containers.") var noWait = false
        @Option(help: "Seconds to wait for the containers.") var timeout: Double = 60

        func validate() throws {
            if files.isEmpty { throw ValidationError("Name a manifest with -f; - is standard input.") }
            guard timeout >= 0, timeout <= 86_400 else {
                throw ValidationError("--timeout is between 0 and 86400 seconds.")
            }
        }

        func run() throws {
            try PodCommand.reporting {
                let specs = try PodCommand.read(files)
                var refused = false
                var pods: [Pod] = []
                let connection = try PodCommand.place().withAgent { connection in
                    for spec in specs {
                        do {
                            let (pod, outcome, warnings) = try connection.apply(spec)
                            for warning in warnings { PodCommand.say("Warning: \(spec.name): \(warning)") }
                            StandardOutput.print("pod/\(terminalSafe(pod.spec.name)) \(outcome.rawValue)")
                            pods.append(pod)
                        } catch let refusal as Refusal {
                            PodCommand.say(refusal.message)
                            refused = true
                        }
                    }
                    return connection
                }
                if !noWait && !pods.isEmpty {
                    guard let there = try connection.awaitStart(pods, seconds: timeout) else {
                        PodCommand.say(
                            "error: not all containers have started within \(Int(timeout)) s: `podlab pod get` tells")
                        throw ArgumentParser.ExitCode(1)
                    }
                    for pod in there {
                        for trouble in pod.troubles {
                            PodCommand.say("pod/\(pod.spec.name): \(trouble)")
                            refused = true
                        }
                    }
                }
                if refused { throw ArgumentParser.ExitCode(1) }
            }
        }
    }

    struct Get: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List pods, as `kubectl get pod` does.")

        @Argument(help: "Pods; all when none is named.") var names: [String] = []
        @Option(
            name: [.short, .long],
            help: ArgumentHelp("wide, json, yaml, name or jsonpath=TEMPLATE.", valueName: "format"))
        var output: String?
        @OptionGroup var place: NamespaceOptions
        @Flag(name: [.customShort("A"), .long], help: "Those of all namespaces, with their namespaces.")
        var allNamespaces = false

        func run() throws {
            try PodCommand.reporting {
                let pods = try PodCommand.place().reach()?.pods ?? []
                let all = pods.filter { place.namespace == nil || $0.spec.metadata.namespace == place.namespace }
                var found: [Pod] = []
                var missing = false
                for name in names {
                    do { found.append(try PodCommand.find(name, namespace: place.namespace, in: all)) } catch let
                        refusal as Refusal
                    {
                        PodCommand.say(refusal.message)
                        missing = true
                    }
                }
                if names.isEmpty { found = all }
                try show(found)
                if missing { throw ArgumentParser.ExitCode(1) }
            }
        }

        private func show(_ pods: [Pod]) throws {
            do {
                let output = try output.map { try PodOutput($0) } ?? .table
                let isList = names.count != 1
                guard !pods.isEmpty || isList && output.printsNothing else {
                    if names.isEmpty {
                        PodCommand.say(
                            PodTable.nothingFound(namespace: allNamespaces ? nil : place.namespace ?? "default"))
                    }
                    return
                }
                let now = Date().timeIntervalSince1970
                // Rows of several namespaces can have one name.
                let isMixed = Set(pods.map(\.spec.metadata.namespace)).count > 1
                StandardOutput.print(
                    try PodTable.print(
                        pods, as: output, list: isList, now: now, allNamespaces: allNamespaces || isMixed),
                    terminator: "")
            } catch let error as JSONPathError {
                PodCommand.say("error: \(error)")
                throw ArgumentParser.ExitCode(1)
            }
        }
    }

    struct Describe: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Tell all about pods.")

        @Argument(help: "Pods; all when none is named.") var names: [String] = []
        @OptionGroup var place: NamespaceOptions

        func run() throws {
            try PodCommand.reporting {
                let there = try PodCommand.place().reach()?.pods ?? []
                let all = there.filter { place.namespace == nil || $0.spec.metadata.namespace == place.namespace }
                let pods =
                    names.isEmpty ? all : try names.map { try PodCommand.find($0, namespace: place.namespace, in: all) }
                if pods.isEmpty { PodCommand.say(PodTable.nothingFound(namespace: place.namespace ?? "default")) }
                StandardOutput.print(pods.map { PodDescription($0).text }.joined(separator: "\n\n"), terminator: "")
            }
        }
    }

    struct Logs: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print what a container has written.")

        @Argument(help: "The pod.") var name: String
        @OptionGroup var place: NamespaceOptions
        @Option(name: [.short, .long], help: "The container; the first when none is named.") var container: String?
        @Flag(name: [.customShort("p"), .long], help: "Of the run before.") var previous = false
        @Option(help: "Only the last lines.") var tail: Int?
        @Flag(name: [.customShort("f"), .long], help: "Go on until the container ends.") var follow = false
        @Flag(help: "Begin each line with its time.") var timestamps = false

        func validate() throws {
            if let tail, tail < -1 { throw ValidationError("--tail takes a number of lines; -1 is all of them.") }
        }

        func run() throws {
            try PodCommand.reporting {
                guard let (connection, there) = try PodCommand.place().reach() else { throw Refusal.noPod(name) }
                let pod = try PodCommand.find(name, namespace: place.namespace, in: there)
                var request = LogRequest(uid: pod.uid, container: try PodCommand.container(container, of: pod))
                request.previous = previous
                request.tail = tail == -1 ? nil : tail
                request.follow = follow
                request.timestamps = timestamps
                let output = ContainerOutput(STDOUT_FILENO)
                try connection.logs(request) { bytes in
                    guard output.write(bytes) else { throw ArgumentParser.ExitCode(0) }
                }
            }
        }
    }
}
