// reach: does a packet that is sent here arrive there, and from whom does it seem to come?

import StrictYAML

/// Packets that podlab really sends, from a socket in one network namespace to a socket in another, with an answer back.
package struct ReachProbe: Sendable, Equatable {
    package enum Transport: String, Sendable, CaseIterable {
        /// A datagram there and one back. See udp(7).
        case udp
        /// A connection, and a byte each way. See tcp(7).
        case tcp
        /// An echo request, which the kernel there answers. See icmp(7).
        case icmp
    }

    /// How long, in milliseconds, and how often it is tried meanwhile.
    package static let patience = 50...10_000
    package static let defaultPatience = 250

    package var from: NetworkPlace
    package var to: NetworkPlace
    /// Where the packets are sent: an address of `to`, or one that leads there.
    package var address: String
    package var transport: Transport
    /// The address that the receiver must see as the sender's.
    package var seenAs: String?
    /// Links whose packet counters, received and sent, must rise meanwhile.
    package var counted: [LinkPlace]
    /// Milliseconds, for all tries together.
    package var patience: Int
}

extension ReachProbe.Transport: Keyword {
    package static var placeholder: ReachProbe.Transport { .udp }
}

extension ReachProbe: MappingDecodable {
    package static let shape = Shape(
        name: "reachProbe", required: ["from", "to", "address"],
        optional: ["transport", "seenAs", "counted", "patience"])

    package init(fields: Fields) {
        from = fields.required("from")
        to = fields.required("to")
        address = fields.required("address")
        NetworkText.check(address, .address, "address", of: fields)
        transport = fields.optional("transport") ?? .udp
        seenAs = fields.optional("seenAs")
        if let seenAs { NetworkText.check(seenAs, .address, "seenAs", of: fields) }
        counted = fields.optional("counted") ?? []
        patience = fields.number("patience", in: Self.patience, default: Self.defaultPatience)
    }
}
