// What to do next after a network step that the kernel refused.

import Glibc
import SystemPackage

enum NetworkHint {
    static func what(after step: Step?, _ errno: Errno) -> String? {
        switch (step, errno) {
        case (.addNetworkNamespace(let name), .fileExists):
            return "there is one of that name: ip netns list; ip netns delete \(name) frees it"
        case (.removeNetworkNamespace, .noSuchFileOrDirectory): return "ip netns list shows the names that there are"
        case (.addNetworkNamespace, .notPermitted):
            return "needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace"
        case (.network(.setForwarding, _), .noSuchFileOrDirectory):
            return "no namespace of that name (ip netns list), or no proc on /proc"
        case (.network(let change, _), _): return what(after: change, errno)
        default: return nil
        }
    }

    private static func what(after change: NetworkChange, _ errno: Errno) -> String? {
        switch (change, errno) {
        case (_, .notPermitted): return "needs CAP_NET_ADMIN in the user namespace that owns the network namespace"
        case (.addLink(let link, _), .fileExists):
            return "there is a link \(link.name), or one of its peer's name: ip link"
        case (.addLink(.veth, _), .notSupportedOnSocket): return "this kernel has no veth: modprobe veth"
        case (.addLink(.bridge, _), .notSupportedOnSocket): return "this kernel has no bridge: modprobe bridge"
        case (.addLink(.dummy, _), .notSupportedOnSocket): return "this kernel has no dummy: modprobe dummy"
        case (.addRoute, .networkUnreachable), (.addRoute, .networkDown):
            return "the gateway must be in the subnet of an address that a link has, and that link must be up"
        case (.setLink(_, let settings), .resourceBusy) where settings.newName != nil:
            return "a link that is up keeps its name: set it down first"
        case (.masquerade, .protocolNotSupported), (.masquerade, .notSupportedOnSocket),
            (.masquerade, .noSuchFileOrDirectory):
            return "this kernel has no nf_tables with NAT: modprobe nf_tables nft_masq nft_chain_nat"
        case (_, .noSuchFileOrDirectory): return "is a namespace of that name there? ip netns list"
        default: return nil
        }
    }
}
