// What a command must come to, and what it came to.

import Isolation
import KernelState
import Playgrounds
import StrictYAML
import SystemPackage
import Text

/// What a command must have come to. All that is given must hold.
package struct CommandExpectation: Sendable, Equatable {
    package var status: Int?
    /// Ended by this signal, by name without SIG.
    package var signal: String?
    package var stdout: TextExpectation?
    package var stderr: TextExpectation?
}

/// What a text must be.
package struct TextExpectation: Sendable, Equatable {
    package var equals: String?
    package var contains: String?
    /// A regular expression (Swift's `Regex` syntax) that must be found in it.
    package var matches: String?
}

extension TextExpectation: MappingDecodable {
    package static let shape = Shape(
        "textExpectation", "What a text must be.",
        [
            .optional("equals", .text),
            .optional("contains", .text),
            .optional("matches", .text, "A regular expression that must be found in it."),
        ], rules: [.notEmpty])

    package init(fields: Fields) {
        equals = fields.optional("equals")
        contains = fields.optional("contains")
        matches = fields.optional("matches")
        fields.needsOne(of: Self.shape.keys)
        if let matches {
            do { _ = try Regex(matches) } catch {
                fields.reader.error("not a regular expression: \(error)", at: fields.place("matches"))
            }
        }
    }
}

extension CommandExpectation: MappingDecodable {
    package static let shape = Shape(
        "commandExpectation", "What a command must have come to.",
        [
            .optional("status", .integer(0...255)),
            .optional("signal", .word("signalName")),
            .optional("stdout", .mapping("textExpectation")),
            .optional("stderr", .mapping("textExpectation")),
        ], rules: [.notEmpty])

    package init(fields: Fields) {
        status = fields.optionalNumber("status")
        signal = fields.optional("signal", as: SignalName.self)?.rawValue
        stdout = fields.optional("stdout")
        stderr = fields.optional("stderr")
        fields.needsOne(of: Self.shape.keys)
        if status != nil, signal != nil {
            fields.reader.error("'signal' does not go with 'status'", at: fields.place("signal"))
        }
    }
}

extension Judge {
    /// Runs a command in a place, and holds what it comes to against what is expected.
    func run(
        _ command: [String], in place: Place, expecting expectation: CommandExpectation, seconds: Int,
        cgroup: Int32? = nil
    ) throws -> ProbeOutcome {
        let shown = command.joined(separator: " ")
        guard let process = try process(at: place) else {
            return try nobody(at: place, "\(shown): \(expectation.words)")
        }
        let output = try Visit(to: process).run(command, seconds: seconds, cgroup: cgroup)
        let evidence = Evidence(
            source: shown,
            value: terminalSafe("\(output.status): \(output.text.prefix(300))\(output.errorText.prefix(300))"))
        let mismatch = expectation.mismatch(with: output)
        return ProbeOutcome(
            status: mismatch == nil ? .pass : .fail, expected: "\(shown): \(expectation.words)",
            actual: mismatch ?? "\(output.status)", evidence: [evidence])
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
