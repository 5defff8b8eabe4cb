// One more program in a running container, as a plan.

import Isolation

struct ExecPlan {
    var process: ContainerProcess
    var rights: ContainerRights
    /// The pidfd of the container's first process.
    var container: Int32
    var namespaces: Set<Namespace>
    var joining: [Step]
    var outOfMemoryScore: Int
    /// The terminal that becomes its own; nil: none.
    var terminal: Int32?

    var plan: Plan {
        Plan(
            joining + [
                // The file is in the node's /proc, which is out of reach in there.
                .setOOMScoreAdjustment(outOfMemoryScore),
                // With the mount namespace come its root and its working directory: the container's.
                .join(namespaces, of: .process(pidfd: container)), .enterProcessNamespace,
                .changeDirectory(.path(process.workingDirectory)), .setFileModeMask(0o022),
                terminal.map { .setControllingTerminal($0) } ?? .newSession,
            ] + rights.steps + [
                .dieWithParent(),
                .execute(.path(process.arguments[0]), arguments: process.arguments, environment: process.environment),
            ])
    }
}
