// restart: who has taken the place of whom, and who saw both.

import Glibc
import KernelState
import Netlink

extension Judge {
    func judge(_ probe: RestartProbe) throws -> ProbeOutcome {
        let expected = probe.words
        let wanted = try probe.address.map { try IPPrefix(parsing: $0) }
        let current = try restartsSeen(of: probe)
        let earlier = restarts.filter {
            $0.selector == "\(probe.of)" && $0.besides == "\(probe.beside)" && ($0.gone != nil || !$0.process.isAlive)
        }
        let evidence = (earlier.suffix(3) + current.prefix(3)).map(\.evidence)
        guard !current.isEmpty else {
            return outcome(
                false, expected, earlier.isEmpty ? "no such process" : "it has ended, and there is no other", evidence,
                ["absent": "\(probe.of)"])
        }
        guard !earlier.isEmpty else {
            return outcome(
                false, expected, "\(current[0].name) has run since the step began", evidence,
                ["same": "\(current[0].process.pid)"])
        }
        // The best pair decides what is said of the others.
        var reason: (words: String, key: String, value: String)?
        for old in earlier.reversed() {
            for new in current {
                let fault = fault(from: old, to: new, probe, address: wanted)
                guard let fault else {
                    return outcome(true, expected, "\(new.name), after process \(old.process.pid)", evidence)
                }
                reason = reason ?? fault
            }
        }
        return outcome(
            false, expected, reason?.words ?? "", evidence, reason.map { [$0.key: $0.value] } ?? [:])
    }

    /// Why one is no restart of the other; nil: it is.
    private func fault(
        from old: RestartSighting, to new: RestartSighting, _ probe: RestartProbe, address: IPPrefix?
    ) -> (words: String, key: String, value: String)? {
        if let gone = old.gone, let since = restarts.first(where: { $0.process == new.process })?.since, since < gone {
            return ("\(new.name) was there before the other had ended", "same", "\(new.process.pid)")
        }
        guard let before = old.companion, let now = new.companion else {
            return (
                "nobody stood beside \(old.companion == nil ? "the one that has ended" : "the new one")", "alone", ""
            )
        }
        guard before == now else {
            return ("process \(before.pid) stood beside it, and now process \(now.pid) does", "beside", "\(now.pid)")
        }
        if let kind = old.unshared ?? new.unshared {
            return ("they were not in the same \(kind.rawValue) namespace", "kinds", kind.rawValue)
        }
        if let path = probe.keeps, old.kept == nil || old.kept != new.kept {
            return ("\(path) was \(old.kept ?? "not there"), and now is \(new.kept ?? "not there")", "keeps", path)
        }
        if let wait = probe.wait {
            // The last one that has ended beside it, whoever it was: not one long before.
            let ends = restarts.filter { $0.selector == old.selector && $0.companion == before }.compactMap(\.gone)
            let pause = new.pause(after: ends.max())
            if pause < wait { return ("it came after \(pause) ms at most", "wait", "\(pause)") }
        }
        guard let address else { return nil }
        for (sighting, when) in [(old, "before"), (new, "now")] where !sighting.addresses.contains("\(address)") {
            return ("\(when) there is no \(address)", "address", sighting.addresses.joined(separator: " "))
        }
        return nil
    }
}

extension RestartSighting {
    /// When its process was started, in nanoseconds of CLOCK_BOOTTIME; the kernel tells it in hundredths of a second.
    fileprivate var started: UInt64 { process.startTime * 1_000_000_000 / UInt64(sysconf(Int32(_SC_CLK_TCK))) }

    /// Milliseconds for which nobody was there, as far as looks can tell: not more than there were.
    fileprivate func pause(after gone: UInt64?) -> Int {
        guard let gone, started > gone else { return 0 }
        return Int((started - gone) / 1_000_000)
    }

    var evidence: Evidence {
        let place =
            namespaces + (companion.map { ["beside process \($0.pid)"] } ?? [])
            + (kept.map { ["directory \($0)"] } ?? [])
            + ["started \(started / 1_000_000) ms after the machine"]
            + (gone.map { ["seen to be gone after \($0 / 1_000_000) ms"] } ?? [])
        return Evidence(
            source: "/proc/\(process.pid)/ns, \(process.isAlive ? "now" : "before its end")",
            value: terminalSafe("\(name): " + (place + addresses).joined(separator: ", ")))
    }
}
