// What network steps do: links, addresses, routes, forwarding, source NAT.

import Netlink

/// One change of one network namespace. See rtnetlink(7), ip-link(8), ip-address(8), ip-route(8), nft(8).
package enum NetworkChange: Sendable, Equatable {
    /// EEXIST when there is a link of that name. With `.namespace` it appears there at once.
    case addLink(NewLink, [LinkSetting] = [])
    /// All settings in one message: the kernel makes all or tells which it refuses.
    case setLink(LinkName, [LinkSetting])
    /// The other end of a veth pair goes too.
    case deleteLink(LinkName)
    /// The address with the length of its subnet's prefix.
    case addAddress(IPPrefix, to: LinkName)
    case deleteAddress(IPPrefix, from: LinkName)
    /// `.all4` and `.all6` are the default routes. A gateway must be reachable already, by a link that is up.
    case addRoute(to: IPPrefix, via: IPAddress? = nil, device: LinkName? = nil)
    case deleteRoute(to: IPPrefix, via: IPAddress? = nil, device: LinkName? = nil)
    /// Whether packets that came in by one link may go out by another: `net.ipv4.ip_forward`,
    /// `net.ipv6.conf.all.forwarding`. Needs a `/proc` at its place.
    case setForwarding(IPAddress.Family, Bool)
    /// Source NAT in nf_tables: packets from a subnet get the address of the link by which they leave. Table and chain
    /// (`postrouting`) are made if they are not there; everything in one transaction.
    case masquerade(from: IPPrefix, leavingBy: LeavingLink = .any, table: String = "podlab")
}

/// A link to be made.
package enum NewLink: Sendable, Equatable {
    /// A virtual cable. The second end appears in another namespace, or (nil) where the step happens; `peerSettings` are MTU
    /// and MAC of that end. It goes up by `.setLink`: while it is made the kernel refuses that (ENOTCONN).
    case veth(LinkName, peer: LinkName, in: NetworkPlace? = nil, peerSettings: [LinkSetting] = [])
    /// A switch whose ports are the links that have it as their master.
    case bridge(LinkName)
    /// A link that carries nothing anywhere.
    case dummy(LinkName)

    package var name: LinkName {
        switch self {
        case .veth(let name, _, _, _), .bridge(let name), .dummy(let name): name
        }
    }
}

/// An attribute of a link.
package enum LinkSetting: Sendable, Equatable, Hashable {
    case up, down
    /// Bytes.
    case mtu(UInt32)
    case mac(MACAddress)
    /// The bridge that the link becomes a port of.
    case master(LinkName)
    case noMaster
    case name(LinkName)
    /// The namespace that the link moves to.
    case namespace(NetworkPlace)
}

/// By which link a packet must leave for a NAT rule to mean it.
package enum LeavingLink: Sendable, Equatable {
    case any
    case link(LinkName)
    case anyBut(LinkName)

    var name: LinkName? {
        switch self {
        case .any: nil
        case .link(let name), .anyBut(let name): name
        }
    }
}

extension NetworkChange {
    /// The namespaces that the change names besides the one that it happens in.
    var otherPlaces: [NetworkPlace] {
        switch self {
        case .addLink(let link, let settings):
            if case .veth(_, _, let place?, _) = link { [place] + settings.places } else { settings.places }
        case .setLink(_, let settings): settings.places
        case .deleteLink, .addAddress, .deleteAddress, .addRoute, .deleteRoute, .setForwarding, .masquerade: []
        }
    }
}

extension [LinkSetting] {
    fileprivate var places: [NetworkPlace] {
        compactMap { if case .namespace(let place) = $0 { place } else { nil } }
    }

    /// The name that a link has afterwards; nil: the one that it had.
    var newName: LinkName? {
        for case .name(let name) in self { return name }
        return nil
    }

    /// The namespace that a link is in afterwards; nil: the one that it was in.
    var newPlace: NetworkPlace? { places.first }
}
