// A shell that is root of namespaces of its own, of each kind that a playground has: a node for probes of networks and pods.

import Foundation
import Glibc
import KernelState
import SystemPackage

@testable import LabKit
@testable import Playgrounds
import TestSupport

/// A shell that has ended, because this machine allows no such namespaces say, must be an error for whoever writes to it and not the
/// end of all tests. Foundation gives what it starts the signal back.
private let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

/// Ends with this object, and its namespaces with it.
final class NetworkSandbox {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private(set) var node: NodeView

    struct Trouble: Error, CustomStringConvertible { let description: String }

    /// Why none can be had; nil when one was had.
    static let trouble: String? = {
        do {
            try NetworkSandbox().run("ip netns add tried && ip link add near type veth peer name far")
            return nil
        } catch {
            return "no network namespace with veth links, made by unshare(1) and ip(8), can be had: \(error)"
        }
    }()

    init() throws {
        // Replaced as soon as the shell answers: until then nobody knows its number.
        node = try NodeView(initProcess: .current)
        ignoresBrokenPipes
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "unshare", "--user", "--map-root-user", "--net", "--ipc", "--uts", "--cgroup", "--mount", "--pid", "--time",
            "--fork", "--kill-child", "--mount-proc", "sh",
        ]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try run("mount -t tmpfs run /run && mkdir /run/netns && ip link set lo up")
        let table = try ProcessTable.read(fields: [])
        guard let shell = table.children(of: ProcessID(process.processIdentifier)).first else {
            throw Trouble(description: "unshare has no child")
        }
        node = try NodeView(initProcess: shell.pid)
    }

    deinit {
        // --kill-child: the shell, process 1 of its namespace, ends with unshare, and everything else with it.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// What the commands print; throws when one of them fails.
    @discardableResult
    func run(_ commands: String) throws -> String {
        try ShellDialog(
            input: FileDescriptor(rawValue: input.fileHandleForWriting.fileDescriptor),
            output: FileDescriptor(rawValue: output.fileHandleForReading.fileDescriptor)
        ).run(commands, strictly: true)
    }

    func evaluate(_ probe: any Probe) -> ProbeOutcome { Judge(node: node).evaluate(probe) }

    /// A pod as lab 04 has it: a namespace, a cable, addresses on both ends, everything up.
    func addPod(_ name: String, _ subnet: String = "10.244.1") throws {
        try run(
            """
            ip netns add \(name)
            ip link add eth0 netns \(name) type veth peer name veth-\(name)
            ip -n \(name) link set lo up
            ip -n \(name) address add \(subnet).2/24 dev eth0
            ip -n \(name) link set eth0 up
            ip address add \(subnet).1/24 dev veth-\(name)
            ip link set veth-\(name) up
            """)
    }
}
