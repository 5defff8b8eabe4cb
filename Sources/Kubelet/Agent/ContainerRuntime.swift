// What the agent needs of whoever makes sandboxes and containers: the node's own runtime, or one of a test.

import Glibc
import Images
import Isolation
import Pods

/// Everything is called from the agent's one thread.
package protocol ContainerRuntime: AnyObject {
    var hostAddress: String { get }
    /// What is asked for and cannot be enforced here, a line each.
    func warnings(_ spec: PodSpec) -> [String]
    func startSandbox(_ pod: Pod, attempt: UInt32) throws -> any RunningSandbox
    /// - Parameters:
    ///   - output: a descriptor for its standard output; stays the caller's.
    ///   - error: a descriptor for its standard error; stays the caller's.
    /// - Throws: `StartFailure`.
    func startContainer(
        _ name: String, of pod: Pod, in sandbox: any RunningSandbox, restart: UInt32, output: Int32, error: Int32
    ) throws -> any RunningContainer
}

package protocol RunningSandbox: AnyObject {
    var pause: Child { get }
    var address: String { get }
    func remove(keepingVolumes: Bool)
}

package protocol RunningContainer: AnyObject {
    var child: Child { get }
    var id: String { get }
    var imageID: String { get }
    /// The signal that asks it to end.
    var stopSignal: Int32 { get }
    func signal(_ number: Int32)
    func kill()
    func wasOOMKilled() -> Bool
    /// Nil: it has left none.
    func terminationMessage() -> String?
    func remove()
    /// - Throws: `Refusal`.
    func exec(_ command: [String], streams: StandardStreams) throws -> Child
    /// - Throws: `Refusal`.
    func exec(_ command: [String], terminal: ExecRequest.Size, name: String?) throws -> (Child, master: Int32)
}

extension StartFailure: Error {}
