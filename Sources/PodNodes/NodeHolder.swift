// Holds a standalone node: its playground lives as long as this process, and its agent is started anew when it dies.

import CIsolation
import Glibc
import Isolation
import KernelState
import Kubelet
import Linux
import Playgrounds
import SystemPackage

/// What systemd and the machine are to a kubelet. It ends by itself when the last pod is gone.
package final class NodeHolder {
    private let surroundings: Surroundings
    private let runtime: FilePath
    private let place: SessionPlace
    private let playground: Playground
    private let variables: [String]
    private var agent: Child?
    /// When agents were started lately.
    private var starts: [ContinuousClock.Instant] = []

    /// How many agents may die in how long.
    private static let startLimit = 100
    private static let startPeriod = Duration.seconds(10)
    private var isOver = false

    /// Starts the node and its agent.
    /// - Parameter runtime: the folder of sockets and locks.
    package init(in surroundings: Surroundings, runtime: FilePath, environment: [String: String]) throws {
        self.surroundings = surroundings
        self.runtime = runtime
        variables = environment[AgentProcess.scaleVariable].map { ["\(AgentProcess.scaleVariable)=\($0)"] } ?? []
        // Started as /proc/self/exe it would be called `exe`.
        iso_set_name("podlab")
        place = try SessionPlace(in: surroundings)
        playground = try Playground.start(courseRoot: surroundings.courseRoot, cgroup: place.cgroup)
        do {
            try startAgent()
            _ = try place.note(playground) { $0.kind = .node }
        } catch {
            end()
            throw error
        }
    }

    /// Until there are no pods any more, or the playground has ended.
    package func hold() throws {
        defer { end() }
        while playground.node.isAlive {
            do {
                // Held to the end, so that nobody finds a node that is about to go.
                if let lock = try awaitUnused() { return withExtendedLifetime(lock) { end() } }
            } catch WireError.closed {
                // The agent has died; the kernel has taken its pods down with it.
                guard playground.node.isAlive else { return }
                try startAgent()
            }
        }
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        agent?.close()
        place.end(playground)
    }

    // MARK: The agent

    private func startAgent() throws {
        agent?.close()
        let now = ContinuousClock.now
        starts = starts.filter { now - $0 < Self.startPeriod } + [now]
        guard starts.count <= Self.startLimit else {
            throw NodeError(description: "the agent of the node has died \(starts.count) times in \(Self.startPeriod)")
        }
        let pipe = try Pipe.forReading()
        agent = try playground.startService(["kubelet"], variables: variables, output: pipe.writeEnd.raw)
        // Else the agent's end would not be the end of the pipe.
        let output = pipe.takingReadEnd()
        try AgentProcess.awaitReady(output.raw, "podlab kubelet", seconds: 60)
    }

    /// Waits until the last pod is gone and nobody is about to bring another.
    /// - Returns: the lock that keeps others from it; nil: there are pods again.
    /// - Throws: `WireError.closed` when the agent is gone.
    private func awaitUnused() throws -> NodeLock? {
        guard let agent else { throw WireError.closed }
        let path = "/proc/\(playground.node.initProcess.pid)/root"
        guard let root = try? Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY) else { throw WireError.closed }
        guard let descriptor = try LocalSocket.connect(below: root.raw) else { throw WireError.closed }
        let connection = AgentConnection(descriptor)
        // Whoever has had this node started brings a pod just now, and has the lock meanwhile.
        var lock = try NodeLock(runtime, waiting: false)
        while lock == nil {
            guard iso_poll(agent.pidfd, Int32(POLLIN), 20) == 0 else { throw WireError.closed }
            lock = try NodeLock(runtime, waiting: false)
        }
        if try connection.pods().isEmpty { return lock }
        lock = nil
        try connection.awaitNone()
        return nil
    }
}
