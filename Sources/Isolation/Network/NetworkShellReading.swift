// Network steps as what a person would type: ip(8), sysctl(8), nft(8).

import Netlink

struct NetworkShellReading {
    /// Descriptors of the shell, by the names of kept namespaces: 9, 8 …
    private var kept: [String: Int] = [:]

    /// The number of the descriptor that keeps the namespace which the shell is in.
    mutating func keep(_ name: String) -> Int {
        let number = 9 - kept.count
        kept[name] = number
        return number
    }

    private func word(_ link: LinkName) -> String { shellWord(link.text) }

    // MARK: Places

    /// The namespace as an argument of ip(8), ready for the shell.
    private func argument(_ place: NetworkPlace) -> String {
        switch place {
        case .own: "/proc/$$/ns/net"
        case .named(let name): shellWord(name)
        case .kept(let name): "/proc/self/fd/\(kept[name] ?? 9)"
        case .file(let place): shellWord(place.description)
        }
    }

    /// The beginning of a command of ip(8) that works there.
    private func ip(_ place: NetworkPlace) -> String {
        switch place {
        case .own: "ip "
        case .named: "ip -n \(argument(place)) "
        case .kept, .file: "nsenter --net=\(argument(place)) ip "
        }
    }

    /// The beginning of any other command that works there.
    private func there(_ place: NetworkPlace) -> String {
        switch place {
        case .own: ""
        case .named: "ip netns exec \(argument(place)) "
        case .kept, .file: "nsenter --net=\(argument(place)) "
        }
    }

    // MARK: Changes

    func commands(of change: NetworkChange, in place: NetworkPlace) -> [String] {
        switch change {
        case .addLink(let link, let settings):
            return [
                ip(place) + "link add name " + ([word(link.name)] + words(settings) + kind(link)).joined(separator: " ")
            ]
        case .setLink(let name, let settings):
            return [ip(place) + (["link set dev", word(name)] + words(settings)).joined(separator: " ")]
        case .deleteLink(let name): return [ip(place) + "link delete dev \(word(name))"]
        case .addAddress(let address, let link): return [ip(place) + "address add \(address) dev \(word(link))"]
        case .deleteAddress(let address, let link): return [ip(place) + "address delete \(address) dev \(word(link))"]
        case .addRoute(let destination, let gateway, let device):
            return [ip(place) + route("add", destination, gateway, device)]
        case .deleteRoute(let destination, let gateway, let device):
            return [ip(place) + route("delete", destination, gateway, device)]
        case .setForwarding(let family, let on):
            let name = String(family.forwardingSetting.map { $0 == "/" ? "." : $0 })
            return [there(place) + "sysctl -qw \(name)=\(on ? 1 : 0)"]
        case .masquerade(let source, let leaving, let table):
            let family = source.family == .v4 ? "ip" : "ip6"
            let chain = "\(family) \(table) postrouting"
            let rule = "\(family) saddr \(source.network)\(leaving.nft) counter masquerade"
            return [
                "add table \(family) \(table)",
                "add chain \(chain) { type nat hook postrouting priority 100 ; policy accept ; }",
                "add rule \(chain) \(rule)",
            ].map { there(place) + "nft " + shellWord($0) }
        }
    }

    private func kind(_ link: NewLink) -> [String] {
        switch link {
        case .bridge: return ["type bridge"]
        case .dummy: return ["type dummy"]
        case .veth(_, let peer, let place, let settings):
            let there = place.map { ["netns \(argument($0))"] } ?? []
            return ["type veth peer name \(word(peer))"] + words(settings) + there
        }
    }

    private func words(_ settings: [LinkSetting]) -> [String] {
        settings.map { setting in
            switch setting {
            case .up: "up"
            case .down: "down"
            case .mtu(let bytes): "mtu \(bytes)"
            case .mac(let address): "address \(address)"
            case .master(let name): "master \(word(name))"
            case .noMaster: "nomaster"
            case .name(let name): "name \(word(name))"
            case .namespace(let place): "netns \(argument(place))"
            }
        }
    }

    private func route(_ verb: String, _ destination: IPPrefix, _ gateway: IPAddress?, _ device: LinkName?) -> String {
        let family = destination.family == .v6 ? "-6 " : ""
        return family + "route \(verb) \(destination.network.orDefault)" + (gateway.map { " via \($0)" } ?? "")
            + (device.map { " dev \(word($0))" } ?? "")
    }
}

extension LeavingLink {
    var nft: String {
        switch self {
        case .any: ""
        case .link(let name): " oifname \"\(name)\""
        case .anyBut(let name): " oifname != \"\(name)\""
        }
    }
}
