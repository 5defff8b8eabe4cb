// Network steps as what the kernel sees: sockets of the namespaces, and the messages on them.

import Netlink

struct NetworkCallReading {
    var slots = NetworkSlots()
    private var names: [Int: String] = [:]

    // MARK: Names

    mutating func add(_ name: String) -> [String] {
        names[slots.add(.named(name))] = name
        let folder = NetworkName.folder
        return [
            "mkdirat(AT_FDCWD, \(quoted(folder)), 0755)",
            "mount(\"none\", \(quoted(folder)), NULL, MS_SHARED|MS_REC, NULL)",
            "openat(openat(AT_FDCWD, \(quoted(folder)), O_PATH), \(quoted(name)), O_RDONLY|O_CREAT|O_EXCL, 0)",
            "\(Self.visitor): unshare(CLONE_NEWNET), \(Self.socket) = <rtnetlink of \(name)>,"
                + " ioctl(<rtnetlink of \(name)>, SIOCGSKNS) = <\(name)>",
            "move_mount(open_tree(<\(name)>, \"\", OPEN_TREE_CLONE|AT_EMPTY_PATH), \"\","
                + " openat(AT_FDCWD, \(quoted(folder)), O_PATH), \(quoted(name)), MOVE_MOUNT_F_EMPTY_PATH)",
        ]
    }

    func remove(_ name: String) -> [String] {
        [
            "fchdir(openat(AT_FDCWD, \(quoted(NetworkName.folder)), O_PATH))",
            "umount2(\(quoted(name)), MNT_DETACH|UMOUNT_NOFOLLOW)",
            "unlinkat(openat(AT_FDCWD, \(quoted(NetworkName.folder)), O_PATH), \(quoted(name)), 0)",
        ]
    }

    mutating func keep(_ name: String) -> [String] {
        let opened = open(.own)
        let number = slots.number(of: .own).number
        slots.keep(number, as: name)
        names[number] = name
        return opened + ["ioctl(<rtnetlink>, SIOCGSKNS) = <\(name)>"]
    }

    // MARK: Places

    private static let visitor = "clone({flags=CLONE_VM|CLONE_VFORK|CLONE_FILES})"
    private static let socket = "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_ROUTE)"

    /// What opens a place when a plan comes to it first.
    private mutating func open(_ place: NetworkPlace) -> [String] {
        let (number, isNew) = slots.number(of: place)
        guard isNew else { return [] }
        let file: String
        switch place {
        case .own, .kept: return ["\(Self.socket) = <rtnetlink>"]
        case .named(let name):
            file = "openat(AT_FDCWD, \(quoted(NetworkName.path(name))), O_RDONLY|O_NONBLOCK|O_NOCTTY)"
        case .file(.path(let path)): file = "openat(AT_FDCWD, \(quoted(path)), O_RDONLY|O_NONBLOCK|O_NOCTTY)"
        case .file(let place): file = place.fd
        }
        names[number] = place.description
        let name = "<rtnetlink of \(place)>"
        return [
            "\(Self.visitor): setns(\(file), CLONE_NEWNET), \(Self.socket) = \(name), ioctl(\(name), SIOCGSKNS) = <\(place)>"
        ]
    }

    private mutating func name(_ place: NetworkPlace) -> String {
        names[slots.number(of: place).number] ?? "own"
    }

    private mutating func routeSocket(_ place: NetworkPlace) -> String {
        place == .own ? "<rtnetlink>" : "<rtnetlink of \(name(place))>"
    }

    // MARK: Changes

    mutating func calls(of change: NetworkChange, in place: NetworkPlace) -> [String] {
        var calls = open(place)
        for other in change.otherPlaces { calls += open(other) }
        switch change {
        case .setForwarding(let family, let on):
            let write =
                "write(openat(AT_FDCWD, \(quoted("/proc/sys/" + family.forwardingSetting)), O_WRONLY),"
                + " \"\(on ? 1 : 0)\", 1)"
            calls.append(inside(place) + write)
        case .masquerade(let source, let leaving, let table):
            calls.append(inside(place) + "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC, NETLINK_NETFILTER) = <nfnetlink>")
            calls.append("sendmsg(<nfnetlink>, " + transaction(source, leaving, table) + ")")
        case .addLink, .setLink, .deleteLink, .addAddress, .deleteAddress, .addRoute, .deleteRoute:
            let socket = routeSocket(place)
            calls += indexes(of: change).map { "ioctl(\(socket), SIOCGIFINDEX, \(quoted($0.text)))" }
            calls.append("sendmsg(\(socket), \(message(change, in: place)))")
        }
        return calls
    }

    /// The beginning of a call that a visitor makes, unless this is the child's own namespace.
    private mutating func inside(_ place: NetworkPlace) -> String {
        place == .own ? "" : "\(Self.visitor): setns(<\(name(place))>, CLONE_NEWNET), "
    }

