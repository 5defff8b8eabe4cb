// A change of the network as netlink messages, and what in them only the child can know.

import CIsolation
import Netlink

struct NetworkMessage {
    /// 32 bits that the child fills in.
    enum Unknown: Equatable {
        case index(of: LinkName, in: NetworkPlace)
        case descriptor(of: NetworkPlace)
    }

    /// `NETLINK_ROUTE` or `NETLINK_NETFILTER` (linux/netlink.h).
    var family: UInt32
    var bytes: [UInt8]
    var unknowns: [(offset: Int, value: Unknown)] = []
    /// The number of the message whose acknowledgement is the last.
    var sequence: UInt32

    private static let route: UInt32 = 0, netfilter: UInt32 = 12

    init(_ request: MessageWriter, _ values: [MessageWriter.Slot: Unknown]) throws(NetlinkError) {
        family = Self.route
        sequence = 1
        bytes = try request.finish(sequence: sequence, addingFlags: NLM.request | NLM.ack)
        for (slot, offset) in request.slots {
            if let value = values[slot] { unknowns.append((offset, value)) }
        }
        unknowns.sort { $0.offset < $1.offset }
    }

    init(_ transaction: NFTransaction) throws(NetlinkError) {
        family = Self.netfilter
        bytes = try transaction.datagram(firstSequence: 0)
        // Begin has number 0, and only the last message before the end is acknowledged.
        sequence = UInt32(transaction.changes.count)
    }
}

extension NetworkChange {
    /// The message for a change at a place; nil for what no message does.
    func message(in place: NetworkPlace) throws(NetlinkError) -> NetworkMessage? {
        switch self {
        case .addLink(let link, let settings): return try link.message(settings, in: place)
        case .setLink(let name, let settings): return try settings.message(for: name, in: place)
        case .deleteLink(let name):
            return try NetworkMessage(LinkRequest.delete(0), [.link: .index(of: name, in: place)])
        case .addAddress(let address, let link):
            return try NetworkMessage(AddressRequest.add(address, link: 0), [.link: .index(of: link, in: place)])
        case .deleteAddress(let address, let link):
            return try NetworkMessage(AddressRequest.remove(address, link: 0), [.link: .index(of: link, in: place)])
        case .addRoute(let destination, let gateway, let device):
            let request = RouteRequest.add(
                to: destination, gateway: gateway, outInterface: device == nil ? nil : 0, source: nil)
            return try NetworkMessage(request, device.outInterface(in: place))
        case .deleteRoute(let destination, let gateway, let device):
            let request = RouteRequest.remove(
                to: destination, gateway: gateway, outInterface: device == nil ? nil : 0)
            return try NetworkMessage(request, device.outInterface(in: place))
        case .setForwarding: return nil
        case .masquerade(let source, let leaving, let table):
            return try NetworkMessage(leaving.masquerade(from: source, table: table))
        }
    }
}

extension LinkName? {
    fileprivate func outInterface(in place: NetworkPlace) -> [MessageWriter.Slot: NetworkMessage.Unknown] {
        map { [.outInterface: .index(of: $0, in: place)] } ?? [:]
    }
}

extension NewLink {
    fileprivate func message(
        _ settings: [LinkSetting], in place: NetworkPlace
    ) throws(NetlinkError) -> NetworkMessage {
        var values = settings.values(in: place)
        let kind: LinkKind
        switch self {
        case .bridge: kind = .bridge
        case .dummy: kind = .dummy
        case .veth(_, let peer, let other, let peerSettings):
            var options = peerSettings.options
            if let other, other != place {
                options.namespace = 0
                values[.peerNamespace] = .descriptor(of: other)
            }
            kind = .veth(peer: peer, options)
        }
        return try NetworkMessage(LinkRequest.create(name, kind, options: settings.options), values)
    }
}

extension [LinkSetting] {
    fileprivate func message(for name: LinkName, in place: NetworkPlace) throws(NetlinkError) -> NetworkMessage {
        var values = values(in: place)
        values[.link] = .index(of: name, in: place)
        return try NetworkMessage(LinkRequest.change(0, options, renamedTo: newName), values)
    }

    /// Zeros for what the child fills in.
    fileprivate var options: LinkOptions {
        var options = LinkOptions()
        for setting in self {
            switch setting {
            case .up: options.isUp = true
            case .down: options.isUp = false
            case .mtu(let bytes): options.mtu = bytes
            case .mac(let address): options.mac = address
            case .master, .noMaster: options.master = 0
            case .namespace: options.namespace = 0
            case .name: break
            }
        }
        return options
    }

    fileprivate func values(in place: NetworkPlace) -> [MessageWriter.Slot: NetworkMessage.Unknown] {
        var values: [MessageWriter.Slot: NetworkMessage.Unknown] = [:]
        for setting in self {
            switch setting {
            case .master(let name): values[.master] = .index(of: name, in: place)
            case .namespace(let target): values[.namespace] = .descriptor(of: target)
            case .up, .down, .mtu, .mac, .noMaster, .name: break
            }
        }
        return values
    }
}

extension LeavingLink {
    fileprivate func masquerade(from source: IPPrefix, table name: String) -> NFTransaction {
        let family: NetfilterFamily = source.family == .v4 ? .ipv4 : .ipv6
        let chain = NFChain(family: family, table: name, name: "postrouting", base: .sourceNAT)
        var conditions: [NFCondition] = [.source(source)]
        switch self {
        case .any: break
        case .link(let name): conditions.append(.outInterface(.name(name.text)))
        case .anyBut(let name): conditions.append(.outInterface(.name(name.text), isNegated: true))
        }
        var transaction = NFTransaction()
        transaction.add(NFTable(family: family, name: name))
        transaction.add(chain)
        transaction.add(NFRule(in: chain, if: conditions, [.count, .masquerade()]))
        return transaction
    }
}
