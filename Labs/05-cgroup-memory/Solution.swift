// Lab 05 done by the Isolation library: what `demo` shows and runs.

import Glibc
import Isolation
import LabKit

/// Control groups are folders and files, so the plans make folders, write files, and join.
package enum Lab05CgroupMemory: LabSolution {
    package static let lab = "05-cgroup-memory"

    package static func perform(_ step: String, on stage: Stage) throws {
        switch step {
        case "where":
            let group = try stage.value("NODE_GROUP")
            let numbers = try stage.output(of: ["stat", "-c", "%d:%i", group])
            try stage.answer(String(numbers.prefix { $0 != "\n" }))
        case "limit": try limit(stage)
        case "enter":
            try stage.run(
                Plan([.joinCgroup(.path(try box(stage))), .execute("/bin/bash", arguments: ["/bin/bash"])]),
                "a bash behind the limit")
        case "exceed": try exceed(stage)
        case "tiny": try tiny(stage)
        case "pod": try pod(stage)
        case "cpu": try slow(stage)
        case "pids": try few(stage)
        case "devices":
            let disk = try stage.value("IO_ROOT") + "/disk"
            try stage.run(
                Plan([
                    .makeDirectory(.path(disk), parents: true), .joinCgroup(.path(disk)),
                    .execute("/bin/bash", arguments: ["/bin/bash"]),
                ]), "a bash whose input and output are counted")
        default: throw StageError.unknownStep(step)
        }
    }

    private static func box(_ stage: Stage) throws -> String {
        try stage.value("MEMORY_ROOT") + "/" + stage.value("CGROUP")
    }

    /// The steps that make a cgroup and set what is given: the names of its files, and their values.
    private static func making(_ folder: String, _ settings: [(file: String, value: String)]) -> [Isolation.Step] {
        [.makeDirectory(.path(folder), parents: true)]
            + settings.map { .writeFile(.path("\(folder)/\($0.file)"), contents: $0.value + "\n") }
    }

    private static let nothing: [Isolation.Step] = [.execute("true", arguments: ["true"])]

    private static func limit(_ stage: Stage) throws {
        let settings = [
            (file: try stage.value("MEMORY_MAX"), value: try stage.value("LIMIT")),
            (file: try stage.value("SWAP_FILE"), value: "0"),
        ]
        try stage.run(Plan(making(try box(stage), settings) + nothing), "a cgroup, its limit, and no swap")
    }

    /// Starts a plan whose program the kernel is going to kill.
    private static func lose(_ plan: Plan, _ why: String, _ stage: Stage) throws {
        let child = try stage.start(plan, why)
        let status = try stage.status(of: child, why)
        guard status == .signaled(SIGKILL) else {
            throw StageError.command(why, status: "\(status), and was not killed")
        }
    }

    private static func exceed(_ stage: Stage) throws {
        try lose(
            Plan([
                .joinCgroup(.path(try box(stage))),
                .execute("/usr/local/bin/greedy", arguments: ["greedy", "64"]),
            ]), "more than the limit allows", stage)
    }

    private static func tiny(_ stage: Stage) throws {
        let folder = try stage.value("MEMORY_ROOT") + "/tiny"
        try stage.run(
            Plan(making(folder, [(file: try stage.value("MEMORY_MAX"), value: "10")]) + nothing), "a limit of 10 bytes")
        // The shell moves itself: with this limit there would be no memory for another program's start.
        try lose(
            Plan([
                .execute("/bin/bash", arguments: ["bash", "-c", "echo $$ > \(folder)/cgroup.procs; ls"])
            ]), "a shell without memory", stage)
    }

    private static func pod(_ stage: Stage) throws {
        let name = try stage.value("POD")
        let memory = making(
            try stage.value("MEMORY_ROOT") + "/" + name, [(file: try stage.value("MEMORY_MAX"), value: "200M")])
        let cpu = making(
            try stage.value("CPU_ROOT") + "/" + name,
            [
                (file: try stage.value("CPU_QUOTA"), value: "50000"),
                (file: try stage.value("CPU_WEIGHT"), value: try stage.value("CPU_REQUEST")),
            ])
        try stage.run(Plan(memory + cpu + nothing), "what becomes of requests and limits")
    }

    private static func slow(_ stage: Stage) throws {
        let folder = try stage.value("CPU_ROOT") + "/slow"
        try stage.run(
            Plan(making(folder, [(file: try stage.value("CPU_QUOTA"), value: "2000")]) + nothing),
            "a fiftieth of a processor")
        let child = try stage.start(
            Plan([.joinCgroup(.path(folder)), .execute("/bin/sh", arguments: ["sh", "-c", "while :; do :; done"])]),
            "a loop that never waits")
        try stage.until("the loop is held back") {
            guard try child.wait(for: .milliseconds(20)) == nil else {
                throw StageError.command("sh", status: "ended before it was held back")
            }
            return try held(back: folder, stage) > 0
        }
        try child.signal(SIGKILL)
        _ = try stage.status(of: child, "sh")
    }

    /// `nr_throttled` of a cgroup.
    private static func held(back folder: String, _ stage: Stage) throws -> Int {
        let lines = try stage.output(of: ["cat", "\(folder)/cpu.stat"]).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("nr_throttled ") }
        return line.flatMap { Int($0.dropFirst("nr_throttled ".count)) } ?? 0
    }

    private static func few(_ stage: Stage) throws {
        let folder = try stage.value("PIDS_ROOT") + "/few"
        try stage.run(
            Plan(making(folder, [(file: "pids.max", value: try stage.value("TASKS"))]) + nothing), "so many tasks")
        let many = "for n in $(seq 40); do sleep 100 & done"
        let child = try stage.start(
            Plan([.joinCgroup(.path(folder)), .execute("/bin/sh", arguments: ["sh", "-c", many])]), "more than that")
        guard try !stage.status(of: child, many).isSuccess else {
            throw StageError.command(many, status: "was not refused")
        }
    }
}
