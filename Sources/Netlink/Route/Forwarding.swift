// Whether a namespace passes packets on from one link to another: what net.ipv4.ip_forward says.

import SystemPackage

/// Messages of RTM_GETNETCONF, `ip netconf` in ip(8).
package enum ForwardingRequest {
    /// NETCONFA_IFINDEX_ALL
    private static let all: Int32 = -1
    private static let index: UInt16 = 1
    private static let forwarding: UInt16 = 2

    /// `conf.all.forwarding` of a family.
    package static func get(_ family: IPAddress.Family) -> MessageWriter {
        var message = MessageWriter(type: RTM.getNetworkConfiguration)
        message.bytes([family.raw, 0, 0, 0])  // struct netconfmsg, one byte, and its padding
        message.attribute(index, all)
        return message
    }

    /// What the answer says; nil when it says nothing.
    package static func isOn(in message: NetlinkMessage) -> Bool? {
        guard message.type == RTM.newNetworkConfiguration else { return nil }
        return message.attributes(after: 4)[forwarding]?.int32.map { $0 != 0 }
    }
}

extension NetlinkSocket {
    /// Whether packets are forwarded; nil when the kernel has no such family.
    package mutating func forwards(_ family: IPAddress.Family) throws(NetlinkError) -> Bool? {
        do throws(NetlinkError) {
            return try request(ForwardingRequest.get(family), object: "forwarding of \(family)")
                .lazy.compactMap(ForwardingRequest.isOn).first
        } catch {
            // IPv6 is switched off altogether.
            if error.errno == .notSupportedOnSocket || error.errno == .addressFamilyNotSupported { return nil }
            throw error
        }
    }
}
