// noRestart: has a process ended, and has nobody taken its place? Seen over time, so an edge.

import KernelState
import Linux
import Playgrounds
import StrictYAML
import Text

/// That something does not happen can be seen only for a while, and means something only as long as the one who could have done it
/// is there: the process that stays.
package struct NoRestartProbe: Sendable, Equatable {
    /// Who is not restarted.
    package var of: Selector
    /// Who stays.
    package var beside: Selector
    /// The namespaces that the two have shared.
    package var kinds: [NamespaceKind]
    /// Its host name: a pod's is its name.
    package var hostName: String?
    /// Milliseconds since the end was seen.
    package var time: Int
}

extension NoRestartProbe: MappingDecodable {
    package static let shape = Shape(
        "noRestartProbe", "Has a process ended, and has nobody taken its place beside one that stayed? An edge.",
        [
            .required("of", .mapping("selector"), "Who has ended."),
            .required("beside", .mapping("selector"), "Who stays."),
            .required("kinds", .filledList(.word("namespaceKind")), "The namespaces that the two have shared."),
            .required("for", .integer(1...60_000), "Milliseconds since the end was seen."),
            .optional("hostName", .text, "Its host name: a pod's is its name."),
        ])

    package init(fields: Fields) {
        of = fields.required("of")
        beside = fields.required("beside")
        kinds = fields.nonEmpty("kinds")
        hostName = fields.optional("hostName")
        time = fields.number("for")
    }
}

extension NoRestartProbe {
    /// What must be looked at from look to look, as for `restart`.
    var watched: RestartProbe { RestartProbe(of: of, beside: beside, kinds: kinds, hostName: hostName) }

    /// Words for "expected".
    var words: String {
        "a \(of)\(hostName.map { " with the host name \($0)" } ?? "") that has ended, and for \(time) ms no other"
            + " beside the same \(beside)"
    }
}

extension NoRestartProbe: Probe {
    package static let key = "noRestart"
    package static let asks = "has a process ended, and has nobody taken its place?"
    package static let reads = "the same"
    package static let onlyReads = true

    package var memory: Memory { Memory(restarts: [watched]) }

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = words
        let key = watched.key
        if !look.isInformedOfRestarts { look.restarts = look.lookForRestarts(of: [watched], before: look.restarts) }
        let all = look.restarts.filter { $0.key == key }
        let seen = all.filter { hostName == nil || $0.hostName == hostName }
        let current = seen.filter { $0.gone == nil }
        let ended = seen.filter { one in one.gone != nil && one.companions.contains { $0.unshared == nil } }
        let evidence = (ended.suffix(3) + current.prefix(3)).map(\.evidence)
        guard !ended.isEmpty else {
            guard let running = current.first else {
                if let other = all.first {
                    let has = terminalSafe(other.hostName ?? "")
                    return outcome(
                        false, expected, "\(other.name) has the host name \u{201C}\(has)\u{201D}", [other.evidence],
                        ["name": has])
                }
                return outcome(
                    false, expected, "no such process was seen since the step began", [], ["absent": "\(of)"])
            }
            return outcome(false, expected, "\(running.name) runs", evidence, ["same": "\(running.process.pid)"])
        }
        // The best of them decides what is said of the others.
        var reason: (words: String, key: String, value: String)?
        for old in ended.reversed() {
            guard let fault = fault(of: old, seen) else {
                return outcome(
                    true, expected, "\(old.name) has ended, and nobody came in \(time) ms", evidence)
            }
            reason = reason ?? fault
        }
        return outcome(
            false, expected, reason?.words ?? "", evidence, reason.map { [$0.key: $0.value] } ?? [:])
    }

    /// Why one that has ended does not count; nil: it does.
    private func fault(
        of old: RestartSighting, _ others: [RestartSighting]
    ) -> (words: String, key: String, value: String)? {
        let companions = old.companions.filter { $0.unshared == nil }
        // Whoever stood beside it longest.
        guard
            let companion = companions.first(where: { $0.gone == nil })
                ?? companions.max(by: { ($0.gone ?? 0) < ($1.gone ?? 0) })
        else { return ("nobody stood beside it", "alone", "") }
        let later = others.first { other in
            other.companions.contains { $0.process == companion.process && $0.unshared == nil }
                && other.process != old.process && other.process.startTime >= old.process.startTime
        }
        if let later { return ("\(later.name) has taken its place", "again", "\(later.process.pid)") }
        let end = companion.gone ?? bootTime()
        let time = Int((end - min(end, old.gone ?? 0)) / 1_000_000)
        if time >= self.time { return nil }
        return companion.gone == nil
            ? ("it has been gone for \(time) ms only", "early", "\(time)")
            : ("process \(companion.process.pid) beside it has ended \(time) ms after it", "beside", "\(time)")
    }
}
