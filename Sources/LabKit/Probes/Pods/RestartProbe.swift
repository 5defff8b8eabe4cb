// restart: has a process ended and another taken its place, in the same namespaces? Seen over time, so an edge.

import Glibc
import KernelState
import Linux
import Netlink
import Playgrounds
import StrictYAML
import Text

/// Compares two processes that are never there at the same time. The inode of a namespace that is gone may be given to a new one, so
/// what proves that a namespace is the same one is a third process, which was a member of it all the while.
package struct RestartProbe: Sendable, Equatable {
    /// Who is restarted.
    package var of: Selector
    /// Who stays.
    package var beside: Selector?
    /// The namespaces that both have shared with the one that stayed.
    package var kinds: [NamespaceKind]
    /// One process has borne both, and it is no shell that somebody types into.
    package var loop = false
    /// An address with the length of its prefix, which their network namespace had before and has now.
    package var address: String?
    /// A directory that both have at this path, the same one by device and inode: a volume of the pod, for instance.
    package var keeps: String?
    /// A TCP port at which both have listened.
    package var port: Int?
    /// The host name of both: a pod's is its name.
    package var hostName: String?
    /// The new one has another host name, and nobody has that of the one that has ended any more: another pod in the place of one.
    package var newHostName = false
    /// Each was in the network namespace of one of these, the new one in that of another.
    package var renewed: Selector?
    /// Milliseconds that lie at least between the end of the one and the start of the other.
    package var wait: Int?
}

extension RestartProbe: MappingDecodable {
    package static let shape = Shape(
        "restartProbe", "Has a process ended and another taken its place? Seen over time: an edge.",
        [
            .required("of", .mapping("selector"), "Who is restarted."),
            .optional("beside", .mapping("selector"), "Who stays."),
            .optional(
                "kinds", .filledList(.word("namespaceKind")),
                "The namespaces that both have shared with the one that stayed."),
            .optional(
                "loop", .truth, default: false,
                "One process has borne both, and it is no shell that somebody types into."),
            .optional(
                "address", .text,
                "An address with the length of its prefix, which their network namespace had before and has now."),
            .optional("keeps", .text, "A path at which both have the same directory, by device and inode."),
            .optional("port", .integer(1...65_535), "A TCP port at which both have listened."),
            .optional("hostName", .text, "The host name of both: a pod's is its name."),
            .optional(
                "newHostName", .truth, default: false,
                "The new one has another host name, and nobody has the old one any more."),
            .optional(
                "renewed", .mapping("selector"),
                "Each was in the network namespace of one of these, the new one in that of another."),
            .optional(
                "wait", .integer(1...60_000),
                "Milliseconds that lie at least between the end of the one and the start of the other."),
        ], rules: [.together(["beside", "kinds"])])

    package init(fields: Fields) {
        of = fields.required("of")
        beside = fields.optional("beside")
        kinds = fields.has("kinds") ? fields.nonEmpty("kinds") : []
        loop = fields.truth("loop")
        address = fields.optional("address")
        if let address { NetworkText.check(address, .prefix, "address", of: fields) }
        keeps = fields.optional("keeps")
        port = fields.optionalNumber("port")
        hostName = fields.optional("hostName")
        newHostName = fields.truth("newHostName")
        renewed = fields.optional("renewed")
        wait = fields.optionalNumber("wait")
        if fields.has("beside") != fields.has("kinds") {
            fields.reader.error(
                "'beside' and 'kinds' go together", at: fields.place(fields.has("beside") ? "beside" : "kinds"))
        }
        if beside == nil, !loop {
            fields.reader.error(
                "needs 'beside' (who stays) or 'loop: true' (one who has borne both)", at: fields.place("of"))
        }
        if hostName != nil, newHostName {
            fields.reader.error("'newHostName' does not go with 'hostName'", at: fields.place("newHostName"))
        }
    }
}

extension RestartProbe {
    /// What must be looked at, in words: probes that look at the same have the same.
    var key: String {
        var parts = ["\(of)", beside.map { "\($0)" } ?? "", kinds.map(\.rawValue).joined(separator: " ")]
        if loop { parts.append("loop") }
        if asksForHostName { parts.append("host name") }
        parts += [address, keeps, port.map { "\($0)" }, renewed.map { "\($0)" }].compactMap { $0 }
        return parts.joined(separator: "; ")
    }

    var asksForHostName: Bool { hostName != nil || newHostName }

