// restart: has a process ended and another taken its place, in the same namespaces? Seen over time, so an edge.

import StrictYAML

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
        name: "restartProbe", required: ["of"],
        optional: [
            "beside", "kinds", "loop", "address", "keeps", "port", "hostName", "newHostName", "renewed", "wait",
        ])

    package init(fields: Fields) {
        of = fields.required("of")
        beside = fields.optional("beside")
        kinds = fields.has("kinds") ? fields.nonEmpty("kinds") : []
        loop = fields.optional("loop") ?? false
        address = fields.optional("address")
        if let address { NetworkText.check(address, .prefix, "address", of: fields) }
        keeps = fields.optional("keeps")
        port = fields.has("port") ? fields.number("port", in: 1...65_535) : nil
        hostName = fields.optional("hostName")
        newHostName = fields.optional("newHostName") ?? false
        renewed = fields.optional("renewed")
        wait = fields.has("wait") ? fields.number("wait", in: 1...60_000) : nil
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
