// noRestart: who has ended, and who has not come.

import KernelState
import Text

extension Judge {
    func judge(_ probe: NoRestartProbe) throws -> ProbeOutcome {
        let expected = probe.words
        let key = probe.watched.key
        if !isInformedOfRestarts { restarts = lookForRestarts(of: [probe.watched], before: restarts) }
        let all = restarts.filter { $0.key == key }
        let seen = all.filter { probe.hostName == nil || $0.hostName == probe.hostName }
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
                    false, expected, "no such process was seen since the step began", [], ["absent": "\(probe.of)"])
            }
            return outcome(false, expected, "\(running.name) runs", evidence, ["same": "\(running.process.pid)"])
        }
        // The best of them decides what is said of the others.
        var reason: (words: String, key: String, value: String)?
        for old in ended.reversed() {
            guard let fault = fault(of: old, seen, probe) else {
                return outcome(
                    true, expected, "\(old.name) has ended, and nobody came in \(probe.time) ms", evidence)
            }
            reason = reason ?? fault
        }
        return outcome(
            false, expected, reason?.words ?? "", evidence, reason.map { [$0.key: $0.value] } ?? [:])
    }

    /// Why one that has ended does not count; nil: it does.
    private func fault(
        of old: RestartSighting, _ others: [RestartSighting], _ probe: NoRestartProbe
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
        if time >= probe.time { return nil }
        return companion.gone == nil
            ? ("it has been gone for \(time) ms only", "early", "\(time)")
            : ("process \(companion.process.pid) beside it has ended \(time) ms after it", "beside", "\(time)")
    }
}
