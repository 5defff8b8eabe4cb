// writable: tries to open a file for appending where a process is, and as control somewhere else.

import Isolation
import KernelState
import SystemPackage
import Text

extension Judge {
    /// A control that comes to something else fails the probe like the trial: both are states that the learner has made.
    func judge(_ probe: WritableProbe) throws -> ProbeOutcome {
        guard let inside = try spot(probe.place) else {
            return try nobody(at: probe.place, "\(probe.path): \(probe.expect.words)")
        }
        let trial = try attempt(FilePath(probe.path), at: inside, expect: probe.expect)
        guard let control = probe.control, trial.status == .pass else { return trial }
        let counter: ProbeOutcome
        switch control.subject {
        case .path(let path, let place):
            guard let there = try spot(place) else {
                return try nobody(at: place, "a \(place.words)")
            }
            counter = try attempt(FilePath(path ?? probe.path), at: there, expect: control.expect)
        case .elsewhere:
            guard let second = try secondPath(of: FilePath(probe.path), seenBy: inside.process) else {
                return outcome(
                    false, "another path of the node to \(probe.path)", "no other path leads to that file",
                    trial.evidence,
                    ["elsewhere": "none"])
            }
            counter = try attempt(
                second.path, at: (node.initProcess.pid, "the node, the same file"), expect: control.expect)
        }
        var result = counter
        result.expected = [trial.expected, counter.expected].compactMap { $0 }.joined(separator: "; ")
        result.actual = [trial.actual, counter.actual].compactMap { $0 }.joined(separator: "; ")
        result.evidence = trial.evidence + counter.evidence
        if counter.status == .fail { result.observed["control"] = counter.observed["writable"] ?? "fail" }
        return result
    }

    /// The process that stands for a place, and what to call it.
    private func spot(_ place: Place) throws -> (process: ProcessID, name: String)? {
        switch place {
        case .node: return (node.initProcess.pid, "the node")
        case .process(let selector):
            return try one(selector).map { ($0.pid, terminalSafe($0.comm) + " with root \($0.rootName)") }
        }
    }

    /// Another path of the node to a file that a process has at this path.
    func secondPath(of path: FilePath, seenBy process: ProcessID) throws -> SecondPath? {
        guard let root = try RootDirectory(of: process), let file = root.look(at: path).state,
            let mount = try MountTable.read(process)?.mount(containing: file.path)
        else { return nil }
        return try secondPath(of: file, at: file.path, on: mount, outside: boxDirectory(of: process))
    }

    private func attempt(
        _ path: FilePath, at spot: (process: ProcessID, name: String), expect: WritableProbe.Expectation
    ) throws -> ProbeOutcome {
        let shown = terminalSafe(path.string)
        let expected = "\(shown) in \(spot.name): \(expect.words)"
        guard let root = try RootDirectory(of: spot.process) else {
            return outcome(false, expected, "the process has ended", [], ["absent": spot.name])
        }
        guard let file = root.look(at: path).state else {
            return outcome(
                false, expected, "\(shown) is not there", [Evidence(source: "statx \(shown)", value: "ENOENT")],
                ["missing": path.string])
        }
        guard file.kind == .regular else {
            return outcome(
                false, expected, "\(shown) is a \(file.kind.words)",
                [Evidence(source: "statx \(shown)", value: file.summary)], ["missing": path.string])
        }
        let refusal = try Visit(to: spot.process).attemptToWrite(file.path.string)
        let answer = refusal?.symbol ?? WritableProbe.Expectation.yes.rawValue
        let said = refusal.map { "\($0.symbol) (\($0.words))" } ?? "it can be opened"
        return outcome(
            answer == expect.rawValue, expected, "\(shown) in \(spot.name): \(said)",
            [Evidence(source: "open(\(shown), O_WRONLY|O_APPEND) in \(spot.name), \(file.identity)", value: said)],
            ["writable": answer])
    }
}

extension WritableProbe.Expectation {
    var words: String { self == .yes ? "can be written" : "cannot be written, \(rawValue)" }
}

extension Place {
    /// Words for messages: `node`, or what the selector says.
    var words: String {
        switch self {
        case .node: "node"
        case .process(let selector): "\(selector)"
        }
    }
}

extension ProcessState {
    fileprivate var rootName: String { root.map { terminalSafe($0.path.string) } ?? "unknown" }
}
