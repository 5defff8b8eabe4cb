// A running playground as other podlab processes see it: one file in the run-time folder, written atomically.

import KernelState

/// Whose a playground is, who plays the node in it, and what it is for.
package struct NodeRecord: Codable, Sendable, Equatable {
    package static let schema = "podlab.session/v1"

    package enum Kind: String, Codable, Sendable {
        /// A playground that was made for pods alone.
        case node
    }

    /// A process by number and start time (clock ticks after boot), so that a later one with its number is not mistaken for it.
    package struct Process: Codable, Sendable, Equatable {
        package var pid: Int32
        package var startTime: UInt64

        package init(_ identity: ProcessIdentity) {
            pid = identity.pid.rawValue
            startTime = identity.startTime
        }

        package var identity: ProcessIdentity { ProcessIdentity(pid: ProcessID(pid), startTime: startTime) }

        /// Whether that very process lives.
        package var isAlive: Bool {
            guard let state = ProcessState.read(identity.pid, fields: []) else { return false }
            return state.identity == identity && !state.isZombie
        }
    }

    package var schema = NodeRecord.schema
    /// What it is when it is no learner's session at a lab.
    package var kind: Kind?
    /// The podlab that owns the session.
    package var owner: Process
    /// PID 1 of the playground.
    package var playground: Process?
    package var decoys: [String: Process] = [:]
    package var cgroups = CgroupRecord()
    /// Nil in the record of a podlab that did not know of it.
    package var programs: ProgramRecord?
    /// Which lab and step it is, and what the lab's variables were drawn from: words, for whoever tells of the session.
    package var lab: String?
    package var step: String?
    package var seed: String?
    package init(owner: Process) { self.owner = owner }
}
