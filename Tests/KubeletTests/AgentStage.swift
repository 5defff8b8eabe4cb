// An agent on a thread of the test, with a runtime whose containers are shells of this machine.

import Foundation
import Glibc
import Isolation
import Pods
import Synchronization
import TestSupport
import Testing

@testable import Kubelet

/// A container is `sh -c` with its command's words; its image decides nothing.
final class ShellRuntime: ContainerRuntime {
    let hostAddress = "10.244.0.1"

    func warnings(_ spec: PodSpec) -> [String] {
        spec.containers[0].resources.limits.memory == nil ? [] : ["no limits"]
    }

    func startSandbox(_ pod: Pod, attempt: UInt32) throws -> any RunningSandbox {
        ShellSandbox(pause: try Self.start(["sleep", "1000"], streams: .null))
    }

    func startContainer(
        _ name: String, of pod: Pod, in sandbox: any RunningSandbox, restart: UInt32, output: Int32, error: Int32
    ) throws -> any RunningContainer {
        let spec = pod.spec.allContainers.first { $0.name == name }
        guard let command = spec?.command else {
            throw StartFailure(.execution, reason: "RunContainerError", message: "no command")
        }
        let streams = StandardStreams(input: .null, output: .descriptor(output), error: .descriptor(error))
        return ShellContainer(child: try Self.start(["sh", "-c"] + command, streams: streams))
    }

    static func start(_ words: [String], streams: StandardStreams) throws -> Child {
        try Plan([.execute(.path(words[0]), arguments: words, environment: ["PATH=/usr/bin:/bin"])])
            .start(StartOptions(streams: streams))
    }
}

private final class ShellSandbox: RunningSandbox {
    let pause: Child
    let address = "10.244.0.2"

    init(pause: Child) { self.pause = pause }

    func remove(keepingVolumes: Bool) { pause.close() }
}

private final class ShellContainer: RunningContainer {
    let child: Child
    let id = String(repeating: "0", count: 64)
    let imageID = "sha256:0"
    let stopSignal = SIGTERM

    init(child: Child) { self.child = child }

    func signal(_ number: Int32) { try? child.signal(number) }
    func kill() { try? child.signal(SIGKILL) }
    func wasOOMKilled() -> Bool { false }
    func terminationMessage() -> String? { nil }
    func remove() { child.close() }

    func exec(_ command: [String], streams: StandardStreams) throws -> Child {
        do { return try ShellRuntime.start(command, streams: streams) } catch {
            throw Refusal(.noSuchCommand, "no such command: \(command[0])")
        }
    }

    func exec(_ command: [String], terminal: ExecRequest.Size, name: String?) throws -> (Child, master: Int32) {
        throw Refusal(.system, "there are no terminals here")
    }
}

/// Runs an agent until it goes.
final class AgentStage: @unchecked Sendable {
    let folder: String
    private let isOver = Atomic(false)
    private let ended = DispatchSemaphore(value: 0)
    private var socket: String { folder + "/socket" }

    /// - Parameter folder: of an earlier agent, whose pods are recovered.
    init(folder: String? = nil, scale: Double = 1) throws {
        self.folder = folder ?? "/tmp/podlab-test-agent-\(UUID().uuidString)"
        if folder == nil {
            for path in [self.folder, self.folder + "/logs"] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            }
        }
        let listener = try LocalSocket.listen(at: socket)
        Thread.detachNewThread { [self] in
            do {
                let agent = try Agent(
                    runtime: ShellRuntime(), ledger: self.folder + "/pods", logs: self.folder + "/logs",
                    listener: listener, scale: scale)
                agent.recover()
                try agent.run { isOver.load(ordering: .acquiring) }
            } catch {
                Issue.record(error)
            }
            ended.signal()
        }
    }

    func connect() throws -> AgentConnection {
        AgentConnection(try #require(try LocalSocket.connect(to: socket)))
    }

    /// Ends the agent as a kill would: its pods' processes are gone, and nothing is written any more.
    func stop(keeping: Bool = false) {
        isOver.store(true, ordering: .releasing)
        // It looks after each thing that has happened: this is one.
        if let descriptor = (try? LocalSocket.connect(to: socket)) ?? nil { close(descriptor) }
        ended.wait()
        if !keeping { try? FileManager.default.removeItem(atPath: folder) }
    }

    static func pod(_ name: String, _ commands: String..., policy: RestartPolicy = .never) -> PodSpec {
        var spec = PodSpec(
            metadata: PodMetadata(name: name),
            containers: commands.enumerated().map { index, command in
                var container = ContainerSpec(name: "c\(index)", image: "shell")
                container.command = [command]
                return container
            })
        spec.restartPolicy = policy
        return spec
    }
}

/// Asks again and again for something that has no event to wait for.
func waitUntil(
    seconds: Double = Deadline.seconds, sourceLocation: SourceLocation = #_sourceLocation, _ holds: () throws -> Bool
) throws {
    let deadline = ContinuousClock.now + .milliseconds(Int64(seconds * 1000))
    while try !holds() {
        try #require(ContinuousClock.now < deadline, "it did not come", sourceLocation: sourceLocation)
        poll(nil, 0, 2)
    }
}
