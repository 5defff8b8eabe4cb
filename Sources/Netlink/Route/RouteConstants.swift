// Numbers of linux/rtnetlink.h, if_link.h, if_addr.h, neighbour.h and net_namespace.h, by the names that they have there.

/// Types of rtnetlink's messages.
package enum RTM {
    package static let newLink: UInt16 = 16
    package static let deleteLink: UInt16 = 17
    package static let getLink: UInt16 = 18
    package static let newAddress: UInt16 = 20
    package static let deleteAddress: UInt16 = 21
    package static let getAddress: UInt16 = 22
    package static let newRoute: UInt16 = 24
    package static let deleteRoute: UInt16 = 25
    package static let getRoute: UInt16 = 26
    package static let newNeighbour: UInt16 = 28
    package static let deleteNeighbour: UInt16 = 29
    package static let getNeighbour: UInt16 = 30
    package static let newNetworkConfiguration: UInt16 = 80
    package static let getNetworkConfiguration: UInt16 = 82
    package static let newNamespaceID: UInt16 = 88
    package static let deleteNamespaceID: UInt16 = 89
    package static let getNamespaceID: UInt16 = 90

    /// `RTM_NEWLINK`
    package static func name(of type: UInt16) -> String { names[type] ?? "rtnetlink message \(type)" }

    private static let names: [UInt16: String] = [
        newLink: "RTM_NEWLINK", deleteLink: "RTM_DELLINK", getLink: "RTM_GETLINK", newAddress: "RTM_NEWADDR",
        deleteAddress: "RTM_DELADDR", getAddress: "RTM_GETADDR", newRoute: "RTM_NEWROUTE",
        deleteRoute: "RTM_DELROUTE", getRoute: "RTM_GETROUTE", newNeighbour: "RTM_NEWNEIGH",
        deleteNeighbour: "RTM_DELNEIGH", getNeighbour: "RTM_GETNEIGH", newNamespaceID: "RTM_NEWNSID",
        deleteNamespaceID: "RTM_DELNSID", getNamespaceID: "RTM_GETNSID", getNetworkConfiguration: "RTM_GETNETCONF",
    ]
}

/// Attributes of links: IFLA_….
package enum IFLA {
    package static let address: UInt16 = 1
    package static let name: UInt16 = 3
    package static let mtu: UInt16 = 4
    package static let link: UInt16 = 5
    package static let master: UInt16 = 10
    package static let operationalState: UInt16 = 16
    package static let linkInfo: UInt16 = 18
    package static let statistics64: UInt16 = 23
    package static let namespaceDescriptor: UInt16 = 28
    package static let extensionMask: UInt16 = 29
    package static let carrier: UInt16 = 33
    package static let linkNamespaceID: UInt16 = 37

    /// IFLA_INFO_…, inside IFLA_LINKINFO.
    package enum Info {
        package static let kind: UInt16 = 1
        package static let data: UInt16 = 2
        package static let portKind: UInt16 = 4
        package static let portData: UInt16 = 5
    }

    /// IFLA_BRPORT_…, inside IFLA_INFO_SLAVE_DATA of a bridge's port.
    package enum BridgePort {
        package static let state: UInt16 = 1
        package static let cost: UInt16 = 3
        package static let hairpin: UInt16 = 4
        package static let number: UInt16 = 18
        package static let isolated: UInt16 = 33
    }

    /// VETH_INFO_PEER, inside IFLA_INFO_DATA.
    package static let vethPeer: UInt16 = 1

    /// Of IFLA_EXT_MASK: RTEXT_FILTER_SKIP_STATS.
    static let skipStatistics: UInt32 = 8
}

/// Flags of a link: IFF_…. See netdevice(7).
package enum IFF {
    package static let up: UInt32 = 0x1
    package static let broadcast: UInt32 = 0x2
    package static let loopback: UInt32 = 0x8
    package static let running: UInt32 = 0x40
    package static let noARP: UInt32 = 0x80
    package static let promiscuous: UInt32 = 0x100
    package static let multicast: UInt32 = 0x1000
    package static let lowerUp: UInt32 = 0x10000
}

/// Attributes of addresses: IFA_…, and flags: IFA_F_….
package enum IFA {
    package static let address: UInt16 = 1
    package static let local: UInt16 = 2
    package static let flags: UInt16 = 8

    package static let noDuplicateDetection: UInt32 = 0x02
    package static let duplicate: UInt32 = 0x08
    package static let tentative: UInt32 = 0x40
}

/// Attributes of routes: RTA_…, with the values of struct rtmsg.
package enum RTA {
    package static let destination: UInt16 = 1
    package static let outInterface: UInt16 = 4
    package static let gateway: UInt16 = 5
    package static let priority: UInt16 = 6
    package static let preferredSource: UInt16 = 7
    package static let multipath: UInt16 = 9
    package static let table: UInt16 = 15
    package static let via: UInt16 = 18
}

/// Attributes of neighbours: NDA_….
package enum NDA {
    package static let destination: UInt16 = 1
    package static let linkLayerAddress: UInt16 = 2
    package static let master: UInt16 = 9
}

/// Attributes of RTM_GETNSID: NETNSA_….
package enum NETNSA {
    package static let id: UInt16 = 1
    package static let pid: UInt16 = 2
    package static let descriptor: UInt16 = 3
}
