// podlab node: the node on which pods run when nobody is in a playground.

import ArgumentParser
import Glibc
import Kubelet
import LabKit
import Playgrounds
import PodCommands
import PodNodes
import Terminals

struct NodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "End the node that holds your pods.", subcommands: [Hold.self, Stop.self])

    func run() throws { throw ValidationError("Say what to do with the node: stop.") }

    /// Started by `podlab pod apply`; it is not for typing.
    struct Hold: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "hold", shouldDisplay: false)

        func run() throws {
            try reportingErrors {
                let setting = Setting()
                let holder = try NodeHolder(
                    in: try setting.surroundings(), runtime: try setting.folders().makeRuntime(),
                    environment: setting.environment)
                _ = chdir("/")
                AgentProcess.announce()
                try holder.hold()
            }
        }
    }

    struct Stop: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stop", abstract: "End the node with all its pods, at once.",
            discussion: "The node also ends by itself when its last pod is deleted.")

        func run() throws {
            try reportingErrors {
                let setting = Setting()
                guard let node = StandaloneNode.find(in: try setting.sessions()) else {
                    StandardOutput.print("no node runs")
                    return
                }
                try node.stop()
                try setting.removeDeadSessions()
                Cgroups.removeDead()
                StandardOutput.print("the node has ended")
            }
        }
    }
}
