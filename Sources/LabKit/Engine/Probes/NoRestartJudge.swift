// noRestart: who has ended, and who has not come.

import KernelState

extension Judge {
    func judge(_ probe: NoRestartProbe) throws -> ProbeOutcome {
        let expected = probe.words
        let current = try restartsSeen(of: probe.watched)
        let seen = restarts.filter { $0.selector == "\(probe.of)" && $0.besides == "\(probe.beside)" }
        let ended = seen.filter { $0.gone != nil && $0.unshared == nil }
        let evidence = (ended.suffix(3) + current.prefix(3)).map(\.evidence)
        guard !ended.isEmpty else {
            guard let running = current.first else {
                return outcome(
                    false, expected, "no such process was seen since the step began", [], ["absent": "\(probe.of)"])
            }
            return outcome(false, expected, "\(running.name) runs", evidence, ["same": "\(running.process.pid)"])
        }
        // The best of them decides what is said of the others.
        var reason: (words: String, key: String, value: String)?
        for old in ended.reversed() {
            guard let fault = fault(of: old, seen + current, probe) else {
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
        guard let companion = old.companion, companion.isAlive else {
            return ("the one beside it has ended as well", "beside", "\(old.companion?.pid ?? 0)")
        }
        let later = others.first {
            $0.companion == companion && $0.process != old.process && $0.process.startTime >= old.process.startTime
        }
        if let later { return ("\(later.name) has taken its place", "again", "\(later.process.pid)") }
        let gone = Int((bootTime() - (old.gone ?? 0)) / 1_000_000)
        return gone >= probe.time ? nil : ("it has been gone for \(gone) ms only", "early", "\(gone)")
    }
}
