// What to do next after a change of a network that the kernel refused.

import Glibc
import SystemPackage

extension NetworkChange {
    func hint(after errno: Errno) -> String? {
        if errno == .notPermitted {
            return "needs CAP_NET_ADMIN in the user namespace that owns the network namespace"
        }
        return ownHint(after: errno)
            ?? (errno == .noSuchFileOrDirectory ? "is a namespace of that name there? ip netns list" : nil)
    }

    private func ownHint(after errno: Errno) -> String? {
        switch self {
        case .addLink(let link, _):
            if errno == .fileExists { return "there is a link \(link.name), or one of its peer's name: ip link" }
            return errno == .notSupportedOnSocket ? "this kernel has no \(link.kind): modprobe \(link.kind)" : nil
        case .setLink(_, let settings):
            return errno == .resourceBusy && settings.newName != nil
                ? "a link that is up keeps its name: set it down first" : nil
        case .addRoute:
            return errno == .networkUnreachable || errno == .networkDown
                ? "the gateway must be in the subnet of an address that a link has, and that link must be up" : nil
        case .setForwarding:
            return errno == .noSuchFileOrDirectory
                ? "no namespace of that name (ip netns list), or no proc on /proc" : nil
        case .masquerade:
            return [.protocolNotSupported, .notSupportedOnSocket, .noSuchFileOrDirectory].contains(errno)
                ? "this kernel has no nf_tables with NAT: modprobe nf_tables nft_masq nft_chain_nat" : nil
        case .deleteLink, .addAddress, .deleteAddress, .deleteRoute: return nil
        }
    }
}

extension NewLink {
    /// As ip-link(8) and modprobe(8) name it.
    fileprivate var kind: String {
        switch self {
        case .veth: "veth"
        case .bridge: "bridge"
        case .dummy: "dummy"
        }
    }
}
