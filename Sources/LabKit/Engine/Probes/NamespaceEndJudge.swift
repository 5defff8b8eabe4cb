// namespaceEnd, procView and hostname: what a process has in namespaces of its own, and what ends with it.

import Isolation
import KernelState
import SystemPackage
import Text

extension Judge {
    func judge(_ probe: NamespaceEndProbe) -> ProbeOutcome {
        let expected =
            "a \(probe.of) that ended with \(probe.others) other process beside it, which the kernel ended by SIGKILL"
        let seen = sightings.filter { $0.selector == "\(probe.of)" }
        guard let last = seen.last else {
            return outcome(false, expected, "no such process was seen since the step began", [], ["absent": "true"])
        }
        if let good = seen.first(where: { $0.hasEnded && probe.others.contains($0.others.count) && $0.wasTakenDown }) {
            return outcome(true, expected, good.summary, good.evidence)
        }
        var observed: [String: String] = [:]
        if last.first.ending == nil { observed["alive"] = "\(last.first.process.pid)" }
        if last.others.isEmpty { observed["alone"] = "true" }
        return outcome(false, expected, last.summary, last.evidence, observed)
    }

    func judge(_ probe: ProcViewProbe) throws -> ProbeOutcome {
        let expected = "a proc at \(probe.at) that lists the processes of its own pid namespace only"
        guard let process = try one(probe.of), let own = process.namespace(.pid) else {
            return try nobody(fitting: probe.of, expected)
        }
        guard let root = try RootDirectory(of: process.pid), let table = try MountTable.read(process.pid) else {
            return outcome(false, expected, "the process has ended", [], ["absent": "true"])
        }
        guard let real = root.look(at: FilePath(probe.at)).state?.path else {
            return outcome(false, expected, "\(probe.at) does not exist", [], ["no-mount-point": probe.at])
        }
        guard let mount = table.mount(at: real) else {
            let none = Evidence(source: "/proc/\(process.pid)/mountinfo", value: "no line for \(real)")
            return outcome(false, expected, "nothing is mounted there", [none], ["no-mount": probe.at])
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
        evidence.append(Evidence(source: "\(folder)/1/ns/pid", value: "\(shown); \(name(process)): \(own)"))
        evidence.append(Evidence(source: "ls \(folder)", value: list))
        return outcome(
            shown == own, expected, shown == own ? "it lists \(list)" : "it lists another namespace: \(list)", evidence,
            shown == own ? [:] : ["foreign": "\(shown)"])
    }

    func judge(_ probe: HostnameProbe) throws -> ProbeOutcome {
        let elsewhere = probe.hiddenFrom.map { ", which is not that of the \($0.words)" } ?? ""
        let expected = "the host name \(probe.equals)\(elsewhere)"
        guard let process = try member(of: probe.place) else { return try nobody(at: probe.place, expected) }
        let name = try UTSVisit.hostname(of: process)
        var evidence = [
            Evidence(source: "gethostname in the uts namespace of process \(process)", value: terminalSafe(name))
        ]
        guard name == probe.equals else {
            return outcome(false, expected, terminalSafe(name), evidence, ["name": name])
        }
        if let place = probe.hiddenFrom {
            guard let other = try member(of: place) else { return try nobody(at: place, expected) }
            let theirs = try UTSVisit.hostname(of: other)
            evidence.append(
                Evidence(source: "gethostname in the uts namespace of the \(place.words)", value: terminalSafe(theirs)))
            if theirs == name {
                return outcome(
                    false, expected, "the \(place.words) is called \(terminalSafe(theirs)), too", evidence,
                    ["seen": theirs])
            }
        }
        return outcome(true, expected, terminalSafe(name), evidence)
    }

    /// The process that stands for a place.
    private func member(of place: Place) throws -> ProcessID? {
        switch place {
        case .node: node.initProcess.pid
        case .process(let selector): try one(selector)?.pid
        }
    }
}

extension NamespaceSighting {
    var hasEnded: Bool { first.ending != nil }

    /// Whether the kernel ended every other, as far as it says so.
    var wasTakenDown: Bool {
        others.allSatisfy { other in
            switch other.ending {
            case .signaled(let number): SignalName.of(number) == "KILL"
            case .unknown: true
            case .exited, nil: false
            }
        }
    }

    var summary: String {
        ([first] + others).map { "\($0.description)" }.joined(separator: "; ")
    }

    var evidence: [Evidence] {
        ([first] + others.prefix(5)).map { member in
            Evidence(
                source: "pidfd of \(member.process.pid), in \(namespace)", value: "\(member)")
        }
    }
}

extension NamespaceSighting.Member: CustomStringConvertible {
    package var description: String {
        "\(terminalSafe(comm)), \(numberInside) inside, \(process.pid) on the host: "
            + (ending.map { "\($0)" } ?? "lives")
    }
}
