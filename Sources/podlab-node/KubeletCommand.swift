// podlab kubelet: the agent of the pods on a node.

import ArgumentParser
import FoundationEssentials
import Kubelet
import PodCommands

/// Started by podlab itself in a playground; it is not for typing.
struct KubeletCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "kubelet", shouldDisplay: false)

    func run() throws {
        try reportingErrors { try AgentProcess.run(environment: ProcessInfo.processInfo.environment) }
    }
}
