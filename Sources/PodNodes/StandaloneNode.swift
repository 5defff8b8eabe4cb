// This user's standalone node: a playground made for pods, which a podlab in the background holds.

import CIsolation
import Glibc
import KernelState
import Kubelet
import Linux
import Playgrounds
import SystemPackage

/// A node that runs, as any podlab of the user finds it.
package struct StandaloneNode {
    package let folder: SessionFolder
    package let record: NodeRecord
    private let playground: ProcessIdentity

    /// Nil when none runs.
    package static func find(in sessions: FilePath) -> StandaloneNode? {
        for folder in SessionFolder.all(in: sessions) where folder.isLive {
            guard let record = folder.read(), record.kind == .node, let playground = record.playground,
                playground.isAlive
            else { continue }
            return StandaloneNode(folder: folder, record: record, playground: playground.identity)
        }
        return nil
    }

    /// The process that holds it.
    package var holder: Int32 { record.owner.pid }

    /// Connects to its agent; nil: none serves just now.
    package func connect() throws -> AgentConnection? {
        let handle: HeldProcess
        do { handle = try HeldProcess(playground) } catch { return nil }
        return try withExtendedLifetime(handle) {
            let root: Descriptor
            do throws(SystemError) {
                root = try .open("/proc/\(playground.pid)/root", flags: O_RDONLY | O_DIRECTORY)
            } catch {
                // It may end at any moment; whoever waits for it looks again.
                if error.errno.isGone { return nil }
                throw WireError.system("open the node's root", error.errno)
            }
            guard record.playground?.isAlive == true else { return nil }
            return try LocalSocket.connect(below: root.raw).map { AgentConnection($0) }
        }
    }

    /// Connects, and waits for an agent that is being started anew. The holder starts another one when one dies.
    package func connect(seconds: Double) throws -> AgentConnection {
        let deadline = ContinuousClock.now + .milliseconds(Int64(seconds * 1000))
        while true {
            if let connection = try connect() { return connection }
            guard record.owner.isAlive, record.playground?.isAlive == true else {
                throw NodeError(description: "the node of your pods has ended (process \(holder) held it)")
            }
            guard ContinuousClock.now < deadline else {
                throw NodeError(
                    description:
                        "the agent of your pods does not answer: `podlab node stop` ends the node with its pods")
            }
            _ = poll(nil, 0, 5)
        }
    }

    /// Ends it with all its pods, and takes away what the kernel does not.
    package func stop(seconds: Double = 20) throws {
        let identity = record.owner.identity
        let handle: HeldProcess
        do { handle = try HeldProcess(identity) } catch { return }
        guard handle.signal(SIGTERM) else { return }
        try waitForEnd(handle, seconds: seconds)
    }

    /// Waits until the holder has ended, which it does by itself after the last pod.
    /// - Returns: false: it has not.
    package func awaitEnd(seconds: Double) -> Bool {
        guard let handle = try? HeldProcess(record.owner.identity) else { return true }
        return (try? waitForEnd(handle, seconds: seconds)) != nil
    }

    private func waitForEnd(_ handle: HeldProcess, seconds: Double) throws {
        guard iso_poll(handle.pidfd, Int32(POLLIN), Int64(seconds * 1000)) != 0 else {
            throw NodeError(description: "the node (process \(holder)) has not ended within \(Int(seconds)) s")
        }
        // PID 1 goes with it, a moment later.
        guard let playground = try? HeldProcess(playground) else { return }
        _ = iso_poll(playground.pidfd, Int32(POLLIN), Int64(seconds * 1000))
    }
}

/// Held while a node is looked for, started or given up, so that nobody uses one that is about to end.
package final class NodeLock {
    private let file: Descriptor

    /// How long whoever has it may take: it starts a node, or the first pod on it.
    package static let patience = Duration.seconds(90)

    /// - Parameter waiting: until nobody else has it; else nil at once.
    /// - Throws: `WireError.timedOut` when somebody holds it for longer than anything under it takes: one that was stopped, say.
    package init?(_ runtime: FilePath, waiting: Bool = true, patience: Duration = NodeLock.patience) throws(WireError) {
        let path = runtime.appending("node.lock").string
        do throws(SystemError) {
            file = try .open(path, flags: O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        } catch {
            throw .system("open \(path)", error.errno)
        }
        // There is no event for a lock that becomes free but a wait without a deadline.
        let deadline = ContinuousClock.now + patience
        var pause: Int32 = 1
        while flock(file.raw, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .system("lock \(path)", Errno(rawValue: errno)) }
            guard waiting else { return nil }
            guard ContinuousClock.now < deadline else {
                throw .busy("\(path): another podlab of yours has held it for \(patience); `fuser \(path)` says which")
            }
            _ = poll(nil, 0, pause)
            pause = min(20, pause * 2)
        }
    }

}
