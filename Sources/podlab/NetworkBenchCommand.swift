// podlab bench-network: the library and ip(8) at the same work, in turns, in namespaces of their own.

import ArgumentParser
import Glibc
import Isolation
import KernelState
import Netlink
import PodCommands
import Terminals

/// Started by `podlab bench` in a machine of its own; it is not for typing.
struct NetworkBenchCommand: ParsableCommand {
    static let verb = "bench-network"
    static let configuration = CommandConfiguration(commandName: verb, shouldDisplay: false)

    /// Namespaces in which nothing of the real machine is touched, and this executable to go on with.
    static let machine: [Isolation.Step] = [
        .openExecutable(.path("/proc/self/exe"), as: "podlab"), .unshare([.user, .mount, .pid, .network]),
        .mapIDs(.automatic),
        .setPropagation(.private), .setCredentials(), .enterProcessNamespace,
        .mount(.tmpfs(mode: 0o755), on: "/run"), .mount(.proc, on: "/proc"),
    ]

    enum Subject: String, CaseIterable, ExpressibleByArgument { case pods, links }

    @Argument var subject: Subject
    @Option(help: "How often each is done; the median counts.") var rounds = 21

    func run() throws {
        try reportingErrors {
            guard let ip = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"].first(where: Self.isExecutable) else {
                throw UsageError("ip is not installed (package iproute2)")
            }
            switch subject {
            case .pods: try measurePods(ip)
            case .links: try measureLinks(ip)
            }
        }
    }

    private static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

    // MARK: A pod's network: namespace, veth, bridge port, address, route

    private func measurePods(_ ip: String) throws {
        var byLibrary: [Double] = []
        var byShell: [Double] = []
        var byCommands: [Double] = []
        for round in 0..<rounds {
            let plan = try pod("a\(round)")
            byLibrary.append(
                try microseconds {
                    let status = try plan.run()
                    guard status.isSuccess else { throw UsageError("a pod's network: \(status)") }
                })
            let typed = try pod("b\(round)").shellScript
            byShell.append(try microseconds { try run("/bin/bash", ["-e", "-c", typed]) })
            let lines = try pod("c\(round)").shellScript.split(separator: "\n")
            let commands = lines.map { $0.split(separator: " ").dropFirst().map(String.init) }
            byCommands.append(try microseconds { for command in commands { try run(ip, command) } })
        }
        report(byLibrary, "a pod's network by the library")
        report(byShell, "a pod's network by five ip commands in bash")
        report(byCommands, "a pod's network by five ip commands, each started by posix_spawn")
    }

    /// The plan, whose bridge is there. Each pod has a bridge to itself: what a new port says is heard by all others.
    private func pod(_ name: String) throws -> Plan {
        let bridge = try LinkName(parsing: "br-\(name)")
        let port = try LinkName(parsing: "port-\(name)")
        let end = try LinkName(parsing: "eth0")
        _ = try Plan([.network(.addLink(.bridge(bridge), [.up])), .finish]).run()
        return [
            .addNetworkNamespace(name),
            .network(.addLink(.veth(end, peer: port), [.namespace(.named(name)), .up])),
            .network(.setLink(port, [.master(bridge), .up])),
            .network(.addAddress(try IPPrefix(parsing: "10.0.1.2/24"), to: end), in: .named(name)),
            .network(.addRoute(to: .all4, via: try IPAddress(parsing: "10.0.1.1")), in: .named(name)),
            .finish,
        ]
    }

    // MARK: A thousand links: lo, a bridge, and cables

    private static let links = 1000

    private func measureLinks(_ ip: String) throws {
        let namespace = try NetworkNamespace(path: "/proc/self/ns/net")
        var made = try (1..<Self.links / 2).map { number -> Isolation.Step in
            let cable = NewLink.veth(try LinkName(parsing: "x\(number)"), peer: try LinkName(parsing: "y\(number)"))
            return .network(.addLink(cable))
        }
        made.append(.network(.addLink(.bridge(try LinkName(parsing: "br0")))))
        _ = try Plan(made + [.finish]).run()
        var byLibrary: [Double] = []
        var byCommand: [Double] = []
        for _ in 0..<rounds {
            byLibrary.append(
                try microseconds {
                    let links = try NetworkState.read(.links, in: namespace).links
                    guard links.count == Self.links else { throw UsageError("\(links.count) links") }
                })
            byCommand.append(try microseconds { try run(ip, ["-json", "link"]) })
        }
        report(byLibrary, "\(Self.links) links read by the library")
        report(byCommand, "\(Self.links) links read by ip -json link")
    }

    // MARK: Time

    private func microseconds(_ body: () throws -> Void) throws -> Double {
        let start = ContinuousClock.now
        try body()
        return (ContinuousClock.now - start) / .microseconds(1)
    }

    private func report(_ times: [Double], _ name: String) {
        StandardOutput.print("\(Int(times.sorted()[times.count / 2]))\t\(name)")
    }

    /// As cheaply as a process can be started: posix_spawn(3). Its output is thrown away.
    private func run(_ program: String, _ arguments: [String]) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words + environment { free(word) } }
        var pid: pid_t = 0
        var status: Int32 = -1
        let failed = posix_spawn(&pid, program, &actions, nil, &words, &environment)
        guard failed == 0 else {
            throw UsageError("\(program) cannot be started: \(String(cString: strerror(failed)))")
        }
        let deadline = ContinuousClock.now + .seconds(30)
        var ended: pid_t = 0
        while ended == 0 {
            ended = waitpid(pid, &status, WNOHANG)
            if ended == 0 { usleep(50) }
            if ContinuousClock.now > deadline { kill(pid, SIGKILL) }
            if ContinuousClock.now > deadline + .seconds(5) { break }
        }
        guard ended == pid, status == 0 else {
            throw UsageError("\(program) \(arguments.joined(separator: " ")) failed")
        }
    }
}
