// What clients ask the agent for, and what it answers.

import Pods

/// One at a time on each connection.
package enum Request: Codable, Sendable, Equatable {
    /// Answered with `applied`, before anything of the pod runs.
    case apply(PodSpec)
    /// Answered with `pods`: all of them.
    case list
    /// By uid. Answered with `done` when it was noted. `grace`: seconds; nil: as the pod says.
    case delete(uid: String, grace: UInt32?)
    /// Answered with `pods`, these, when each has started or failed or is gone.
    case awaitStart(uids: [String])
    /// Answered with `done` when all of these are gone.
    case awaitEnd(uids: [String])
    /// Answered with `done` as soon as there is no pod.
    case awaitNone
    /// Answered with data, then `done`.
    case logs(LogRequest)
    /// Three descriptors follow where it has no terminal: input, output, error. Answered with `started` (and the pty's master where it
    /// has a terminal), then `exited`.
    case exec(ExecRequest)
}

package struct LogRequest: Codable, Sendable, Equatable {
    package var uid: String
    package var container: String
    /// Of the run before.
    package var previous = false
    /// The last lines only.
    package var tail: Int?
    /// Until the container ends.
    package var follow = false
    package var timestamps = false
    /// Only what was written from this moment on: seconds since 1970.
    package var since: Timestamp?

    package init(uid: String, container: String) {
        self.uid = uid
        self.container = container
    }
}

package struct ExecRequest: Codable, Sendable, Equatable {
    package struct Size: Codable, Sendable, Equatable {
        package var rows: UInt16
        package var columns: UInt16

        package init(rows: UInt16, columns: UInt16) {
            self.rows = rows
            self.columns = columns
        }
    }
    package var uid: String
    package var container: String
    package var command: [String]
    /// nil: no terminal.
    package var terminal: Size?
    /// What TERM says in it.
    package var terminalName: String?

    package init(uid: String, container: String, command: [String]) {
        self.uid = uid
        self.container = container
        self.command = command
    }
}

package enum Reply: Codable, Sendable, Equatable {
    case applied(Pod, ApplyOutcome, warnings: [String])
    case pods([Pod])
    case started
    /// As a shell counts: 128 plus the signal's number.
    case exited(Int32)
    case done
    case refused(Refusal)
}

/// The words of kubectl.
package enum ApplyOutcome: String, Codable, Sendable {
    case created, unchanged, configured
}

/// Why the agent does not do what it was asked for. `message` is worded as the API server of Kubernetes words it.
package struct Refusal: Error, Codable, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Codable, Sendable {
        case notFound, conflict, invalid, badRequest
        /// A command that cannot be executed (126), or is not there (127).
        case notExecutable, noSuchCommand
        /// Something failed in the node.
        case system
    }
    package var kind: Kind
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }

    package static func noPod(_ name: String) -> Refusal {
        Refusal(.notFound, "Error from server (NotFound): pods \"\(name)\" not found")
    }
}