    /// Words for "expected".
    var words: String {
        var words = "a \(of) in the place of one that has ended"
        if let beside { words += ", both beside the same \(beside)" }
        if loop { words += ", both started by the same process, which is no shell at a terminal" }
        if let address { words += ", with the address \(address)" }
        if let keeps { words += ", with one and the same \(keeps)" }
        if let port { words += ", both listening at port \(port)" }
        if let hostName { words += ", both with the host name \(hostName)" }
        if newHostName { words += ", with another host name" }
        if let renewed { words += ", beside another \(renewed) than before" }
        if let wait { words += ", started at least \(wait) ms after that end" }
        return words
    }
}

extension RestartProbe: Probe {
    package static let key = "restart"
    package static let asks = "has a process ended and another taken its place, beside one that stayed?"
    package static let reads = "`/proc/PID/ns`, from look to look"
    package static let onlyReads = true

    package var memory: Memory { Memory(restarts: [self]) }

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let wanted = try address.map { try IPPrefix(parsing: $0) }
        if !look.isInformedOfRestarts { lookNow(look) }
        var outcome = try verdict(look, address: wanted)
        // A server listens a moment after it was started, and there is no event for that.
        let deadline = ContinuousClock.now + .milliseconds(500)
        while outcome.observed["port"] == "not yet", ContinuousClock.now < deadline {
            poll(nil, 0, 5)
            lookNow(look)
            outcome = try verdict(look, address: wanted)
        }
        return outcome
    }

    private func lookNow(_ look: Judge) {
        look.restarts = look.lookForRestarts(of: [self], before: look.restarts)
    }

    private func verdict(_ look: Judge, address: IPPrefix?) throws -> ProbeOutcome {
        let expected = self.words
        let key = self.key
        let seen = look.restarts.filter { $0.key == key }.sorted { $0.process.startTime < $1.process.startTime }
        let current = seen.filter { $0.gone == nil }
        let ended = seen.filter { $0.gone != nil }
        let evidence = (ended.suffix(3) + current.prefix(3)).map(\.evidence)
        // The best pair decides what is said of the others. The new one may have ended since: then it was there all the same.
        var reason: Fault?
        for new in seen.reversed() {
            for old in ended.reversed()
            where old.process != new.process && old.process.startTime <= new.process.startTime {
                guard let fault = fault(from: old, to: new, of: seen, address: address) else {
                    return outcome(true, expected, "\(new.name), after process \(old.process.pid)", evidence)
                }
                if new.gone == nil { reason = reason ?? fault }
            }
        }
        guard let running = current.first else {
            // Somebody may be there who is nearly the one.
            let missing = try look.shortfall(of: of)
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
        from old: RestartSighting, to new: RestartSighting, of all: [RestartSighting],
        address: IPPrefix?
    ) -> Fault? {
        if let gone = old.gone, new.since < gone {
            return ("\(new.name) was there before \(old.name) had ended", "before", "\(new.process.pid)")
        }
        if beside != nil, let fault = companionFault(from: old, to: new) { return fault }
        if loop, let fault = bearerFault(from: old, to: new) { return fault }
        if let wanted = hostName, let other = [old, new].first(where: { $0.hostName != .some(wanted) }) {
            let has = terminalSafe(other.hostName ?? "")
            return ("\(other.name) has the host name \u{201C}\(has)\u{201D}", "name", has)
        }
        if newHostName {
            let again = all.first {
                $0.process != old.process && $0.hostName == old.hostName
                    && $0.process.startTime >= old.process.startTime
            }
            if let again {
                let has = terminalSafe(again.hostName ?? "")
                return ("\(again.name) has the host name of the one that has ended", "name", has)
            }
        }
        if let path = keeps, old.kept == nil || old.kept != new.kept {
            return ("\(path) was \(old.kept ?? "not there"), and now is \(new.kept ?? "not there")", "keeps", path)
        }
        if let renewed {
            if let still = new.holders.first(where: old.holders.contains) {
                return ("process \(still.pid), \(renewed), is the same as before", "renewed", "\(still.pid)")
            }
            if old.holders.isEmpty || new.holders.isEmpty {
                return ("\(old.holders.isEmpty ? "it had" : "the new one has") no \(renewed)", "renewed", "")
            }
        }
        if let port, let other = [old, new].first(where: { !$0.listens }) {
            return ("\(other.name) does not listen at port \(port)", "port", other.isYoung ? "not yet" : "\(port)")
        }
        if let wait {
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
