// Lab 01 done by the Isolation library: what `demo` shows and runs.

import Glibc
import Isolation
import LabKit

/// Pack a box, enter it, and reach out of it.
package enum Lab01Chroot: LabSolution {
    package static let lab = "01-chroot"
    private static let programs = ["/bin/bash", "/bin/ls", "/bin/ps", "/bin/kill"]

    package static func perform(_ step: String, on stage: Stage) throws {
        switch step {
        case "where": try sayWhere(stage)
        case "pack": try pack(stage, box: stage.value("BOX"))
        case "enter": try enter(stage, box: stage.value("BOX"))
        case "limits": try endKubelet(stage, box: stage.value("BOX"))
        default: throw StageError.unknownStep(step)
        }
    }

    private static func sayWhere(_ stage: Stage) throws {
        var root = stat()
        guard stat("/", &root) == 0 else { throw StageError.command("stat /", status: "failed with errno \(errno)") }
        try stage.answer("\(root.st_dev):\(root.st_ino)")
    }

    private static func pack(_ stage: Stage, box: String) throws {
        try stage.run(
            Plan([
                .makeDirectory(.path("\(box)/proc"), parents: true),
                .execute("cp", arguments: ["cp", "--parents", "--dereference"] + programs + [box]),
            ]), "the programs, at the same paths inside the box")
        // The loader itself says which files it would load; nothing that checks the box is asked.
        let listed = try stage.output(of: ["ldd"] + programs)
        let libraries = Set(
            listed.split(whereSeparator: \.isWhitespace).map(String.init)
                .filter { $0.hasPrefix("/lib") && !$0.hasSuffix(":") })
        try stage.run(
            Plan([.execute("cp", arguments: ["cp", "--parents", "--dereference"] + libraries.sorted() + [box])]),
            "the libraries and the interpreter, where the loader will look")
        try stage.run(
            Plan([.mount(.proc, on: .path("\(box)/proc")), .execute("true", arguments: ["true"])]),
            "proc, which the kernel fills")
    }

    private static func enter(_ stage: Stage, box: String) throws {
        try stage.run(
            Plan([.chroot(.path(box)), .changeDirectory("/"), .execute("/bin/bash", arguments: ["/bin/bash"])]),
            "a bash with the box as its root")
    }

    private static func endKubelet(_ stage: Stage, box: String) throws {
        let number = try stage.output(of: ["ps", "-C", "kubelet", "-o", "pid="])
            .split(whereSeparator: \.isWhitespace).first.map(String.init)
        guard let number else { throw StageError.command("ps -C kubelet", status: "found no kubelet") }
        try stage.run(
            Plan([
                .chroot(.path(box)), .changeDirectory("/"),
                .execute("/bin/kill", arguments: ["/bin/kill", number]),
            ]), "a signal from inside the box to a process of the node")
    }
}
