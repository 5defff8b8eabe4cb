// writable: can a file be written there, and as control elsewhere? An experiment that changes nothing.

import Isolation
import KernelState
import Linux
import Playgrounds
import StrictYAML
import SystemPackage
import Text

/// Opens an existing regular file for appending, as root, in the namespaces and the root of a place, and closes it again. See
/// open(2). Both the trial and the control must come to what is said: the control shows that it is the place that decides.
package struct WritableProbe: Sendable, Equatable {
    package enum Expectation: String, Sendable, CaseIterable {
        /// It can be opened.
        case yes
        /// Why not, by the names of errno(3).
        case EROFS, EACCES, EPERM, ETXTBSY
    }

    package struct Control: Sendable, Equatable {
        package enum Subject: Sendable, Equatable {
            /// The same path, or another one, in a place.
            case path(String?, in: Place)
            /// The file of the trial, by another path of the node that leads to it through another mount.
            case elsewhere
        }
        package var subject: Subject
        package var expect: Expectation
    }

    package var path: String
    package var place: Place
    package var expect: Expectation
    package var control: Control?
}

extension WritableProbe.Expectation: Keyword {
    package static var placeholder: WritableProbe.Expectation { .yes }
}

extension WritableProbe: MappingDecodable {
    package static let shape = Shape(
        "writableProbe", "Can a regular file be opened for appending there? Changes nothing.",
        [
            .required("path", .text),
            .required("expect", .word("writability")),
            .optional("in", .place, "`node`, or the one process that a selector picks."),
            .optional("control", .mapping("writableControl")),
        ])

    package init(fields: Fields) {
        path = fields.required("path")
        place = fields.optional("in") ?? .node
        expect = fields.required("expect")
        control = fields.optional("control")
    }
}

extension WritableProbe.Control: MappingDecodable {
    package static let shape = Shape(
        "writableControl", "The same attempt somewhere else.",
        [
            .required("expect", .word("writability")),
            .optional("path", .text, "The trial's path when not said."),
            .optional("in", .place, "`node`, or the one process that a selector picks."),
            .optional("elsewhere", .truth, "The trial's file, by another path of the node."),
        ])

    package init(fields: Fields) {
        expect = fields.required("expect")
        if fields.truth("elsewhere") {
            subject = .elsewhere
            for key in ["path", "in"] where fields.has(key) {
                fields.reader.error("'\(key)' does not go with 'elsewhere'", at: fields.place(key))
            }
        } else {
            subject = .path(fields.optional("path"), in: fields.optional("in") ?? .node)
        }
    }
}

extension WritableProbe: Probe {
    package static let key = "writable"
    package static let asks = "can a file be written here, and as control there?"
    package static let reads = #"`open(O_WRONLY\|O_APPEND)` at that place, nothing written"#
    package static let onlyReads = false
    package static let innerShapes = [Control.shape]
    package static let wordLists = [
        WordList("writability", Expectation.self, "It can be opened for writing, or why not, as in errno(3).")
    ]

    /// A control that comes to something else fails the probe like the trial: both are states that the learner has made.
    package func judge(_ look: Judge) throws -> ProbeOutcome {
        guard let inside = try spot(look, self.place) else {
            return try look.nobody(at: self.place, "\(self.path): \(expect.words)")
        }
        let trial = try attempt(FilePath(self.path), at: inside, expect: expect)
        guard let control, trial.status == .pass else { return trial }
        let counter: ProbeOutcome
        switch control.subject {
        case .path(let path, let place):
            guard let there = try spot(look, place) else {
                return try look.nobody(at: place, "a \(place.words)")
            }
            counter = try attempt(FilePath(path ?? self.path), at: there, expect: control.expect)
        case .elsewhere:
            guard let second = try look.secondPath(of: FilePath(self.path), seenBy: inside.process) else {
                return outcome(
                    false, "another path of the node to \(self.path)", "no other path leads to that file",
                    trial.evidence,
                    ["elsewhere": "none"])
            }
            counter = try attempt(
                second.path, at: (look.node.initProcess.pid, "the node, the same file"), expect: control.expect)
        }
        var result = counter
        result.expected = [trial.expected, counter.expected].compactMap { $0 }.joined(separator: "; ")
        result.actual = [trial.actual, counter.actual].compactMap { $0 }.joined(separator: "; ")
        result.evidence = trial.evidence + counter.evidence
        if counter.status == .fail { result.observed["control"] = counter.observed["writable"] ?? "fail" }
        return result
    }

    /// The process that stands for a place, and what to call it.
    private func spot(_ look: Judge, _ place: Place) throws -> (process: ProcessID, name: String)? {
        switch place {
        case .node: return (look.node.initProcess.pid, "the node")
        case .process(let selector):
            return try look.one(selector).map { ($0.pid, terminalSafe($0.comm) + " with root \($0.rootName)") }
        }
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
        let said = refusal.map { $0.named } ?? "it can be opened"
        return outcome(
            answer == expect.rawValue, expected, "\(shown) in \(spot.name): \(said)",
            [Evidence(source: "open(\(shown), O_WRONLY|O_APPEND) in \(spot.name), \(file.identity)", value: said)],
            ["writable": answer])
    }
}

extension WritableProbe.Expectation {
    var words: String { self == .yes ? "can be written" : "cannot be written, \(rawValue)" }
}

extension ProcessState {
    fileprivate var rootName: String { root.map { terminalSafe($0.path.string) } ?? "unknown" }
}
