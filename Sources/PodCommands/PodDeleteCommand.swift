// podlab pod delete: the end of pods.

import ArgumentParser
import Glibc
import Kubelet
import StrictYAML

extension PodCommand {
    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End pods, and wait until they are gone.")

        @Argument(help: "Pods.") var names: [String] = []
        @Option(
            name: [.customShort("f"), .customLong("filename")],
            help: ArgumentHelp(
                "The pods of this manifest; - is standard input.", valueName: "file"))
        var files: [String] = []
        @OptionGroup var namespaces: NamespaceOptions
        @Flag(help: "All pods.") var all = false
        @Option(name: .customLong("grace-period"), help: "Seconds between SIGTERM and SIGKILL; 0: SIGKILL at once.")
        var grace: Int?
        @Flag(help: "Within a second.") var now = false
        @Flag(name: .customLong("ignore-not-found"), help: "A pod that is not there is no error.") var ignoring = false

        func validate() throws {
            guard [!names.isEmpty, !files.isEmpty, all].count(where: { $0 }) == 1 else {
                throw ValidationError("Name pods, or a manifest with -f, or --all.")
            }
            if let grace, grace < -1 || grace > Int(UInt32.max) {
                throw ValidationError("--grace-period takes a number of seconds.")
            }
            if now && grace != nil { throw ValidationError("--now and --grace-period exclude each other.") }
        }

        func run() throws {
            try PodCommand.reporting {
                let wanted: [(name: String, namespace: String?)] =
                    files.isEmpty
                    ? names.map { ($0, namespaces.namespace) }
                    : try PodCommand.read(files).map { ($0.name, $0.metadata.namespace) }
                let place = try PodCommand.place()
                guard let (connection, all) = try place.reach() else {
                    if self.all { return StandardOutput.print("No resources found") }
                    try refuse(wanted.map(\.name))
                    return
                }
                let namespace = namespaces.namespace
                let there = all.filter { namespace == nil || $0.spec.metadata.namespace == namespace }
                var pods = self.all ? there : []
                var missing: [String] = []
                for (name, namespace) in wanted {
                    do { pods.append(try PodCommand.find(name, namespace: namespace, in: there)) } catch let refusal
                        as Refusal
                        where refusal.kind == .notFound
                    {
                        missing.append(name)
                    }
                }
                let seconds: UInt32? = now ? 1 : grace.flatMap { $0 < 0 ? nil : UInt32($0) }
                for pod in pods {
                    do { try connection.delete(pod, grace: seconds) } catch let refusal as Refusal
                        where refusal.kind == .notFound
                    {
                        // It has gone in this very moment.
                    }
                    StandardOutput.print("pod \"\(terminalSafe(pod.spec.name))\" deleted")
                }
                if self.all && pods.isEmpty { StandardOutput.print("No resources found") }
                let patience = pods.map { Double(seconds ?? $0.spec.terminationGracePeriodSeconds) }.max() ?? 0
                guard try place.awaitEnd(pods, connection, seconds: patience + 60) else {
                    throw NodeError(description: "not all pods are gone: `podlab pod get` tells")
                }
                try place.settle()
                try refuse(missing)
            }
        }

        private func refuse(_ missing: [String]) throws {
            guard !ignoring, !missing.isEmpty else { return }
            for name in missing { PodCommand.say(Refusal.noPod(name).message) }
            throw ArgumentParser.ExitCode(1)
        }
    }
}
