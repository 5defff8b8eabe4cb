// Where the pods are that a command means: on the node that it is in, or on this user's standalone node.

import Foundation
import Glibc
import LabKit
import Pods
import SystemPackage

package enum PodPlace {
    /// This process is in a playground.
    case here
    /// Outside. `sessions`: the folder of session folders; `runtime`: of locks.
    case standalone(sessions: FilePath, runtime: FilePath)

    /// Whether this process is in a playground.
    package static var isNode: Bool { access(AgentPath.node, F_OK) == 0 }

    /// Connects to the agent where there can be pods, and asks it for them; nil: there are none. An agent that has just been killed, or
    /// whose node is about to end, hangs up instead of answering: then whoever comes after it is asked.
    package func reach() throws -> (connection: AgentConnection, pods: [Pod])? {
        switch self {
        case .here:
            return try Self.answering {
                if let descriptor = try LocalSocket.connect(to: AgentPath.socket) { return AgentConnection(descriptor) }
                // An agent that was killed has left its ledger.
                let left = (try? FileManager.default.contentsOfDirectory(atPath: AgentPath.ledger)) ?? []
                return left.isEmpty ? nil : try startAgent()
            }
        case .standalone(let sessions, let runtime):
            let lock = try NodeLock(runtime)
            defer { withExtendedLifetime(lock) {} }
            return try Self.answering { try StandaloneNode.find(in: sessions).map { try $0.connect(seconds: 30) } }
        }
    }

    /// Connects to the agent, started for it if need be, with its node. As long as the body runs the node does not end, even if there is
    /// no pod.
    package func withAgent<Result>(_ body: (AgentConnection) throws -> Result) throws -> Result {
        switch self {
        case .here:
            let found = try Self.answering {
                try LocalSocket.connect(to: AgentPath.socket).map { AgentConnection($0) } ?? startAgent()
            }
            guard let found else { throw WireError.closed }
            return try body(found.connection)
        case .standalone(let sessions, let runtime):
            let lock = try NodeLock(runtime)
            defer { withExtendedLifetime(lock) {} }
            if StandaloneNode.find(in: sessions) == nil { try BackgroundPodlab.start(["node", "hold"]) }
            guard
                let found = try Self.answering({
                    try StandaloneNode.find(in: sessions).map { try $0.connect(seconds: 30) }
                })
            else { throw NodeError(description: "the node has ended as soon as it was started") }
            return try body(found.connection)
        }
    }

    /// An agent that answers, and what it answers.
    static func answering(
        _ connect: () throws -> AgentConnection?
    ) throws -> (connection: AgentConnection, pods: [Pod])? {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            guard let connection = try connect() else { return nil }
            do { return (connection, try connection.pods()) } catch WireError.closed
                where ContinuousClock.now < deadline
            {
                // The socket of a process that is being killed takes callers until the kernel closes it.
                _ = poll(nil, 0, 5)
            }
        }
    }

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

    /// Where there is no pod any more, waits until the node is gone too.
    package func settle() throws {
        guard case .standalone(let sessions, let runtime) = self else { return }
        var unused: StandaloneNode?
        do {
            // A node that is about to end holds it until nothing is left of it.
            let lock = try NodeLock(runtime)
            defer { withExtendedLifetime(lock) {} }
            guard let node = StandaloneNode.find(in: sessions) else { return }
            if try node.connect()?.pods().isEmpty ?? true { unused = node }
        }
        _ = unused?.awaitEnd(seconds: 20)
    }

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
