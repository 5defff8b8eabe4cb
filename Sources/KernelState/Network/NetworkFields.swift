// Which parts of a network namespace to read.

/// Each part is one or two questions to the kernel.
package struct NetworkFields: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package static let links = NetworkFields(rawValue: 1)
    /// The counters of links; together with `links`, which without them are equal as long as nothing changes.
    package static let statistics = NetworkFields(rawValue: 2)
    package static let addresses = NetworkFields(rawValue: 4)
    package static let routes = NetworkFields(rawValue: 8)
    package static let neighbours = NetworkFields(rawValue: 16)
    /// What bridges have learnt.
    package static let forwardingEntries = NetworkFields(rawValue: 32)
    package static let listeners = NetworkFields(rawValue: 64)
    /// Whether packets are passed on from link to link.
    package static let forwarding = NetworkFields(rawValue: 128)
    package static let all = NetworkFields(rawValue: 255)
}
