// restart: has a process ended and another taken its place, in the same namespaces? Seen over time, so an edge.

/// Compares two processes that are never there at the same time. The inode of a namespace that is gone may be given to a new one, so
/// what proves that a namespace is the same one is a third process, which was a member of it all the while.
package struct RestartProbe: Sendable, Equatable {
    /// Who is restarted.
    package var of: Selector
    /// Who stays.
    package var beside: Selector
    /// The namespaces that both have shared with the one that stayed.
    package var kinds: [NamespaceKind]
    /// An address with the length of its prefix, which their network namespace had before and has now.
    package var address: String?
    /// A directory that both have at this path, the same one by device and inode: a volume of the pod, for instance.
    package var keeps: String?
    /// Milliseconds that lie at least between the end of the one and the start of the other.
    package var wait: Int?
}

extension RestartProbe: Substitutable {
    mutating func eachString(_ change: (inout String) -> Void) {
        of.eachString(change)
        beside.eachString(change)
        address.eachString(change)
        keeps.eachString(change)
    }
}

extension RestartProbe: MappingDecodable {
    package static let shape = Shape(
        name: "restartProbe", required: ["of", "beside", "kinds"], optional: ["address", "keeps", "wait"])

    package init(fields: Fields) {
        of = fields.required("of")
        beside = fields.required("beside")
        kinds = fields.nonEmpty("kinds")
        address = fields.optional("address")
        if let address { NetworkText.check(address, .prefix, "address", of: fields) }
        keeps = fields.optional("keeps")
        wait = fields.has("wait") ? fields.number("wait", in: 1...60_000) : nil
    }
}

extension RestartProbe {
    /// Words for "expected".
    var words: String {
        "a \(of) in the place of one that has ended, both beside the same \(beside)"
            + (address.map { " with the address \($0)" } ?? "") + (keeps.map { ", with one and the same \($0)" } ?? "")
            + (wait.map { ", started at least \($0) ms after that end" } ?? "")
    }
}
