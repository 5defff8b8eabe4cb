// Lab 02 done by the Isolation library: what `demo` shows and runs.

import Isolation
import LabKit

/// Hand a directory in, take the right to write away, and decide who sees a mount.
package enum Lab02BindMounts: LabSolution {
    package static let lab = "02-bind-mounts"
    private static let kinds = ["shared", "slave", "private"]

    package static func perform(_ step: String, on stage: Stage) throws {
        let box = try stage.value("BOX")
        switch step {
        case "hand-in": try handIn(stage, box)
        case "write": try write(stage, box)
        case "read-only": try readOnly(stage, box)
        case "private": try mountPrivately(stage, box)
        case "propagation": try propagate(stage)
        default: throw StageError.unknownStep(step)
        }
    }

    private static func handIn(_ stage: Stage, _ box: String) throws {
        let files = ["a", "b", "c"].map { Isolation.Step.makeFile(.path("/srv/notes/\($0)")) }
        try stage.run(
            Plan(
                [.makeDirectory("/srv/notes", parents: true), .makeDirectory(.path("\(box)/data"), parents: true)]
                    + files
                    + [.bind(from: "/srv/notes", to: .path("\(box)/data"))] + listing(box)),
            "a directory of the node, mounted a second time inside the box")
    }

    private static func write(_ stage: Stage, _ box: String) throws {
        try stage.run(
            Plan(
                entering(box) + [
                    .writeFile("/data/from-box", contents: try stage.value("WORD") + "\n"), shell,
                ]), "a file written where the box sees the directory")
    }

    private static func readOnly(_ stage: Stage, _ box: String) throws {
        try stage.run(
            Plan([.setMountOptions(.readOnly, on: .path("\(box)/data"))] + listing(box)),
            "an option of this mount; the directory and its other mount stay as they are")
        try stage.run(Plan(entering(box) + [shell]), "somebody inside to whom writing is refused")
    }

    private static func mountPrivately(_ stage: Stage, _ box: String) throws {
        try stage.run(
            Plan(
                [
                    .makeDirectory(.path("\(box)/scratch"), parents: true), .unshare([.mount]),
                    .setPropagation(.private),
                    .mount(.tmpfs(), on: .path("\(box)/scratch")),
                ] + entering(box) + [shell]), "a tmpfs in a mount namespace that the node is not in")
    }

    /// The namespace must be there before the node mounts, so a first program holds it meanwhile.
    private static func propagate(_ stage: Stage) throws {
        let made = kinds.flatMap { kind -> [Isolation.Step] in
            let place = Isolation.Place.path("/mnt/\(kind)")
            return [
                .makeDirectory(.path("/mnt/\(kind)/late"), parents: true),
                .makeDirectory(.path("/mnt/\(kind)/back"), parents: true),
                .bind(from: place, to: place),
                .setPropagation(.shared, on: place, recursive: false),
            ]
        }
        try stage.run(Plan(made + [done]), "three mounts of the node whose copies will hear of each other")
        let pod = try stage.start(
            Plan([
                .unshare([.mount]),
                .setPropagation(.slave, on: "/mnt/slave", recursive: false),
                .setPropagation(.private, on: "/mnt/private", recursive: false),
                .mount(.other(type: "tmpfs", source: "back", parameters: []), on: "/mnt/slave/back"),
                .execute("sleep", arguments: ["sleep", "infinity"]),
            ]), "a namespace in which one stays a peer, one follows, and one stands alone")
        let late = kinds.map {
            Isolation.Step.mount(.other(type: "tmpfs", source: "late", parameters: []), on: .path("/mnt/\($0)/late"))
        }
        try stage.run(Plan(late + [done]), "one mount of the node on each")
        try stage.run(
            Plan([.join([.mount], of: .process(pidfd: pod.pidfd)), shell]), "a look at what has arrived there")
    }

    private static let shell = Isolation.Step.execute("/bin/bash", arguments: ["/bin/bash"])
    private static let done = Isolation.Step.execute("true", arguments: ["true"])

    private static func entering(_ box: String) -> [Isolation.Step] { [.chroot(.path(box)), .changeDirectory("/")] }

    private static func listing(_ box: String) -> [Isolation.Step] {
        entering(box) + [.execute("/bin/ls", arguments: ["/bin/ls", "-l", "/data"])]
    }
}
