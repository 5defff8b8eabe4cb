// procView: whose processes does the proc file system list that a process has?

import Isolation
import KernelState
import StrictYAML
import SystemPackage
import Text

/// The proc mounted at a path of a process must belong to the pid namespace of that process. See "/proc and PID namespaces" in
/// pid_namespaces(7).
package struct ProcViewProbe: Sendable, Equatable {
    package var of: Selector
    /// A path as the process sees it.
    package var at: String
}

extension ProcViewProbe: MappingDecodable {
    package static let shape = Shape(
        "procViewProbe", "Does the proc of a process belong to the pid namespace of that process?",
        [
            .required("of", .mapping("selector")),
            .optional("at", .text, default: "/proc", "A path as the process sees it."),
        ])

    package init(fields: Fields) {
        of = fields.required("of")
        at = fields.optional("at") ?? "/proc"
    }
}

extension ProcViewProbe: Probe {
    package static let key = "procView"
    package static let asks = "does a process's proc list its own pid namespace?"
    package static let reads = "mountinfo, `/proc/PID/root/proc/1/ns/pid`"
    package static let onlyReads = true

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = "a proc at \(at) that lists the processes of its own pid namespace only"
        guard let process = try look.one(of), let own = process.namespace(.pid) else {
            return try look.nobody(fitting: of, expected)
        }
        guard let root = try RootDirectory(of: process.pid), let table = try MountTable.read(process.pid) else {
            return outcome(false, expected, "the process has ended", [], ["absent": "true"])
        }
        guard let real = root.look(at: FilePath(at)).state?.path else {
            return outcome(false, expected, "\(at) does not exist", [], ["no-mount-point": at])
        }
        guard let mount = table.mount(at: real) else {
            let none = Evidence(source: "/proc/\(process.pid)/mountinfo", value: "no line for \(real)")
            return outcome(false, expected, "nothing is mounted there", [none], ["no-mount": at])
        }
        var evidence = [Evidence(source: "/proc/\(process.pid)/mountinfo", value: terminalSafe(mount.summary))]
        guard mount.fileSystem != "proc" || mount.root == "/" else {
            return outcome(
                false, expected, terminalSafe("it shows only the directory \(mount.root) of a proc"), evidence,
                ["root": "\(mount.root)"])
        }
        guard mount.fileSystem == "proc", let view = try root.procView(at: real), view.device == mount.device else {
            return outcome(
                false, expected, "its type is \(terminalSafe(mount.fileSystem))", evidence,
                ["type": mount.fileSystem])
        }
        let folder = "/proc/\(process.pid)/root\(real)"
        guard let shown = view.pidNamespace else {
            if view.numbers.isEmpty {
                evidence.append(Evidence(source: "ls \(folder)", value: "no process"))
                return outcome(
                    false, expected, "it lists no process: the pid namespace that it was mounted from has ended",
                    evidence, ["foreign": "ended"])
            }
            return ProbeOutcome(
                status: .error, expected: expected, evidence: evidence, reason: "\(folder)/1/ns/pid could not be read")
        }
        let numbers = view.numbers.prefix(8).map(\.description).joined(separator: " ")
        let list = view.numbers.count > 8 ? numbers + " …" : numbers
        evidence.append(Evidence(source: "\(folder)/1/ns/pid", value: "\(shown); \(look.name(process)): \(own)"))
        evidence.append(Evidence(source: "ls \(folder)", value: list))
        return outcome(
            shown == own, expected, shown == own ? "it lists \(list)" : "it lists another namespace: \(list)", evidence,
            shown == own ? [:] : ["foreign": "\(shown)"])
    }
}
