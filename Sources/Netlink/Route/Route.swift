// Routes: where packets to a destination go.

/// One of several ways of a multipath route: struct rtnexthop.
package struct NextHop: Hashable, Sendable {
    package let outInterface: Int32
    package let gateway: IPAddress?
    /// One more than the kernel's number.
    package let weight: Int
}

/// A route. See rtnetlink(7), struct rtmsg.
package struct Route: Hashable, Sendable {
    /// RTN_….
    package enum Kind: UInt8, Sendable {
        case unspecified = 0, unicast, local, broadcast, anycast, multicast, blackhole, unreachable, prohibit, `throw`
        case nat, externalResolver
    }

    package let family: IPAddress.Family
    /// Nil: the default route.
    package let destination: IPPrefix?
    package let gateway: IPAddress?
    package let outInterface: Int32?
    /// The address that packets are sent from when nobody chose one: RTA_PREFSRC.
    package let source: IPAddress?
    /// 254 main, 255 local.
    package let table: UInt32
    package let kind: Kind
    /// RTPROT_…: 2 the kernel, 3 an administrator at boot, 4 an administrator.
    package let origin: UInt8
    /// RT_SCOPE_…: 0 the world, 253 the link, 254 the host.
    package let scope: UInt8
    /// RTA_PRIORITY; the smallest wins.
    package let metric: UInt32
    /// Of a multipath route; otherwise empty.
    package let nextHops: [NextHop]

    package static let mainTable: UInt32 = 254
    package var isDefault: Bool { destination == nil }

    /// Nil when it is no RTM_NEWROUTE, or short, or of another family than IPv4 and IPv6.
    package init?(_ message: NetlinkMessage) {
        let payload = message.payload
        guard message.type == RTM.newRoute, payload.count >= 12, let raw: UInt8 = payload.integer(at: 0),
            let family = IPAddress.Family(raw: raw), let length: UInt8 = payload.integer(at: 1),
            let shortTable: UInt8 = payload.integer(at: 4), let origin: UInt8 = payload.integer(at: 5),
            let scope: UInt8 = payload.integer(at: 6), let kind: UInt8 = payload.integer(at: 7)
        else { return nil }
        var found = Found()
        for attribute in message.attributes(after: 12) { found.take(attribute) }
        let zero: IPPrefix = family == .v4 ? .all4 : .all6
        guard let destination = IPPrefix(found.destination ?? zero.address, length), destination.family == family
        else { return nil }
        self.family = family
        self.destination = length == 0 ? nil : destination
        gateway = found.gateway
        outInterface = found.outInterface
        source = found.source
        table = found.table ?? UInt32(shortTable)
        self.kind = Kind(rawValue: kind) ?? .unspecified
        self.origin = origin
        self.scope = scope
        metric = found.metric
        nextHops = found.nextHops
    }

    private struct Found {
        var destination: IPAddress?
        var gateway: IPAddress?
        var outInterface: Int32?
        var source: IPAddress?
        var table: UInt32?
        var metric: UInt32 = 0
        var nextHops: [NextHop] = []

        mutating func take(_ attribute: Attribute) {
            switch attribute.type {
            case RTA.destination: destination = attribute.address
            case RTA.gateway: gateway = attribute.address
            // struct rtvia: the family, then the address: an IPv4 route by an IPv6 gateway.
            case RTA.via: gateway = IPAddress(bytes: attribute.payload.after(2))
            case RTA.outInterface: outInterface = attribute.int32
            case RTA.preferredSource: source = attribute.address
            case RTA.table: table = attribute.uint32
            case RTA.priority: metric = attribute.uint32 ?? 0
            case RTA.multipath: nextHops = Route.hops(attribute.payload)
            default: break
            }
        }
    }

    /// Each takes at least the 8 bytes of struct rtnexthop, so the walk ends.
    private static func hops(_ payload: NetlinkBytes) -> [NextHop] {
        var hops: [NextHop] = []
        var rest = payload
        while let length = rest.integer(at: 0, as: UInt16.self).map(Int.init), length >= 8, length <= rest.count,
            let weight: UInt8 = rest.integer(at: 3), let index: Int32 = rest.integer(at: 4)
        {
            let attributes = Attributes(rest.prefix(length).after(8))
            let via = attributes[RTA.via].flatMap { IPAddress(bytes: $0.payload.after(2)) }
            hops.append(
                NextHop(
                    outInterface: index, gateway: attributes[RTA.gateway]?.address ?? via, weight: Int(weight) + 1))
            rest = rest.after(aligned(length))
        }
        return hops
    }
}

/// Messages about routes.
package enum RouteRequest {
    /// EEXIST: there is one. ENETUNREACH: no route leads to the gateway. Slot: `outInterface`.
    ///
    /// - Parameter destination: `IPPrefix.all4` or `all6` for the default route. Bits behind the length are cleared.
    package static func add(
        to destination: IPPrefix, gateway: IPAddress? = nil, outInterface: Int32? = nil, source: IPAddress? = nil,
        table: UInt32 = Route.mainTable
    ) -> MessageWriter {
        var message = MessageWriter(type: RTM.newRoute, flags: NLM.create | NLM.exclusive)
        // What is on the link itself has the link's scope; so ip(8) chooses. RTPROT_BOOT, RTN_UNICAST.
        let scope: UInt8 = gateway == nil && destination.family == .v4 ? 253 : 0
        message.route(destination, table: table, origin: 3, scope: scope, kind: 1)
        message.way(gateway, outInterface, source)
        return message
    }

    /// ESRCH: there is none. Slot: `outInterface`.
    package static func remove(
        to destination: IPPrefix, gateway: IPAddress? = nil, outInterface: Int32? = nil,
        table: UInt32 = Route.mainTable
    ) -> MessageWriter {
        var message = MessageWriter(type: RTM.deleteRoute)
        // RT_SCOPE_NOWHERE: whatever its scope is.
        message.route(destination, table: table, origin: 0, scope: 255, kind: 0)
        message.way(gateway, outInterface, nil)
        return message
    }

    /// Every route of every table, to be sent as a dump; nil: of both families (and of some others).
    package static func list(_ family: IPAddress.Family? = nil) -> MessageWriter {
        var message = MessageWriter(type: RTM.getRoute)
        message.fixed(family?.raw ?? 0)
        message.bytes([UInt8](repeating: 0, count: 11))
        return message
    }
}

extension MessageWriter {
    /// struct rtmsg.
    fileprivate mutating func route(
        _ destination: IPPrefix, table number: UInt32, origin: UInt8, scope: UInt8, kind: UInt8
    ) {
        fixed(destination.family.raw)
        fixed(destination.length)
        fixed(UInt8(0))
        fixed(UInt8(0))
        fixed(UInt8(exactly: number) ?? 252)  // RT_TABLE_COMPAT: see RTA_TABLE
        fixed(origin)
        fixed(scope)
        fixed(kind)
        fixed(UInt32(0))
        if destination.length > 0 { attribute(RTA.destination, bytes: destination.network.address.bytes) }
        attribute(RTA.table, number)
    }

    fileprivate mutating func way(_ gateway: IPAddress?, _ outInterface: Int32?, _ source: IPAddress?) {
        if let gateway { attribute(RTA.gateway, bytes: gateway.bytes) }
        if let outInterface { attribute(RTA.outInterface, outInterface, slot: .outInterface) }
        if let source { attribute(RTA.preferredSource, bytes: source.bytes) }
    }
}
