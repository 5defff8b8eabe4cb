// A client of the agent, and what it waits for.

import Glibc
import Isolation
import Pods

final class AgentClient {
    let socket: FrameSocket
    var activity = Activity.idle

    enum Activity {
        case idle
        case awaitingStart(Set<String>)
        case awaitingEnd(Set<String>)
        case awaitingNone
        /// The descriptors of an exec without a terminal are on their way.
        case awaitingStreams(ExecRequest, [Int32])
        case executing(Child)
        case reading(LogReader, LogRequest)
    }

    init(_ socket: FrameSocket) { self.socket = socket }

    deinit { end() }

    /// What was done for it only ends with it.
    func end() {
        switch activity {
        case .executing(let child): child.close()
        case .awaitingStreams(_, let descriptors): for descriptor in descriptors { close(descriptor) }
        default: break
        }
        activity = .idle
    }
}
