// podlab kubelet: the agent of the pods on a node.

import ArgumentParser
import Foundation
import Kubelet

/// Started by podlab itself in a playground; it is not for typing.
struct KubeletCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "kubelet", shouldDisplay: false)

    func run() throws {
        // It was started as /proc/self/exe: without a name of its own `ps` would call it exe.
        try? Data("podlab-kubelet".utf8).write(to: URL(fileURLWithPath: "/proc/self/comm"))
        try reportingErrors { try AgentProcess.run(environment: ProcessInfo.processInfo.environment) }
    }
}
