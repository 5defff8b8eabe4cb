// page: which page does a web server give to whoever asks for it from here?

import Netlink
import StrictYAML
import Text

/// A page that podlab itself asks for by HTTP/1.0, from a socket in a network namespace. No program of the place is run. See RFC 1945.
package struct PageProbe: Sendable, Equatable {
    package var network: NetworkPlace
    /// Where the server listens: an address of that network namespace, or one that leads out of it.
    package var address: String
    package var port: Int
    /// What is asked for, from the first slash on.
    package var path: String
    /// The page has this text in it.
    package var contains: String?
    /// The page is this text; a newline at its end does not count.
    package var equals: String?
    /// From here the same request must not get such a page.
    package var hiddenFrom: NetworkPlace?
}

extension PageProbe: MappingDecodable {
    package static let shape = Shape(
        "pageProbe", "Which page does a web server give to whoever asks for it from here?",
        [
            .required("address", .text, "Where the server listens, as seen from there."),
            .optional(
                "in", .networkPlace,
                "From where podlab asks: `node`, the one process that a selector picks, or a network namespace by name."
            ),
            .optional("port", .integer(1...65_535), default: 80),
            .optional("path", .text, "What is asked for, from the first slash on; default `/`."),
            .optional("contains", .text, "The page has this text in it."),
            .optional("equals", .text, "The page is this text; a newline at its end does not count."),
            .optional("hiddenFrom", .networkPlace, "From here the same request must not get such a page."),
        ], rules: [.atLeastOne(["contains", "equals"])])

    package init(fields: Fields) {
        network = fields.optional("in") ?? .node
        address = fields.required("address")
        NetworkText.check(address, .address, "address", of: fields)
        port = fields.number("port")
        path = fields.optional("path") ?? "/"
        contains = fields.optional("contains")
        equals = fields.optional("equals")
        hiddenFrom = fields.optional("hiddenFrom")
        if !path.hasPrefix("/") || !path.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) {
            fields.reader.error(
                "'\(path)' is no path of a page: it begins with / and has visible ASCII characters only",
                at: fields.place("path"))
        }
        fields.needsOne(of: ["contains", "equals"])
    }
}

extension PageProbe: Probe {
    package static let key = "page"
    package static let asks = "which page does a web server give to whoever asks from here?"
    package static let reads = "HTTP/1.0, asked for by podlab"
    package static let onlyReads = false

    package var refers: References { References(networks: [network] + [hiddenFrom].compactMap { $0 }) }

    package func judge(_ look: Judge) throws -> ProbeOutcome {
        let expected = words
        let request = PageRequest(address: try IPAddress(parsing: address), port: port, path: path)
        guard let sight = try look.network(network) else { return try look.absent(network, expected) }
        let answer = try request.run(from: sight.namespace)
        var verdict = NetworkVerdict()
        verdict.note("\(self.request) from \(sight.evidenceName)", answer.words)
        switch answer {
        case .unreachable(let error): verdict.fail("no connection came about: \(error)", "unreachable", "\(error)")
        case .unfinished: verdict.fail("\(answer.words)", "unanswered", "\(port)")
        case .foreign: verdict.fail("\(answer.words)", "foreign", "\(port)")
        case .page(let status, _, _) where status != 200:
            verdict.fail("the server answered \(status)", "status", "\(status)")
        case .page(_, let body, _):
            if !isWanted(body) { verdict.fail("another page: \(PageAnswer.shown(body))", "page", "other") }
        }
        // Where there is no page nothing is hidden, and a server that lets podlab wait does so once.
        guard verdict.holds, let hidden = hiddenFrom else { return verdict.outcome(expected, "it has come") }
        guard let other = try look.network(hidden) else { return try look.absent(hidden, expected) }
        let control = try request.run(from: other.namespace)
        verdict.note("\(self.request) from \(other.evidenceName)", control.words)
        if case .page(200, let body, _) = control, isWanted(body) {
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