    /// Links that the child looks up by name.
    private func indexes(of change: NetworkChange) -> [LinkName] {
        func masters(_ settings: [LinkSetting]) -> [LinkName] {
            settings.compactMap { if case .master(let name) = $0 { name } else { nil } }
        }
        switch change {
        case .addLink(_, let settings): return masters(settings)
        case .setLink(let name, let settings): return [name] + masters(settings)
        case .deleteLink(let name), .addAddress(_, let name), .deleteAddress(_, let name): return [name]
        case .addRoute(_, _, let device), .deleteRoute(_, _, let device): return device.map { [$0] } ?? []
        case .setForwarding, .masquerade: return []
        }
    }

    private mutating func message(_ change: NetworkChange, in place: NetworkPlace) -> String {
        switch change {
        case .addLink(let link, let settings):
            return "RTM_NEWLINK {NLM_F_CREATE|NLM_F_EXCL, "
                + (["IFLA_IFNAME=\(quoted(link.name.text))"] + attributes(settings) + [kind(link)]).joined(
                    separator: ", ")
                + "}"
        case .setLink(let name, let settings):
            return "RTM_NEWLINK {\((["ifi_index=\(index(name))"] + attributes(settings)).joined(separator: ", "))}"
        case .deleteLink(let name): return "RTM_DELLINK {ifi_index=\(index(name))}"
        case .addAddress(let address, let link):
            return "RTM_NEWADDR {NLM_F_CREATE|NLM_F_EXCL, \(attributes(address, link))}"
        case .deleteAddress(let address, let link): return "RTM_DELADDR {\(attributes(address, link))}"
        case .addRoute(let destination, let gateway, let device):
            return "RTM_NEWROUTE {NLM_F_CREATE|NLM_F_EXCL, \(attributes(destination, gateway, device))}"
        case .deleteRoute(let destination, let gateway, let device):
            return "RTM_DELROUTE {\(attributes(destination, gateway, device))}"
        case .setForwarding, .masquerade: return ""
        }
    }

    private func index(_ link: LinkName) -> String { "if_nametoindex(\(quoted(link.text)))" }

    private mutating func kind(_ link: NewLink) -> String {
        switch link {
        case .bridge: return "IFLA_LINKINFO={IFLA_INFO_KIND=\"bridge\"}"
        case .dummy: return "IFLA_LINKINFO={IFLA_INFO_KIND=\"dummy\"}"
        case .veth(_, let peer, let place, let settings):
            var attributes = ["IFLA_IFNAME=\(quoted(peer.text))"] + attributes(settings)
            if let place { attributes.append("IFLA_NET_NS_FD=\(descriptor(place))") }
            return "IFLA_LINKINFO={IFLA_INFO_KIND=\"veth\", IFLA_INFO_DATA={VETH_INFO_PEER={"
                + attributes.joined(separator: ", ") + "}}}"
        }
    }

    private mutating func descriptor(_ place: NetworkPlace) -> String { "<\(name(place))>" }

    private mutating func attributes(_ settings: [LinkSetting]) -> [String] {
        settings.map { setting in
            switch setting {
            case .up: "ifi_flags=IFF_UP"
            case .down: "ifi_flags=0, ifi_change=IFF_UP"
            case .mtu(let bytes): "IFLA_MTU=\(bytes)"
            case .mac(let address): "IFLA_ADDRESS=\(address)"
            case .master(let name): "IFLA_MASTER=\(index(name))"
            case .noMaster: "IFLA_MASTER=0"
            case .name(let name): "IFLA_IFNAME=\(quoted(name.text))"
            case .namespace(let place): "IFLA_NET_NS_FD=\(descriptor(place))"
            }
        }
    }

    private func attributes(_ address: IPPrefix, _ link: LinkName) -> String {
        "ifa_index=\(index(link)), ifa_prefixlen=\(address.length), IFA_LOCAL=\(address.address)"
    }

    private func attributes(_ destination: IPPrefix, _ gateway: IPAddress?, _ device: LinkName?) -> String {
        let family = "rtm_family=\(destination.family == .v4 ? "AF_INET" : "AF_INET6")"
        let parts = [
            family, destination.length == 0 ? nil : "RTA_DST=\(destination.network)",
            gateway.map { "RTA_GATEWAY=\($0)" },
            device.map { "RTA_OIF=\(index($0))" },
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }

    private func transaction(_ source: IPPrefix, _ leaving: LeavingLink, _ table: String) -> String {
        let family = source.family == .v4 ? "ip" : "ip6"
        return "[NFNL_MSG_BATCH_BEGIN, NFT_MSG_NEWTABLE {\(quoted(table))},"
            + " NFT_MSG_NEWCHAIN {\(quoted(table)), \"postrouting\", type=\"nat\", NF_INET_POST_ROUTING},"
            + " NFT_MSG_NEWRULE {\(quoted(table)), \"postrouting\", \(family) saddr \(source.network)\(leaving.nft) counter masquerade},"
            + " NFNL_MSG_BATCH_END]"
    }
}
