// page: asks for a page from a network namespace, and for the same from another one that must not get it.

import Netlink
import Text

extension Judge {
    func judge(_ probe: PageProbe) throws -> ProbeOutcome {
        let expected = probe.words
        let request = PageRequest(address: try IPAddress(parsing: probe.address), port: probe.port, path: probe.path)
        guard let sight = try network(probe.network) else { return try absent(probe.network, expected) }
        let answer = try request.run(from: sight.namespace)
        var verdict = NetworkVerdict()
        verdict.note("\(probe.request) from \(sight.evidenceName)", answer.words)
        switch answer {
        case .unreachable(let error): verdict.fail("no connection came about: \(error)", "unreachable", "\(error)")
        case .unfinished: verdict.fail("\(answer.words)", "unanswered", "\(probe.port)")
        case .foreign: verdict.fail("\(answer.words)", "foreign", "\(probe.port)")
        case .page(let status, _, _) where status != 200:
            verdict.fail("the server answered \(status)", "status", "\(status)")
        case .page(_, let body, _):
            if !probe.isWanted(body) { verdict.fail("another page: \(PageAnswer.shown(body))", "page", "other") }
        }
        // Where there is no page nothing is hidden, and a server that lets podlab wait does so once.
        guard verdict.holds, let hidden = probe.hiddenFrom else { return verdict.outcome(expected, "it has come") }
        guard let other = try network(hidden) else { return try absent(hidden, expected) }
        let control = try request.run(from: other.namespace)
        verdict.note("\(probe.request) from \(other.evidenceName)", control.words)
        if case .page(200, let body, _) = control, probe.isWanted(body) {
            verdict.fail("\(hidden.words) gets it as well", "seen", hidden.words)
        }
        return verdict.outcome(expected, "it has come, and \(hidden.words) does not get it")
    }
}

extension PageAnswer {
    /// For evidence. What is the server's is neither long nor trusted.
    fileprivate var words: String {
        switch self {
        case .unreachable(let error): "no connection: \(error)"
        case .unfinished(let bytes, let error):
            "no whole answer: \(bytes) bytes, and then \(error.map { "\($0)" } ?? "nothing more")"
        case .foreign(let text): "no answer of HTTP: \(Self.shown(text))"
        case .page(let status, let body, let isCut):
            "\(status), \(isCut ? "more than " : "")\(body.utf8.count) bytes: \(Self.shown(body))"
        }
    }

    fileprivate static func shown(_ text: String) -> String {
        "\u{201C}\(terminalSafe(String(text.prefix(300))))\u{201D}"
    }
}

extension PageProbe {
    /// `GET http://127.0.0.1:80/`
    fileprivate var request: String {
        "GET http://\(address.contains(":") ? "[\(address)]" : address):\(port)\(path)"
    }

    /// For "expected".
    fileprivate var words: String {
        var text = "\(request) from \(network.words) gets a page"
        if let equals { text += " that is \u{201C}\(equals)\u{201D}" }
        if let contains { text += " with \u{201C}\(contains)\u{201D}" }
        if let hiddenFrom { text += ", and from \(hiddenFrom.words) does not" }
        return text
    }

    fileprivate func isWanted(_ body: String) -> Bool {
        let trimmed = body.hasSuffix("\n") ? String(body.dropLast()) : body
        return (equals.map { $0 == trimmed } ?? true) && (contains.map { body.contains($0) } ?? true)
    }
}
