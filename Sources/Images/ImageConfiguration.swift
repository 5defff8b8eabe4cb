// What an image says about the process that is to run in it.

/// The part of an image's configuration that a container starts from.
package struct ImageConfiguration: Sendable, Hashable {
    package var entryPoint: [String] = []
    package var command: [String] = []
    /// `NAME=value`.
    package var environment: [String] = []
    package var workingDirectory: String?
    /// `USER[:GROUP]`, each a name or a number.
    package var user: String?
    /// `80/tcp`.
    package var exposedPorts: [String] = []
    /// `SIGQUIT`, or a number.
    package var stopSignal: String?
    package var labels: [String: String] = [:]

    package init() {}
}
