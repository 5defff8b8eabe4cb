// What a session's record says of its cgroups, so that any podlab can check them.

import SystemPackage

/// The root cgroup of a playground, by controller, from both sides; or why it has none.
package struct CgroupRecord: Codable, Sendable, Equatable {
    package struct Side: Codable, Sendable, Equatable {
        /// A folder of this machine.
        package var host: String
        /// The same folder as the playground names it.
        package var inside: String
    }

    /// By the v2 name of the controller.
    package var roots: [String: Side] = [:]
    /// Why there is none, and what to do about it.
    package var problem: String?

    package init() {}

    package init(_ cgroup: PlaygroundCgroup?, else cgroups: Cgroups) {
        roots = cgroup?.sides ?? [:]
        problem = cgroups.problem
    }
}
