// What can be known about a network step before anything happens.

import Netlink

/// What is known at a point of the plan about its network steps.
struct NetworkCheck {
    var slots = NetworkSlots()
    /// A pid namespace has been unshared and nobody is in it: a visit to another namespace would be its first process.
    var unbornPidNamespace = false

    /// A namespace of that name is made.
    mutating func add(_ name: String) -> String? {
        if let problem = NetworkName.problem(name) ?? visit { return problem }
        _ = slots.add(.named(name))
        return tooMany
    }

    /// The child's own is kept under that name.
    mutating func keep(_ name: String) -> String? {
        if slots.has(.kept(name)) { return "the name \(name) is taken" }
        slots.keep(slots.number(of: .own).number, as: name)
        return tooMany
    }

    mutating func problem(of change: NetworkChange, in place: NetworkPlace) -> String? {
        for place in [place] + change.otherPlaces {
            if let problem = problem(of: place) { return problem }
        }
        return visit ?? change.problem ?? tooMany
    }

    private var tooMany: String? {
        slots.count > NetworkSlots.limit ? "more than \(NetworkSlots.limit) network namespaces" : nil
    }

    private var visit: String? {
        unbornPidNamespace ? "the new pid namespace has no process yet: .enterProcessNamespace goes first" : nil
    }

    private mutating func problem(of place: NetworkPlace) -> String? {
        switch place {
        case .named(let name): if let problem = NetworkName.problem(name) { return problem }
        case .kept(let name): return slots.has(place) ? nil : "no namespace has been kept as \(name)"
        case .file(.opened): return "a namespace to work in needs a path or a descriptor, or .keepNetworkNamespace"
        case .file(.path("")), .file(.inside(_, "")), .file(.inside("", _)): return "an empty path"
        case .file(.mountPoint): return "a place to mount on is no namespace"
        case .own, .file: break
        }
        _ = slots.number(of: place)
        return nil
    }
}

extension NetworkChange {
    fileprivate var problem: String? {
        switch self {
        case .addLink(let link, let settings):
            if settings.newName != nil || settings.contains(.noMaster) || settings.contains(.down) {
                return "a new link has its name and is down without a master"
            }
            guard case .veth(let name, let peer, let place, let peerSettings) = link else { return settings.problem }
            if place == settings.newPlace, name == peer { return "both ends have one name" }
            if peerSettings.contains(where: { !["mtu", "mac"].contains($0.kind) }) {
                return "while a cable is made its other end can get its MTU and its MAC; the rest is for .setLink"
            }
            return settings.problem ?? peerSettings.problem
        case .setLink(_, let settings): return settings.isEmpty ? "nothing is set" : settings.problem
        case .addRoute(let destination, let gateway, let device),
            .deleteRoute(let destination, let gateway, let device):
            if let gateway, gateway.family != destination.family {
                return "destination and gateway are of two families"
            }
            if case .addRoute = self, gateway == nil && device == nil { return "neither gateway nor link is named" }
        case .masquerade(_, let leaving, let table):
            if let name = leaving.name, name.text.contains("\"") {
                return "nft(8) cannot name a link with a quote in its name"
            }
            // NFT_NAME_MAXLEN, and what nft(8) can name without quotes.
            if table.isEmpty || table.utf8.count > 255 || !table.utf8.allSatisfy(Self.isPlain) {
                return "a table's name has letters, digits, - and _"
            }
        case .deleteLink, .addAddress, .deleteAddress, .setForwarding: break
        }
        return nil
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension [LinkSetting] {
    fileprivate var problem: String? {
        let kinds = map(\.kind)
        if Set(kinds).count != kinds.count { return "one setting is given twice" }
        if newPlace != nil, kinds.contains("master") { return "a link's master is in its own namespace: move it first" }
        return nil
    }
}

extension LinkSetting {
    fileprivate var kind: String {
        switch self {
        case .up, .down: "flags"
        case .mtu: "mtu"
        case .mac: "mac"
        case .master, .noMaster: "master"
        case .name: "name"
        case .namespace: "namespace"
        }
    }
}
