// experiment and command: run something inside and look at what it came to, where needed with a control.

import Isolation
import KernelState
import SystemPackage
import Text

extension Judge {
    func judge(_ probe: CommandProbe) throws -> ProbeOutcome {
        try run(probe.run, in: probe.place, expecting: probe.expect, seconds: probe.timeout)
    }

    /// The trial and the control must both come to what is expected of them; a control that does not makes the experiment an
    /// *error*, because it has shown nothing.
    func judge(_ probe: ExperimentProbe) throws -> ProbeOutcome {
        let trial =
            if let cgroup = probe.cgroup {
                try run(probe.trial, in: cgroup, seconds: probe.timeout)
            } else {
                try run(
                    probe.trial.run, in: probe.trial.place, expecting: probe.trial.expect, seconds: probe.timeout)
            }
        guard let control = probe.control, trial.status != .error, trial.status != .skip else { return trial }
        var result = trial
        let counter = try run(control.run, in: control.place, expecting: control.expect, seconds: probe.timeout)
        result.evidence += counter.evidence.map { Evidence(source: "control: \($0.source)", value: $0.value) }
        if counter.status != .pass {
            result.status = .error
            result.reason = "the control came to something else: \(counter.actual ?? counter.reason ?? "nothing")"
        }
        return result
    }

    func run(
        _ command: [String], in place: Place, expecting expectation: CommandExpectation, seconds: Int,
        cgroup: Int32? = nil
    ) throws -> ProbeOutcome {
        let shown = command.joined(separator: " ")
        let process: ProcessID
        switch place {
        case .node: process = node.initProcess.pid
        case .process(let selector):
            guard let found = try one(selector) else {
                return try nobody(fitting: selector, "\(shown): \(expectation.words)")
            }
            process = found.pid
        }
        let output = try Visit(to: process).run(command, seconds: seconds, cgroup: cgroup)
        let evidence = Evidence(
            source: shown,
            value: terminalSafe("\(output.status): \(output.text.prefix(300))\(output.errorText.prefix(300))"))
        let mismatch = expectation.mismatch(with: output)
        return outcome(mismatch == nil, "\(shown): \(expectation.words)", mismatch ?? "\(output.status)", [evidence])
    }
}

extension CommandExpectation {
    var words: String {
        var words: [String] = []
        if let status { words.append("exits with \(status)") }
        if let signal { words.append("ended by SIG\(signal)") }
        for (name, text) in [("prints", stdout), ("says on standard error", stderr)] {
            if let text { words.append("\(name) \(text.words)") }
        }
        return words.isEmpty ? "runs" : words.joined(separator: ", ")
    }

    /// What is not as expected, if anything.
    func mismatch(with output: Output) -> String? {
        switch output.status {
        case .exited(let code):
            if let signal { return "exited with \(code), not ended by SIG\(signal)" }
            if let status, status != Int(code) { return "exited with \(code)" }
        case .signaled(let number):
            let name = SignalName.of(number)
            if let status { return "ended by SIG\(name), not exited with \(status)" }
            if let signal, signal != name { return "ended by SIG\(name)" }
        }
        if let stdout, let wrong = stdout.mismatch(with: output.text) { return "printed \(wrong)" }
        if let stderr, let wrong = stderr.mismatch(with: output.errorText) { return "said \(wrong)" }
        return nil
    }
}

extension TextExpectation {
    var words: String {
        if let equals { return "\u{201C}\(equals)\u{201D}" }
        if let contains { return "something with \u{201C}\(contains)\u{201D}" }
        return matches.map { "something that matches \($0)" } ?? "anything"
    }

    func mismatch(with text: String) -> String? {
        let shown = "\u{201C}\(terminalSafe(String(text.prefix(300))))\u{201D}"
        let trimmed = text.hasSuffix("\n") ? String(text.dropLast()) : text
        if let equals, trimmed != equals { return shown }
        if let contains, !text.contains(contains) { return shown }
        if let matches {
            guard let pattern = try? Regex(matches) else { return "nothing that could be compared: bad pattern" }
            if text.firstMatch(of: pattern) == nil { return shown }
        }
        return nil
    }
}
