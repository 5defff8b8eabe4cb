// restart: who has taken the place of whom, and who saw both.

import Glibc
import KernelState
import Netlink
import Text

extension Judge {
    func judge(_ probe: RestartProbe) throws -> ProbeOutcome {
        let wanted = try probe.address.map { try IPPrefix(parsing: $0) }
        if !isInformedOfRestarts { lookNow(for: probe) }
        var outcome = try verdict(probe, address: wanted)
        // A server listens a moment after it was started, and there is no event for that.
        let deadline = ContinuousClock.now + .milliseconds(500)
        while outcome.observed["port"] == "not yet", ContinuousClock.now < deadline {
            poll(nil, 0, 5)
            lookNow(for: probe)
            outcome = try verdict(probe, address: wanted)
        }
        return outcome
    }

    private func lookNow(for probe: RestartProbe) { restarts = lookForRestarts(of: [probe], before: restarts) }

    private func verdict(_ probe: RestartProbe, address: IPPrefix?) throws -> ProbeOutcome {
        let expected = probe.words
        let key = probe.key
        let seen = restarts.filter { $0.key == key }.sorted { $0.process.startTime < $1.process.startTime }
        let current = seen.filter { $0.gone == nil }
        let ended = seen.filter { $0.gone != nil }
        let evidence = (ended.suffix(3) + current.prefix(3)).map(\.evidence)
        // The best pair decides what is said of the others. The new one may have ended since: then it was there all the same.
        var reason: Fault?
        for new in seen.reversed() {
            for old in ended.reversed()
            where old.process != new.process && old.process.startTime <= new.process.startTime {
                guard let fault = fault(from: old, to: new, of: seen, probe, address: address) else {
                    return outcome(true, expected, "\(new.name), after process \(old.process.pid)", evidence)
                }
                if new.gone == nil { reason = reason ?? fault }
            }
        }
        guard let running = current.first else {
            // Somebody may be there who is nearly the one.
            let missing = try shortfall(of: probe.of)
            let near = missing.nearest == nil || missing.key.isEmpty ? [] : [terminalSafe(missing.words)]
            let words =
                ended.isEmpty ? near.isEmpty ? ["no such process"] : [] : ["it has ended, and there is no other"]
            return outcome(
                false, expected, (words + near).joined(separator: "; "), evidence + missing.evidence,
                ["absent": missing.key])
        }
        guard let reason else {
            return outcome(
                false, expected, "\(running.name) has run since the step began", evidence,
                ["same": "\(running.process.pid)"])
        }
        return outcome(false, expected, reason.words, evidence, [reason.key: reason.value])
    }

    private typealias Fault = (words: String, key: String, value: String)

    /// Why one is no restart of the other; nil: it is.
    private func fault(
        from old: RestartSighting, to new: RestartSighting, of all: [RestartSighting], _ probe: RestartProbe,
        address: IPPrefix?
    ) -> Fault? {
        if let gone = old.gone, new.since < gone {
            return ("\(new.name) was there before \(old.name) had ended", "before", "\(new.process.pid)")
        }
        if probe.beside != nil, let fault = companionFault(from: old, to: new) { return fault }
        if probe.loop, let fault = bearerFault(from: old, to: new) { return fault }
        if let wanted = probe.hostName, let other = [old, new].first(where: { $0.hostName != .some(wanted) }) {
            let has = terminalSafe(other.hostName ?? "")
            return ("\(other.name) has the host name \u{201C}\(has)\u{201D}", "name", has)
        }
        if probe.newHostName {
            let again = all.first {
                $0.process != old.process && $0.hostName == old.hostName
                    && $0.process.startTime >= old.process.startTime
            }
            if let again {
                let has = terminalSafe(again.hostName ?? "")
                return ("\(again.name) has the host name of the one that has ended", "name", has)
            }
        }
        if let path = probe.keeps, old.kept == nil || old.kept != new.kept {
            return ("\(path) was \(old.kept ?? "not there"), and now is \(new.kept ?? "not there")", "keeps", path)
        }
        if let renewed = probe.renewed {
            if let still = new.holders.first(where: old.holders.contains) {
                return ("process \(still.pid), \(renewed), is the same as before", "renewed", "\(still.pid)")
            }
            if old.holders.isEmpty || new.holders.isEmpty {
                return ("\(old.holders.isEmpty ? "it had" : "the new one has") no \(renewed)", "renewed", "")
            }
        }
        if let port = probe.port, let other = [old, new].first(where: { !$0.listens }) {
            return ("\(other.name) does not listen at port \(port)", "port", other.isYoung ? "not yet" : "\(port)")
        }
        if let wait = probe.wait {
            // The last one that has ended before it, whoever it was: not one long before.
            let before = all.filter { $0.process != new.process && $0.process.startTime <= new.process.startTime }
            let pause = new.pause(after: before.compactMap(\.gone).max())
            if pause < wait { return ("it came after \(pause) ms at most", "wait", "\(pause)") }
        }
        guard let address else { return nil }
        for (sighting, when) in [(old, "before"), (new, "now")] where !sighting.addresses.contains("\(address)") {
            return ("\(when) there is no \(address)", "address", sighting.addresses.joined(separator: " "))
        }
        return nil
    }

