// Lab 06 done by the Isolation library: what `demo` shows and runs.

import Glibc
import Isolation
import LabKit
import Netlink

/// A pod is a process and a list of namespaces: each plan says which of them are joined and which are new.
package enum Lab06Pause: LabSolution {
    package static let lab = "06-pause"

    package static func perform(_ step: String, on stage: Stage) throws {
        switch step {
        case "sandbox": try sandbox(stage)
        case "join": try join(stage)
        case "localhost": try serve(stage)
        case "memory":
            try stage.run(
                try inside(httpd, stage, [.execute("ipcmk", arguments: ["ipcmk", "-M", "65536"])]),
                "a shared memory segment, made in A")
        case "restart": try restart(stage)
        case "zombies": try zombies(stage)
        case "manifest": try manifest(stage)
        default: throw StageError.unknownStep(step)
        }
    }

    private static let httpd = "httpd"
    private static let sleep = "sleep"
    private static let shared: Set<Namespace> = [.network, .ipc, .uts]
    private static let sleepForEver: Isolation.Step = .execute("/usr/bin/sleep", arguments: ["sleep", "infinity"])

    // MARK: The pod

    private static func sandbox(_ stage: Stage) throws {
        let pod = try stage.value("POD")
        let subnet = try stage.value("SUBNET")
        let inside = try LinkName(parsing: "eth0")
        let outside = try LinkName(parsing: "veth-\(pod)")
        let pause = try stage.leave(
            Plan([
                .unshare(shared), .setHostname(pod), .bringUpLoopback, .newSession,
                .execute("/usr/local/bin/pause", arguments: ["pause"]),
            ]), "the process that holds the pod's namespaces")
        let there = NetworkPlace.file(.path("/proc/\(pause)/ns/net"))
        try stage.run(
            Plan([
                .network(.addLink(.veth(outside, peer: inside, in: there))),
                .network(.addAddress(try IPPrefix(parsing: "\(subnet).2/24"), to: inside), in: there),
                .network(.setLink(inside, [.up]), in: there),
                .network(.addAddress(try IPPrefix(parsing: "\(subnet).1/24"), to: outside)),
                .network(.setLink(outside, [.up])), .finish,
            ]), "a cable, an address on each end")
    }

    // MARK: Containers

    /// The steps of a container: it joins what the pod shares, and has the rest for itself.
    private static func container(of pause: Int32, _ rest: [Isolation.Step]) -> Plan {
        Plan(
            shared.sorted().map { .join([$0], of: .path("/proc/\(pause)/ns/\($0.fileName)")) }
                + [
                    .unshare([.mount, .pid, .cgroup]), .enterProcessNamespace, .setPropagation(.private),
                    .mount(.proc, on: "/proc"),
                ] + rest)
    }

    private static func web(_ pause: Int32) -> Plan {
        container(
            of: pause,
            [
                .mount(.tmpfs(), on: "/srv"), .newSession,
                .execute("/usr/bin/httpd", arguments: ["httpd", "-f", "-p", "80", "-h", "/srv"]),
            ])
    }

    private static func join(_ stage: Stage) throws {
        let pause = try number(of: "pause", stage)
        _ = try stage.leave(web(pause), "container A, a web server")
        _ = try stage.leave(container(of: pause, [.newSession, sleepForEver]), "container B")
        try awaitListener(80, pause, stage)
    }

    /// What is done in a container from outside: it joins all that the container's first process has.
    private static func inside(_ name: String, _ stage: Stage, _ rest: [Isolation.Step]) throws -> Plan {
        let process = try number(of: name, stage)
        // Its mounts last: then there is another /proc.
        let kinds: [Namespace] = [.cgroup, .ipc, .uts, .network, .pid, .mount]
        return Plan(
            kinds.map { .join([$0], of: .path("/proc/\(process)/ns/\($0.fileName)")) } + [.enterProcessNamespace] + rest
        )
    }

    private static func serve(_ stage: Stage) throws {
        let pod = try stage.value("POD")
        try stage.run(
            try inside(httpd, stage, [.writeFile("/srv/index.html", contents: "\(pod)\n"), .finish]), "a page in A")
        _ = try stage.leave(
            try inside(
                sleep, stage,
                [.newSession, .execute("/usr/bin/httpd", arguments: ["httpd", "-f", "-p", "8080"])]),
            "a second web server, in B")
        try awaitListener(8080, try number(of: "pause", stage), stage)
    }

    private static func restart(_ stage: Stage) throws {
        let pause = try number(of: "pause", stage)
        let process = try number(of: httpd, stage)
        try stage.run(
            Plan([.execute("kill", arguments: ["kill", "-KILL", "\(process)"])]), "the end of A")
        // Until it has ended it has the port.
        try stage.until("the end of process \(process)") {
            (try? stage.output(of: ["kill", "-0", "\(process)"])) == nil
        }
        try awaitName(httpd, of: stage.leave(web(pause), "A again, in the same pod"), stage)
    }

    // MARK: Orphans

    private static func zombies(_ stage: Stage) throws {
        let first = try stage.leave(
            Plan([
                .unshare([.pid, .mount]), .setPropagation(.private), .mount(.proc, on: "/proc"), .newSession,
                sleepForEver,
            ]),
            "a sleep that is number 1")
        try stage.run(
            Plan([
                .join([.pid], of: .path("/proc/\(first)/ns/pid")), .enterProcessNamespace,
                .execute("/bin/sh", arguments: ["sh", "-c", "sleep 0 & sleep 0 &"]),
            ]), "orphans in there")
        try stage.until("a zombie below process \(first)") {
            try stage.output(of: ["ps", "--ppid", "\(first)", "-o", "stat="]).contains("Z")
        }
        let pause = try stage.leave(
            Plan([
                .unshare(shared.union([.pid, .mount])), .setPropagation(.private), .mount(.proc, on: "/proc"),
                .newSession,
                .execute("/usr/local/bin/pause", arguments: ["pause"]),
            ]), "a pause that is number 1 of a second pod")
        let container = try stage.leave(
            Plan(
                shared.union([.pid]).sorted().map { .join([$0], of: .path("/proc/\(pause)/ns/\($0.fileName)")) }
                    + [
                        .enterProcessNamespace, .unshare([.mount, .cgroup]), .setPropagation(.private),
                        .mount(.proc, on: "/proc"), .newSession, sleepForEver,
                    ]), "a container that shares its pid namespace")
        try awaitName(sleep, of: container, stage)
    }

    // MARK: The manifest

    private static func manifest(_ stage: Stage) throws {
        try stage.run(
            Plan([
                .execute("/usr/local/bin/podlab", arguments: ["podlab", "pod", "apply", "-f", "/root/pod.yaml"])
            ]), "the same pod, by the agent")
        let pauses = try stage.output(of: ["pgrep", "-n", "-x", "pause"])
        try awaitListener(80, Int32(pauses.prefix { $0.isNumber }) ?? 0, stage)
    }

    // MARK: Looking

    /// The node's number of the first process of that name.
    private static func number(of name: String, _ stage: Stage) throws -> Int32 {
        let found = try stage.output(of: ["pgrep", "-o", "-x", name])
        guard let number = Int32(found.split(whereSeparator: \.isWhitespace).first ?? "") else {
            throw StageError.command("pgrep -o -x \(name)", status: "found nobody")
        }
        return number
    }

    /// A process has the name of its program a moment after it was started.
    private static func awaitName(_ name: String, of process: Int32, _ stage: Stage) throws {
        try stage.until("process \(process) is \(name)") {
            try stage.output(of: ["cat", "/proc/\(process)/comm"]) == "\(name)\n"
        }
    }

    /// A server listens a moment after it was started.
    private static func awaitListener(_ port: Int, _ pause: Int32, _ stage: Stage) throws {
        try stage.until("a listener at port \(port)") {
            try stage.output(of: ["nsenter", "-t", "\(pause)", "-n", "ss", "-Htln"]).contains(":\(port) ")
        }
    }
}

extension Namespace {
    /// The name of its file below /proc/PID/ns.
    fileprivate var fileName: String {
        switch self {
        case .mount: "mnt"
        case .network: "net"
        default: rawValue
        }
    }
}
