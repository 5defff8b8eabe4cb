// signal: was a decoy signalled, by whom, and did it end? Recorded by the witness, so an edge.

import CIsolation
import Glibc
import KernelState
import Playgrounds
import StrictYAML
import SystemPackage
import Text

package struct SignalProbe: Sendable, Equatable {
    /// The name of a decoy of the scene.
    package var target: String
    /// Signals that count, by name without SIG; any when empty.
    package var signals: [String]
    /// The sender's root was this directory of the node, by device and inode.
    package var senderRoot: String?
    /// Whether the target must have ended by it.
    package var ended: Bool
    /// Whether a signal was meant for the target, by its number in the node, from a pid namespace where that number is not
    /// the target's, and the target lives.
    package var missed: Bool
}

extension SignalProbe: MappingDecodable {
    package static let shape = Shape(
        "signalProbe", "Was a decoy signalled, and by whom?",
        [
            .required("target", .text, "A decoy of the scene."),
            .optional("signals", .list(.word("signalName")), "Any when not said."),
            .optional("senderRoot", .text, "The sender's root was this directory of the node."),
            .optional("ended", .truth, default: false),
            .optional(
                "missed", .truth, default: false,
                "The number was the decoy's in the node, but not in the sender's pid namespace, and the decoy lives."),
        ])

    package init(fields: Fields) {
        target = fields.required("target")
        signals = (fields.optional("signals", as: [SignalName].self) ?? []).map(\.rawValue)
        senderRoot = fields.optional("senderRoot")
        ended = fields.truth("ended")
        missed = fields.truth("missed")
        if ended, missed { fields.reader.error("'missed' does not go with 'ended'", at: fields.place("missed")) }
        fields.reader.note("decoy \(target)", at: fields.place("target"))
    }
}

extension SignalProbe: Probe {
    package static let key = "signal"
    package static let asks = "who signalled a decoy, and did it end?"
    package static let reads = "seccomp notifications"
    package static let onlyReads = true

    package var refers: References { References(decoys: [target], signalled: [target]) }

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        var expected = "\(target) \(ended ? "ended by" : "got") a signal"
        if !signals.isEmpty { expected += " \(signals.joined(separator: " or "))" }
        if let root = self.senderRoot { expected += " from a process with root \(root)" }
        guard let decoy = look.decoys[target] else {
            return ProbeOutcome(status: .error, expected: expected, reason: "no decoy \(target) was started")
        }
        if missed { return try judgeMissed(look, decoy) }
        let heard = look.signals.filter { $0.target == target && $0.signal != 0 }
        // kill(2) returns before its target has ended: a signal that was sent just now gets a moment to do its work.
        let alive = heard.isEmpty ? look.isAlive(decoy) : !hasEnded(decoy, within: 500, look)
        var evidence = heard.suffix(5).map(\.evidence)
        evidence.append(Evidence(source: "/proc/\(decoy.pid)/stat", value: alive ? "alive" : "no such process"))
        let senderRoot = try self.senderRoot.map { try identity(ofRoot: $0, look) }
        let fitting = heard.filter { record in
            (signals.isEmpty || signals.contains(record.signalName))
                && (senderRoot.map { $0 != nil && record.senderRoot == $0 } ?? true)
        }
        if fitting.isEmpty {
            let actual =
                heard.last.map { "SIG\($0.signalName) from \($0.senderDescription)" }
                ?? (alive
                    ? "\(target) runs, and nobody signalled it"
                    : "\(target) ended, and nobody signalled it")
            return outcome(
                false, expected, actual, evidence, heard.isEmpty ? [:] : ["sender": heard.last?.senderComm ?? ""])
        }
        if ended, alive {
            return outcome(
                false, expected, "\(target) got the signal and still runs", evidence, ["alive": "true"])
        }
        // The last signal before the end is what ended it; a fitting one earlier does not count.
        if ended, let last = heard.last, !fitting.contains(last) {
            return outcome(
                false, expected, "ended by SIG\(last.signalName) from \(last.senderDescription)", evidence)
        }
        return outcome(true, expected, "SIG\(fitting[0].signalName) from \(fitting[0].senderDescription)", evidence)
    }

    /// A signal that was meant for a decoy and could not reach it, because its number means nothing where it was sent.
    private func judgeMissed(_ look: Judge, _ decoy: ProcessIdentity) throws -> ProbeOutcome {
        var expected = "a signal to \(target)'s number in the node"
        if let root = self.senderRoot { expected += " from a process with root \(root)" }
        expected += ", and \(target) lives"
        let alive = look.isAlive(decoy)
        let own = Evidence(
            source: "/proc/\(decoy.pid)/status NSpid",
            value: alive ? "\(target) lives" : "no such process")
        let senderRoot = try self.senderRoot.map { try identity(ofRoot: $0, look) }
        let sent = look.signals.filter {
            $0.signal != 0 && (signals.isEmpty || signals.contains($0.signalName))
        }
        let missed = sent.filter { record in
            record.missed == target && (senderRoot.map { $0 != nil && record.senderRoot == $0 } ?? true)
        }
        let hits = sent.filter { $0.target == target }
        guard alive else {
            return outcome(
                false, expected,
                hits.last.map { "\(target) got SIG\($0.signalName) from \($0.senderDescription)" }
                    ?? "\(target) has ended", hits.suffix(3).map(\.evidence) + [own], ["ended": "true"])
        }
        guard let last = missed.last else {
            return outcome(
                false, expected, "nobody there has tried the number", hits.suffix(3).map(\.evidence) + [own],
                ["none": "true"])
        }
        return outcome(
            true, expected,
            "SIG\(last.signalName) to \(last.targetNumber) from \(last.senderDescription); \(target) lives",
            [last.evidence, own])
    }

    /// Which directory a root is; nil when there is none, or when it is but another name of the node's.
    private func identity(ofRoot path: String, _ look: Judge) throws -> FileIdentity? {
        let found = try look.node.directory(path)?.identity
        let nodes = try look.node.root().identity
        return path != "/" && found == nodes ? nil : found
    }

    /// Waits for the end of a process, by its pidfd, at most so many milliseconds.
    private func hasEnded(_ process: ProcessIdentity, within milliseconds: Int64, _ look: Judge) -> Bool {
        guard look.isAlive(process) else { return true }
        let pidfd = iso_pidfd_open(process.pid.rawValue)
        guard pidfd >= 0 else { return !look.isAlive(process) }
        defer { close(pidfd) }
        // The number may have been another process's by the time it was opened; then ours has ended.
        guard look.isAlive(process) else { return true }
        return iso_poll(pidfd, Int32(POLLIN), milliseconds) > 0
    }
}
