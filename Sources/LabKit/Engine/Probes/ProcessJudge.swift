// process, namespace, signal, decoy and answer: who runs where, and what became of whom.

import CIsolation
import Glibc
import KernelState
import SystemPackage
import Text

extension Judge {
    func judge(_ probe: ProcessProbe) throws -> ProbeOutcome {
        let expected = probe.words
        let found = try select(probe.select)
        let evidence = try found.prefix(5).flatMap { try facts(of: $0, for: probe.select) }
        guard !probe.count.contains(found.count) else {
            return outcome(true, expected, found.map(name).joined(separator: "; "), evidence)
        }
        guard found.isEmpty else {
            return outcome(
                false, expected, "\(found.count): \(found.prefix(5).map(name).joined(separator: "; "))", evidence,
                ["count": "\(found.count)"])
        }
        let missing = try shortfall(of: probe.select)
        var observed = ["count": "0", "lacks": missing.key]
        if let near = missing.elsewhere { observed["outside"] = "\(near.pid)" }
        return outcome(false, expected, terminalSafe(missing.words), missing.evidence, observed)
    }

    /// What is to be seen of a process that fits, one line for each thing that the selector asks for.
    private func facts(of process: ProcessState, for selector: Selector) throws -> [Evidence] {
        var all: [Evidence] = []
        if selector.root != nil || selector.notRoot != nil || selector.namespaces.isEmpty {
            all.append(
                Evidence(
                    source: "/proc/\(process.pid)/root",
                    value: "\(name(process)): root \(process.root.map { "\($0.identity)" } ?? "unknown")"))
        }
        for kind in selector.namespaces.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            guard let own = process.namespace(kind.kernel), let nodes = node.namespaces[kind.kernel] else { continue }
            all.append(
                Evidence(
                    source: "/proc/\(process.pid)/ns/\(kind.rawValue)",
                    value: "\(name(process)): \(own); the node: \(nodes)"))
        }
        return all
    }

    func judge(_ probe: NamespaceProbe) throws -> ProbeOutcome {
        let kinds = NamespaceKind.list(probe.kinds)
        var others: [(name: String, namespaces: [KernelState.NamespaceKind: NamespaceID])] = []
        for place in probe.comparedTo {
            switch place {
            case .node: others.append(("the node", node.namespaces))
            case .process(let selector):
                guard let process = try one(selector), let namespaces = process.namespaces else {
                    return try nobody(fitting: selector, "a \(selector)")
                }
                others.append((name(process), namespaces))
            }
        }
        let expected =
            "a \(probe.of), whose \(kinds) "
            + (probe.kinds.count == 1 ? "is " : "are ")
            + (probe.expect == .same ? "" : "not ")
            + (others.map(\.name) == ["the node"]
                ? "the node's" : "shared with " + others.map(\.name).joined(separator: " or with "))
        guard let process = try one(probe.of), let own = process.namespaces else {
            return try nobody(fitting: probe.of, expected)
        }
        var wrong: [NamespaceKind] = []
        var words: [String] = []
        var evidence: [Evidence] = []
        for other in others {
            for kind in probe.kinds {
                guard let mine = own[kind.kernel], let theirs = other.namespaces[kind.kernel] else {
                    return ProbeOutcome(
                        status: .error, expected: expected, evidence: evidence,
                        reason: "/proc/\(process.pid)/ns/\(kind.rawValue) could not be read")
                }
                evidence.append(
                    Evidence(
                        source: "/proc/\(process.pid)/ns/\(kind.rawValue)",
                        value: "\(mine); \(other.name): \(theirs)"))
                guard (mine == theirs) != (probe.expect == .same) else { continue }
                wrong.append(kind)
                words.append(
                    probe.expect == .same
                        ? "its \(kind.words) namespace is \(mine), that of \(other.name) is \(theirs)"
                        : "its \(kind.words) namespace is that of \(other.name), \(theirs)")
            }
        }
        let actual = "\(name(process)): " + (wrong.isEmpty ? "as expected" : words.joined(separator: "; "))
        return outcome(wrong.isEmpty, expected, actual, evidence, wrong.isEmpty ? [:] : ["kinds": wrong[0].rawValue])
    }

    func judge(_ probe: DecoyProbe) -> ProbeOutcome {
        let expected = "\(probe.name) \(probe.alive ? "runs" : "has ended")"
        guard let decoy = decoys[probe.name] else {
            return ProbeOutcome(status: .error, expected: expected, reason: "no decoy \(probe.name) was started")
        }
        let alive = isAlive(decoy)
        return outcome(
            alive == probe.alive, expected, "\(probe.name) \(alive ? "runs" : "has ended")",
            [Evidence(source: "/proc/\(decoy.pid)/stat", value: alive ? "alive" : "no such process")])
    }

    /// Which directory a root is; nil when there is none, or when it is but another name of the node's.
    private func identity(ofRoot path: String) throws -> FileIdentity? {
        let found = try node.directory(path)?.identity
        let nodes = try node.root().identity
        return path != "/" && found == nodes ? nil : found
    }

    func isAlive(_ process: ProcessIdentity) -> Bool {
        guard let state = ProcessState.read(process.pid, fields: []) else { return false }
        return state.identity == process && !state.isZombie
    }

    /// Waits for the end of a process, by its pidfd, at most so many milliseconds.
    private func hasEnded(_ process: ProcessIdentity, within milliseconds: Int64) -> Bool {
        guard isAlive(process) else { return true }
        let pidfd = iso_pidfd_open(process.pid.rawValue)
        guard pidfd >= 0 else { return !isAlive(process) }
        defer { close(pidfd) }
        // The number may have been another process's by the time it was opened; then ours has ended.
        guard isAlive(process) else { return true }
        return iso_poll(pidfd, Int32(POLLIN), milliseconds) > 0
    }

    func judge(_ probe: SignalProbe) throws -> ProbeOutcome {
        var expected = "\(probe.target) \(probe.ended ? "ended by" : "got") a signal"
        if !probe.signals.isEmpty { expected += " \(probe.signals.joined(separator: " or "))" }
        if let root = probe.senderRoot { expected += " from a process with root \(root)" }
        guard let decoy = decoys[probe.target] else {
            return ProbeOutcome(status: .error, expected: expected, reason: "no decoy \(probe.target) was started")
        }
        if probe.missed { return try judgeMissed(probe, decoy) }
        let heard = signals.filter { $0.target == probe.target && $0.signal != 0 }
        // kill(2) returns before its target has ended: a signal that was sent just now gets a moment to do its work.
        let alive = heard.isEmpty ? isAlive(decoy) : !hasEnded(decoy, within: 500)
        var evidence = heard.suffix(5).map(\.evidence)
        evidence.append(Evidence(source: "/proc/\(decoy.pid)/stat", value: alive ? "alive" : "no such process"))
        let senderRoot = try probe.senderRoot.map { try identity(ofRoot: $0) }
        let fitting = heard.filter { record in
            (probe.signals.isEmpty || probe.signals.contains(record.signalName))
                && (senderRoot.map { $0 != nil && record.senderRoot == $0 } ?? true)
        }
        if fitting.isEmpty {
            let actual =
                heard.last.map { "SIG\($0.signalName) from \($0.senderDescription)" }
                ?? (alive
                    ? "\(probe.target) runs, and nobody signalled it"
                    : "\(probe.target) ended, and nobody signalled it")
            return outcome(
                false, expected, actual, evidence, heard.isEmpty ? [:] : ["sender": heard.last?.senderComm ?? ""])
        }
        if probe.ended, alive {
            return outcome(
                false, expected, "\(probe.target) got the signal and still runs", evidence, ["alive": "true"])
        }
        // The last signal before the end is what ended it; a fitting one earlier does not count.
        if probe.ended, let last = heard.last, !fitting.contains(last) {
            return outcome(
                false, expected, "ended by SIG\(last.signalName) from \(last.senderDescription)", evidence)
        }
        return outcome(true, expected, "SIG\(fitting[0].signalName) from \(fitting[0].senderDescription)", evidence)
    }

    /// A signal that was meant for a decoy and could not reach it, because its number means nothing where it was sent.
    private func judgeMissed(_ probe: SignalProbe, _ decoy: ProcessIdentity) throws -> ProbeOutcome {
        var expected = "a signal to \(probe.target)'s number in the node"
        if let root = probe.senderRoot { expected += " from a process with root \(root)" }
        expected += ", and \(probe.target) lives"
        let alive = isAlive(decoy)
        let own = Evidence(
            source: "/proc/\(decoy.pid)/status NSpid",
            value: alive ? "\(probe.target) lives" : "no such process")
        let senderRoot = try probe.senderRoot.map { try identity(ofRoot: $0) }
        let sent = signals.filter {
            $0.signal != 0 && (probe.signals.isEmpty || probe.signals.contains($0.signalName))
        }
        let missed = sent.filter { record in
            record.missed == probe.target && (senderRoot.map { $0 != nil && record.senderRoot == $0 } ?? true)
        }
        let hits = sent.filter { $0.target == probe.target }
        guard alive else {
            return outcome(
                false, expected,
                hits.last.map { "\(probe.target) got SIG\($0.signalName) from \($0.senderDescription)" }
                    ?? "\(probe.target) has ended", hits.suffix(3).map(\.evidence) + [own], ["ended": "true"])
        }
        guard let last = missed.last else {
            return outcome(
                false, expected, "nobody there has tried the number", hits.suffix(3).map(\.evidence) + [own],
                ["none": "true"])
        }
        return outcome(
            true, expected,
            "SIG\(last.signalName) to \(last.targetNumber) from \(last.senderDescription); \(probe.target) lives",
            [last.evidence, own])
    }

    func judge(_ probe: AnswerProbe) throws -> ProbeOutcome {
        let truth: [String]
        let evidence: Evidence
        switch probe.equals {
        case .fileIdentity(let path):
            guard let file = try node.root().look(at: FilePath(path)).state else {
                return ProbeOutcome(status: .error, reason: "\(path) is not there any more: reset the lab")
            }
            let (device, inode) = (file.identity.device, file.identity.inode)
            // As `stat -c %d` has the device, as mountinfo has it, and as `stat` prints it without a format.
            truth = ["\(device.number)", "\(device.major):\(device.minor)", "\(device.major),\(device.minor)"]
                .map { "\($0):\(inode)" }
            evidence = Evidence(source: "statx \(path) in the playground", value: "\(file.identity)")
        case .processNumber(let selector):
            // Of several that fit, each one's number is right.
            let found = try select(selector)
            truth = found.compactMap { numberInNode($0)?.description }
            guard let first = found.first, !truth.isEmpty else {
                var absent = try nobody(fitting: selector, "a \(selector)")
                absent.observed["count"] = "0"
                return absent
            }
            let named = found.first { numberInNode($0)?.description == answer?.trimmingWhiteSpace } ?? first
            evidence = Evidence(source: "/proc/\(named.pid)/status NSpid", value: name(named))
        case .text(let text):
            truth = [text]
            evidence = Evidence(source: "lab", value: text)
        }
        let expected = probe.format.map { "the right answer, as \($0)" } ?? "the right answer"
        guard let answer else {
            return outcome(false, expected, "no answer yet", [], ["none": "true"])
        }
        let given = answer.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let right = truth.contains(given)
        // The truth itself is evidence only once the learner has it.
        return outcome(
            right, expected, "the answer \u{201C}\(terminalSafe(given))\u{201D}", right ? [evidence] : [],
            right ? [:] : ["wrong": given])
    }
}

extension DeviceNumber {
    /// The number as stat(2) gives it in `st_dev`. See makedev(3).
    var number: UInt64 {
        let (major, minor) = (UInt64(major), UInt64(minor))
        return (major & 0xffff_f000) << 32 | (major & 0xfff) << 8 | (minor & 0xffff_ff00) << 12 | minor & 0xff
    }
}

extension ProcessProbe {
    /// For "expected".
    fileprivate var words: String {
        switch (count.atLeast, count.atMost) {
        case (_, 0): "no \(select)"
        case (1, nil), (nil, nil): "a \(select)"
        case (1, 1): "exactly one \(select)"
        default: "\(count) \(select.words(isPlural: true))"
        }
    }
}
