// The node's program as a service in a playground: the agent of its pods.

import Isolation

extension Playground {
    /// Starts the node's program in the playground, as its root, in a session of its own. It ends with the playground, and with the
    /// process that started it. Only for who has started the playground.
    /// - Parameter variables: environment besides the playground's own: `NAME=value`.
    package func startService(_ arguments: [String], variables: [String] = [], output: Int32) throws -> Child {
        guard let program = nodeProgram else {
            throw PlaygroundError.notReady(NodeProgram.problem ?? "this playground has no \(NodeProgram.name)")
        }
        let plan = Plan(
            entering(directory: "/", openFiles: PlaygroundLimits.openFilesOfService) + [
                .newSession, .dieWithParent(),
                .execute(
                    .descriptor(program.descriptor), arguments: ["podlab"] + arguments,
                    environment: environment + variables),
            ])
        let streams = StandardStreams(input: .null, output: .descriptor(output), error: .descriptor(output))
        return try withExtendedLifetime(program) { try started { try plan.start(StartOptions(streams: streams)) } }
    }
}
