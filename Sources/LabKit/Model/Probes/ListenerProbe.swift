// listener: who listens at a port of a network namespace?

import StrictYAML

/// A socket that waits for connections or datagrams, and the process that has it open. See sock_diag(7).
package struct ListenerProbe: Sendable, Equatable {
    package enum Transport: String, Sendable, CaseIterable { case tcp, udp }

    package var network: NetworkPlace
    package var transport: Transport
    package var port: Int
    /// What is sent to this address must come to it.
    package var address: String
    package var exists: Bool
    /// A process that must have the socket open.
    package var owner: Selector?
}

extension ListenerProbe.Transport: Keyword {
    package static var placeholder: ListenerProbe.Transport { .tcp }
}

extension ListenerProbe: MappingDecodable {
    package static let shape = Shape(
        name: "listenerProbe", required: ["port"], optional: ["in", "transport", "address", "exists", "owner"])

    package init(fields: Fields) {
        network = fields.optional("in") ?? .node
        transport = fields.optional("transport") ?? .tcp
        port = fields.number("port", in: 1...65_535)
        address = fields.optional("address") ?? "127.0.0.1"
        NetworkText.check(address, .address, "address", of: fields)
        exists = fields.optional("exists") ?? true
        owner = fields.optional("owner")
        if !exists, fields.has("owner") {
            fields.reader.error("'owner' does not go with 'exists: false'", at: fields.place("owner"))
        }
    }
}
