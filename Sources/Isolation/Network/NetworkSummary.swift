// How a network step names itself in an error.

import Netlink

extension NetworkChange {
    /// The operation with its object: `add address 10.0.0.1/24 to eth0`.
    var summary: String {
        switch self {
        case .addLink(let link, let settings):
            "add link \(link.name) (\(([link.summary] + settings.map(\.summary)).joined(separator: ", ")))"
        case .setLink(let name, let settings): "set link \(name) \(settings.map(\.summary).joined(separator: ", "))"
        case .deleteLink(let name): "delete link \(name)"
        case .addAddress(let address, let link): "add address \(address) to \(link)"
        case .deleteAddress(let address, let link): "delete address \(address) from \(link)"
        case .addRoute(let destination, let gateway, let device):
            "add route " + Self.route(destination, gateway, device)
        case .deleteRoute(let destination, let gateway, let device):
            "delete route " + Self.route(destination, gateway, device)
        case .setForwarding(let family, let on): "turn \(on ? "on" : "off") \(family.name) forwarding"
        case .masquerade(let source, let leaving, _): "masquerade \(source)\(leaving.summary)"
        }
    }

    private static func route(_ destination: IPPrefix, _ gateway: IPAddress?, _ device: LinkName?) -> String {
        destination.orDefault + (gateway.map { " via \($0)" } ?? "") + (device.map { " by \($0)" } ?? "")
    }
}

extension NewLink {
    fileprivate var summary: String {
        switch self {
        case .veth(_, let peer, let place, let settings):
            (["veth, peer \(peer)\(place?.suffix ?? "")"] + settings.map(\.summary)).joined(separator: " ")
        case .bridge: "bridge"
        case .dummy: "dummy"
        }
    }
}

extension LinkSetting {
    fileprivate var summary: String {
        switch self {
        case .up: "up"
        case .down: "down"
        case .mtu(let bytes): "MTU \(bytes)"
        case .mac(let address): "address \(address)"
        case .master(let name): "master \(name)"
        case .noMaster: "no master"
        case .name(let name): "name \(name)"
        case .namespace(let place): "namespace \(place)"
        }
    }
}

extension LeavingLink {
    fileprivate var summary: String {
        switch self {
        case .any: ""
        case .link(let name): " leaving by \(name)"
        case .anyBut(let name): " leaving by any link but \(name)"
        }
    }
}

extension IPAddress.Family {
    var name: String { self == .v4 ? "IPv4" : "IPv6" }

    /// Where the kernel keeps whether it forwards, below `/proc/sys`.
    var forwardingSetting: String { self == .v4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding" }
}

extension IPPrefix {
    /// As ip-route(8) writes a destination.
    var orDefault: String { length == 0 ? "default" : description }
}
