// podlab pod logs: what containers have written.

import ArgumentParser
import FoundationEssentials
import Glibc
import Kubelet
import Pods

extension PodCommand {
    struct Logs: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "logs", abstract: "Print what a container has written.")

        @Argument(help: ArgumentHelp("The pod; its container may follow.", valueName: "name")) var words: [String] = []
        @OptionGroup var place: NamespaceOptions
        @Option(
            name: [.customShort("c", allowingJoined: true), .long], help: "The container; the first when none is named."
        )
        var container: String?
        @Flag(name: .customLong("all-containers"), help: "Of all containers, one after the other.") var allContainers =
            false
        @Flag(name: [.customShort("p"), .long], help: "Of the run before.") var previous = false
        @Option(help: "Only the last lines.") var tail: Int?
        @Option(help: ArgumentHelp("Only what is not older: 5s, 2m, 1h30m.", valueName: "duration")) var since: String?
        @Flag(name: [.customShort("f"), .long], help: "Go on until the container ends.") var follow = false
        @Flag(help: "Begin each line with its time.") var timestamps = false

        func validate() throws {
            guard 1...2 ~= words.count else { throw ValidationError("Name a pod, and with it at most one container.") }
            if words.count == 2, container != nil || allContainers {
                throw ValidationError("The container \(words[1]) and -c or --all-containers exclude each other.")
            }
            if allContainers, container != nil {
                throw ValidationError("-c and --all-containers exclude each other.")
            }
            if let tail, tail < -1 { throw ValidationError("--tail takes a number of lines; -1 is all of them.") }
            if let since, GoDuration.seconds(since) == nil {
                throw ValidationError("--since takes a duration such as 5s, 2m or 1h30m, and not \(since).")
            }
        }

        func run() throws {
            try PodCommand.reporting {
                guard let (connection, there) = try PodCommand.place().reach() else { throw Refusal.noPod(words[0]) }
                let pod = try PodCommand.find(words[0], namespace: place.namespace, in: there)
                let named = words.count == 2 ? words[1] : container
                let containers =
                    allContainers
                    ? (pod.spec.initContainers + pod.spec.containers).map(\.name)
                    : [try PodCommand.container(named, of: pod)]
                guard !follow || containers.count == 1 else {
                    throw Refusal(.badRequest, "error: -f follows one container: say which with -c")
                }
                let output = ContainerOutput(STDOUT_FILENO)
                for container in containers {
                    var request = LogRequest(uid: pod.uid, container: container)
                    request.previous = previous
                    request.tail = tail == -1 ? nil : tail
                    request.follow = follow
                    request.timestamps = timestamps
                    request.since = since.flatMap(GoDuration.seconds).map { Date().timeIntervalSince1970 - $0 }
                    try connection.logs(request) { bytes in
                        guard output.write(bytes) else { throw ArgumentParser.ExitCode(0) }
                    }
                }
            }
        }
    }
}

/// Durations as Go writes them.
enum GoDuration {
    /// `300ms`, `1.5h`, `1h30m`; nil: it is none.
    static func seconds(_ text: String) -> Double? {
        let units: [(String, Double)] = [("ms", 0.001), ("us", 1e-6), ("ns", 1e-9), ("h", 3600), ("m", 60), ("s", 1)]
        var rest = text[...]
        var sum = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            guard let value = Double(number), let unit = units.first(where: { rest.hasPrefix($0.0) }) else {
                return nil
            }
            sum += value * unit.1
            rest = rest.dropFirst(unit.0.count)
        }
        return sum.isFinite ? sum : nil
    }
}
