// Where the pods are that a command means, and the node that this process is in.

import FoundationEssentials
import Glibc
import Pods

/// A node with an agent, or a place where one can be had.
package protocol PodPlace {
    /// Connects to the agent where there can be pods, and asks it for them; nil: there are none. An agent that has just been killed, or
    /// whose node is about to end, hangs up instead of answering: then whoever comes after it is asked.
    func reach() throws -> (connection: AgentConnection, pods: [Pod])?

    /// Connects to the agent, started for it if need be, with its node. As long as the body runs the node does not end, even if there is
    /// no pod.
    func withAgent<Result>(_ body: (AgentConnection) throws -> Result) throws -> Result

    /// Where there is no pod any more, waits until what was started for pods is gone too.
    func settle() throws
}

extension PodPlace {
    /// Waits until all of these are gone, whoever dies meanwhile: with the last pod its node goes, and the agent with it.
    /// - Returns: false: the time is over.
    package func awaitEnd(_ pods: [Pod], _ connection: AgentConnection, seconds: Double) throws -> Bool {
        var connection = connection
        let deadline = ContinuousClock.now + .milliseconds(Int64(seconds * 1000))
        while true {
            let left = ContinuousClock.now.duration(to: deadline) / .seconds(1)
            guard left > 0 else { return false }
            do { return try connection.awaitEnd(pods, seconds: left) } catch WireError.closed {
                guard let next = try reach() else { return true }
                connection = next.connection
            }
        }
    }
}

/// The node that this process is in.
package struct OwnNode: PodPlace {
    /// Nil when this process is in none.
    package init?() {
        guard access(AgentPath.node, F_OK) == 0 else { return nil }
    }

    package func reach() throws -> (connection: AgentConnection, pods: [Pod])? {
        try AgentConnection.answering {
            if let descriptor = try LocalSocket.connect(to: AgentPath.socket) { return AgentConnection(descriptor) }
            // An agent that was killed has left its ledger.
            let left = (try? FileManager.default.contentsOfDirectory(atPath: AgentPath.ledger)) ?? []
            return left.isEmpty ? nil : try startAgent()
        }
    }

    package func withAgent<Result>(_ body: (AgentConnection) throws -> Result) throws -> Result {
        let found = try AgentConnection.answering {
            try LocalSocket.connect(to: AgentPath.socket).map { AgentConnection($0) } ?? startAgent()
        }
        guard let found else { throw WireError.closed }
        return try body(found.connection)
    }

    /// The node stays as long as whoever has it.
    package func settle() {}

    private func startAgent() throws -> AgentConnection {
        // Two may start one at the same moment: the second finds the lock taken, and the first may need a moment yet.
        let deadline = ContinuousClock.now + .seconds(30)
        try BackgroundPodlab.start(["kubelet"])
        while ContinuousClock.now < deadline {
            if let descriptor = try LocalSocket.connect(to: AgentPath.socket) { return AgentConnection(descriptor) }
            _ = poll(nil, 0, 5)
        }
        throw NodeError(description: "the agent of the pods does not answer at \(AgentPath.socket)")
    }
}

package struct NodeError: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}
