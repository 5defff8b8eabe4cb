// Lab 03 done by the Isolation library: what `demo` shows and runs.

import Glibc
import Isolation
import LabKit

/// A box whose first process is number 1, from its birth to its end.
package enum Lab03Unshare: LabSolution {
    package static let lab = "03-unshare"

    package static func perform(_ step: String, on stage: Stage) throws {
        let box = try stage.value("BOX")
        switch step {
        case "unshare": try stage.run(boxed(box, bash), "a bash that is number 1 in the box")
        case "numbers": try sayNumber(stage, box)
        case "survive": try missKubelet(stage, box)
        case "end": try endFirst(stage, box)
        case "names":
            let name = try stage.value("PODNAME")
            try stage.run(
                boxed(box, [.setHostname(name)] + bash, also: [.uts, .ipc]),
                "a bash in a box with a name and messages of its own")
        default: throw StageError.unknownStep(step)
        }
    }

    private static let bash: [Isolation.Step] = [.execute("/bin/bash", arguments: ["/bin/bash"])]

    /// Steps that run in the box, in new pid and mount namespaces, with a proc that lists the new pid namespace. The proc is
    /// mounted by a process of that namespace, because that is what decides whose processes it lists.
    private static func boxed(_ box: String, _ rest: [Isolation.Step], also more: Set<Namespace> = []) -> Plan {
        Plan(
            [
                .unshare(more.union([.pid, .mount])),
                .setPropagation(.private),
                .mount(.proc, on: .path("\(box)/proc")),
                .chroot(.path(box)),
                .changeDirectory("/"),
            ] + rest)
    }

    /// The process that is number 1 in the box, by the node's number, if one is there: lsns(8) lists the pid namespaces with
    /// their lowest process.
    private static func first(in box: String, _ stage: Stage) throws -> String? {
        try stage.output(of: ["lsns", "--type", "pid", "--noheadings", "--output", "PID"])
            .split(whereSeparator: \.isWhitespace).map(String.init)
            .first { number in
                var target = [CChar](repeating: 0, count: Int(PATH_MAX))
                let length = readlink("/proc/\(number)/root", &target, target.count - 1)
                return length > 0 && String(decoding: target.prefix(length).map(UInt8.init), as: UTF8.self) == box
            }
    }

    private static func sayNumber(_ stage: Stage, _ box: String) throws {
        if let number = try first(in: box, stage) { return try stage.answer(number) }
        let child = try stage.start(
            boxed(box, [.execute("/bin/sleep", arguments: ["/bin/sleep", "infinity"])]), "a box that stays")
        try stage.answer("\(child.pid)")
        stage.letSee()
        child.close()
    }

    private static func missKubelet(_ stage: Stage, _ box: String) throws {
        let number = try stage.output(of: ["pgrep", "-x", "kubelet"])
            .split(whereSeparator: \.isWhitespace).first.map(String.init)
        guard let number else { throw StageError.command("pgrep -x kubelet", status: "found no kubelet") }
        let child = try stage.start(
            boxed(box, [.execute("/bin/kill", arguments: ["/bin/kill", number])]),
            "a signal to a number that means nothing in the box")
        guard try !stage.status(of: child, "kill \(number)").isSuccess else {
            throw StageError.command("kill \(number)", status: "found somebody")
        }
    }

    private static func endFirst(_ stage: Stage, _ box: String) throws {
        let child = try stage.start(
            boxed(box, [.execute("/bin/bash", arguments: ["/bin/bash", "-c", "sleep 1000 & wait"])]),
            "a process 1 with a child")
        // pgrep fails as long as there is no child.
        try stage.until("a child of bash") {
            guard try child.wait(for: .milliseconds(10)) == nil else {
                throw StageError.command("bash", status: "ended before it had a child")
            }
            return (try? stage.output(of: ["pgrep", "-P", "\(child.pid)"])) != nil
        }
        stage.letSee()
        try child.signal(SIGKILL)
        _ = try stage.status(of: child, "bash")
    }
}
