// podlab pod delete: the end of pods.

import ArgumentParser
import Glibc
import Kubelet
import Pods
import Terminals
import Text

extension PodCommand {
    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete", abstract: "End pods, and wait until they are gone.")

        @Argument(help: ArgumentHelp("Pods.", valueName: "name")) var words: [String] = []
        @OptionGroup var manifests: ManifestFiles
        @OptionGroup var choice: PodChoice
        @Flag(help: "All pods.") var all = false
        @Option(name: .customLong("grace-period"), help: "Seconds between SIGTERM and SIGKILL; 0: SIGKILL at once.")
        var grace: Int?
        @Flag(help: "Within a second.") var now = false
        @Flag(help: "SIGKILL at once, where no grace period is given.") var force = false
        @Flag(name: .customLong("ignore-not-found"), help: "A pod that is not there is no error.") var ignoring = false

        func validate() throws {
            let isNamed = !words.isEmpty && !(PodWords.isType(words) && (all || choice.selector != nil))
            let ways = [isNamed, !manifests.files.isEmpty, all || choice.selector != nil]
            guard ways.count(where: { $0 }) == 1 else {
                throw ValidationError("Name pods, or a manifest with -f, or labels with -l, or --all.")
            }
            if let grace, grace < -1 || grace > Int(UInt32.max) {
                throw ValidationError("--grace-period takes a number of seconds.")
            }
            if now && grace != nil { throw ValidationError("--now and --grace-period exclude each other.") }
        }

        func run() throws {
            try PodCommand.reporting {
                let place = try PodCommand.place()
                let described = manifests.files.isEmpty ? nil : try PodCommand.read(manifests)
                let reached = try place.reach()
                let wanted: [(name: String, namespace: String?)] =
                    try described?.map { ($0.name, $0.metadata.namespace) }
                    ?? PodWords.names(words, there: reached?.pods ?? []).map { ($0, choice.place.namespace) }
                let isChoice = all || choice.selector != nil
                guard isChoice || !wanted.isEmpty else {
                    throw Refusal(.badRequest, "error: resource(s) were provided, but no name was specified")
                }
                guard let (connection, all) = reached else {
                    if isChoice { return StandardOutput.print("No resources found") }
                    try refuse(wanted.map(\.name))
                    return
                }
                let there = try choice.chosen(of: all)
                var pods = isChoice ? there : []
                var missing: [String] = []
                for (name, namespace) in wanted {
                    do { pods.append(try PodCommand.find(name, namespace: namespace, in: there)) } catch let refusal
                        as Refusal
                        where refusal.kind == .notFound
                    {
                        missing.append(name)
                    }
                }
                let given = grace.flatMap { $0 < 0 ? nil : UInt32($0) }
                let seconds: UInt32? = now ? 1 : given ?? (force ? 0 : nil)
                for pod in pods {
                    do { try connection.delete(pod, grace: seconds) } catch let refusal as Refusal
                        where refusal.kind == .notFound
                    {
                        // It has gone in this very moment.
                    }
                    StandardOutput.print("pod \"\(terminalSafe(pod.spec.name))\" deleted")
                }
                if isChoice && pods.isEmpty { StandardOutput.print("No resources found") }
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
