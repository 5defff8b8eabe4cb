// podlab bench-pods: how long pods take, on a node of their own.

import ArgumentParser
import FoundationEssentials
import Glibc
import KernelState
import Kubelet
import LabKit
import PodCommands
import Pods
import Terminals

/// Part of `make bench`; it is not for typing.
struct PodBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bench-pods", shouldDisplay: false)

    @Option(help: "How often one pod is started; the median counts.") var rounds = 21
    @Option(help: "How many pods there are at once.") var pods = 100

    func run() throws {
        try PodCommand.reporting {
            let place = try PodCommand.place()
            guard try place.reach() == nil else {
                throw UsageError("delete your pods first: `podlab pod delete --all`")
            }
            // The node is there before anything is measured, and stays as long as there is a pod.
            let first = try place.withAgent { connection in
                try bring([spec("bench-first")], connection)
                return connection
            }
            defer { try? remove(first) }
            try measureOne(first)
            try measureMany(first)
            try remove(first)
            try place.settle()
        }
    }

    private func measureOne(_ connection: AgentConnection) throws {
        var times: [Double] = []
        for round in 0..<max(1, rounds) {
            let start = ContinuousClock.now
            let pods = try bring([spec("bench-one-\(round)")], connection)
            times.append((ContinuousClock.now - start) / .microseconds(1))
            try remove(pods, connection)
        }
        StandardOutput.print(
            "\(Int(times.sorted()[times.count / 2]))\ta pod of pause and two containers, from apply to both running")
    }

    private func measureMany(_ connection: AgentConnection) throws {
        let specs = (0..<pods).map { spec("bench-\($0)") }
        var start = ContinuousClock.now
        let made = try bring(specs, connection)
        StandardOutput.print("\(Int((ContinuousClock.now - start) / .microseconds(1)))\t\(pods) such pods created")
        let table = try ProcessTable.read(fields: [])
        let pauses = table.all.filter { $0.comm == "pause" }.map(\.pid).filter { pid in
            table.ancestors(of: pid).contains { $0.comm == "podlab-kubelet" }
        }
        let pages = pauses.reduce(0) { $0 + Self.residentPages($1) }
        StandardOutput.print(
            "\(pages * Int(sysconf(Int32(_SC_PAGESIZE))))\tbytes of memory that \(pauses.count) pauses have")
        start = ContinuousClock.now
        try remove(made, connection)
        StandardOutput.print("\(Int((ContinuousClock.now - start) / .microseconds(1)))\t\(pods) such pods deleted")
    }

    @discardableResult
    private func bring(_ specs: [PodSpec], _ connection: AgentConnection) throws -> [Pod] {
        let pods = try specs.map { try connection.apply($0).pod }
        guard let there = try connection.awaitStart(pods, seconds: 300), there.allSatisfy({ $0.troubles.isEmpty }),
            there.count == specs.count
        else { throw UsageError("not all pods have started") }
        return there
    }

    private func remove(_ connection: AgentConnection) throws { try remove(try connection.pods(), connection) }

    private func remove(_ pods: [Pod], _ connection: AgentConnection) throws {
        for pod in pods { try connection.delete(pod, grace: 0) }
        guard try PodCommand.place().awaitEnd(pods, connection, seconds: 300) else {
            throw UsageError("not all pods are gone")
        }
    }

    private func spec(_ name: String) -> PodSpec {
        PodSpec(
            metadata: PodMetadata(name: name),
            containers: ["one", "two"].map {
                var container = ContainerSpec(name: $0, image: "busybox")
                container.command = ["sleep", "100000"]
                return container
            })
    }

    /// The second field of /proc/PID/statm. See proc_pid_statm(5).
    private static func residentPages(_ pid: ProcessID) -> Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)) ?? ""
        return text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
