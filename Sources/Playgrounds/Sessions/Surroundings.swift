// What of this machine playgrounds are made of.

import SystemPackage

/// Where podlab finds what a playground is made of.
package struct Surroundings: Sendable {
    /// The root file system that playgrounds start from.
    package var courseRoot: FilePath
    /// The folder of session folders.
    package var sessions: FilePath
    /// Where playgrounds get cgroups of their own: below what is delegated to this user, if anything is.
    package var cgroups: Cgroups
    /// Whatever must live as long as playgrounds stand on the course root.
    private let lease: (any Sendable)?

    package init(
        courseRoot: FilePath, sessions: FilePath,
        cgroups: Cgroups = .unavailable(reason: "not asked for", command: nil),
        lease: (any Sendable)? = nil
    ) {
        self.courseRoot = courseRoot
        self.sessions = sessions
        self.cgroups = cgroups
        self.lease = lease
    }
}
