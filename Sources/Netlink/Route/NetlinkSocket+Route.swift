// What rtnetlink is asked most often.

import Glibc
import SystemPackage

extension NetlinkSocket {
    /// A request of rtnetlink, named in errors by its type.
    @discardableResult
    package mutating func request(_ message: MessageWriter, object: String) throws(NetlinkError) -> [NetlinkMessage] {
        try request(message, operation: RTM.name(of: message.type), object: object)
    }

    /// - Parameter statistics: without them two readings of an unchanged link are equal.
    package mutating func links(statistics: Bool = true) throws(NetlinkError) -> [Link] {
        try all(LinkRequest.list(), "all links") { Link($0, statistics: statistics) }
    }

    /// Nil when there is none.
    package mutating func link(_ name: LinkName) throws(NetlinkError) -> Link? {
        try one(LinkRequest.get(name), name.text)
    }

    /// Nil when there is none, or none any more.
    package mutating func link(index: Int32) throws(NetlinkError) -> Link? {
        try one(LinkRequest.get(index: index), "link \(index)")
    }

    package mutating func addresses(_ family: IPAddress.Family? = nil) throws(NetlinkError) -> [InterfaceAddress] {
        try all(AddressRequest.list(family), "all addresses", InterfaceAddress.init)
    }

    /// Of every table.
    package mutating func routes(_ family: IPAddress.Family? = nil) throws(NetlinkError) -> [Route] {
        try all(RouteRequest.list(family), "all routes", Route.init)
    }

    package mutating func neighbours(_ family: IPAddress.Family? = nil) throws(NetlinkError) -> [Neighbour] {
        try all(NeighbourRequest.list(family), "all neighbours", Neighbour.init)
    }

    package mutating func forwardingEntries() throws(NetlinkError) -> [ForwardingEntry] {
        try all(NeighbourRequest.forwardingEntries(), "all forwarding entries", ForwardingEntry.init)
    }

    /// The number that this socket's namespace has for another, which is given by descriptor; nil when it has none.
    package mutating func namespaceID(ofDescriptor descriptor: Int32) throws(NetlinkError) -> Int32? {
        try request(NamespaceIDRequest.get(descriptor: descriptor), object: "descriptor \(descriptor)")
            .lazy.compactMap(NamespaceIDRequest.id).first
    }

    private mutating func all<Element>(
        _ message: MessageWriter, _ object: String, _ element: (NetlinkMessage) -> Element?
    ) throws(NetlinkError) -> [Element] {
        try dump(message, operation: RTM.name(of: message.type), object: object, element)
    }

    private mutating func one(_ message: MessageWriter, _ object: String) throws(NetlinkError) -> Link? {
        do throws(NetlinkError) {
            return try request(message, object: object).lazy.compactMap { Link($0) }.first
        } catch {
            if error.errno.rawValue == ENODEV { return nil }
            throw error
        }
    }
}