    private func companionFault(from old: RestartSighting, to new: RestartSighting) -> Fault? {
        guard let first = old.companions.first, let now = new.companions.first else {
            return (
                "nobody stood beside \(old.companions.isEmpty ? "the one that has ended" : "the new one")", "alone", ""
            )
        }
        let both = old.companions.compactMap { before in
            new.companions.first { $0.process == before.process }.map { (before.unshared, $0.unshared) }
        }
        guard !both.isEmpty else {
            return (
                "process \(first.process.pid) stood beside it, and now process \(now.process.pid) does", "beside",
                "\(now.process.pid)"
            )
        }
        guard !both.contains(where: { $0.0 == nil && $0.1 == nil }), let kind = both[0].0 ?? both[0].1 else {
            return nil
        }
        return ("they were not in the same \(kind.rawValue) namespace", "kinds", kind.rawValue)
    }

    private func bearerFault(from old: RestartSighting, to new: RestartSighting) -> Fault? {
        let bearers = old.bearers(with: new)
        if !bearers.loops.isEmpty { return nil }
        // Loops of one shell have that shell in common, and so have all who were started in it.
        if let hand = bearers.hands.first(where: { one in
            [old, new].contains { $0.ancestors.first?.process == one }
        }) {
            return ("process \(hand.pid), into which somebody types, has started both", "hand", "\(hand.pid)")
        }
        let (before, now) = (old.ancestors.first?.process.pid, new.ancestors.first?.process.pid)
        if let orphan = [old, new].first(where: \.ancestors.isEmpty) {
            return (
                "whoever has started \(orphan.name) has ended before it and left it to number 1", "orphan",
                "\(orphan.process.pid)"
            )
        }
        return (
            "\(before.map { "process \($0)" } ?? "nobody") has started the one, and "
                + "\(now.map { "process \($0)" } ?? "nobody") the other", "bearer", "\(now ?? 0)"
        )
    }
}

extension RestartSighting {
    /// Milliseconds for which nobody was there, as far as looks can tell: not more than there were.
    fileprivate func pause(after gone: UInt64?) -> Int {
        guard let gone, started > gone else { return 0 }
        return Int((started - gone) / 1_000_000)
    }

    /// It may not have come so far yet.
    fileprivate var isYoung: Bool { gone == nil && bootTime() < since + 500_000_000 }

    var evidence: Evidence {
        let shared = companions.first { $0.unshared == nil } ?? companions.first
        var place = namespaces + (shared.map { ["beside process \($0.process.pid)"] } ?? [])
        if !ancestors.isEmpty {
            place.append(
                "started by "
                    + ancestors.prefix(4).map { "\($0.process.pid)\($0.reads ? " (reads a terminal)" : "")" }
                    .joined(separator: " by "))
        }
        place += hostName.map { ["host name \($0)"] } ?? []
        place += holders.map { "in the network namespace of process \($0.pid)" }
        place += kept.map { ["directory \($0)"] } ?? []
        place += ["started \(started / 1_000_000) ms after the machine"]
        place += gone.map { ["gone after \($0 / 1_000_000) ms"] } ?? []
        return Evidence(
            source: "/proc/\(process.pid)/ns, \(process.isAlive ? "now" : "before its end")",
            value: terminalSafe("\(name): " + (place + addresses).joined(separator: ", ")))
    }
}
