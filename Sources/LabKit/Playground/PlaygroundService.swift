// podlab itself as a service in a playground: the agent of its pods.

import Isolation

extension Playground {
    /// Starts podlab in the playground, as its root, in a session of its own. It ends with the playground, and with the process that
    /// started it.
    /// - Parameter variables: environment besides the playground's own: `NAME=value`.
    package func startService(_ arguments: [String], variables: [String] = [], output: Int32) throws -> Child {
        let plan = Plan(
            [.openExecutable(.path("/proc/self/exe"), as: "podlab")] + entering(directory: "/") + [
                .newSession, .dieWithParent(),
                .execute(.opened("podlab"), arguments: ["podlab"] + arguments, environment: environment + variables),
            ])
        let streams = StandardStreams(input: .null, output: .descriptor(output), error: .descriptor(output))
        return try started { try plan.start(StartOptions(streams: streams)) }
    }
}
