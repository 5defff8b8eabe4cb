// The pods of whoever is in no playground: on this user's standalone node, which is started for the first of them.

import Glibc
import Kubelet
import Pods
import SystemPackage

package struct StandalonePlace: PodPlace {
    private let sessions: FilePath
    private let runtime: FilePath

    /// - Parameters:
    ///   - sessions: the folder of session folders.
    ///   - runtime: that of locks.
    package init(sessions: FilePath, runtime: FilePath) {
        self.sessions = sessions
        self.runtime = runtime
    }

    package func reach() throws -> (connection: AgentConnection, pods: [Pod])? {
        let lock = try NodeLock(runtime)
        defer { withExtendedLifetime(lock) {} }
        return try AgentConnection.answering {
            try StandaloneNode.find(in: sessions).map { try $0.connect(seconds: 30) }
        }
    }

    package func withAgent<Result>(_ body: (AgentConnection) throws -> Result) throws -> Result {
        let lock = try NodeLock(runtime)
        defer { withExtendedLifetime(lock) {} }
        if StandaloneNode.find(in: sessions) == nil { try BackgroundPodlab.start(["node", "hold"]) }
        guard
            let found = try AgentConnection.answering({
                try StandaloneNode.find(in: sessions).map { try $0.connect(seconds: 30) }
            })
        else { throw NodeError(description: "the node has ended as soon as it was started") }
        return try body(found.connection)
    }

    package func settle() throws {
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
}
