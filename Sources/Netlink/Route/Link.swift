// A link, as RTM_NEWLINK describes it.

/// Counters of a link since it was made: struct rtnl_link_stats64.
package struct LinkStatistics: Hashable, Sendable {
    package let receivedPackets: UInt64
    package let sentPackets: UInt64
    package let receivedBytes: UInt64
    package let sentBytes: UInt64
    package let receiveErrors: UInt64
    package let sendErrors: UInt64
    package let receiveDropped: UInt64
    package let sendDropped: UInt64

    /// Nil when there are fewer than eight numbers. Newer kernels append more.
    init?(_ payload: UnsafeRawBufferPointer) {
        guard payload.count >= 64 else { return nil }
        func number(_ place: Int) -> UInt64 { payload.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self) }
        receivedPackets = number(0)
        sentPackets = number(1)
        receivedBytes = number(2)
        sentBytes = number(3)
        receiveErrors = number(4)
        sendErrors = number(5)
        receiveDropped = number(6)
        sendDropped = number(7)
    }
}

/// What a link is as a port of a bridge.
package struct BridgePort: Hashable, Sendable {
    /// BR_STATE_…: what the bridge lets through this port.
    package enum State: UInt8, Sendable {
        case disabled = 0, listening, learning, forwarding, blocking
    }
    /// Nil when the kernel says something new.
    package let state: State?
    package let number: UInt16?
    package let cost: UInt32?
    package let isHairpin: Bool
    package let isIsolated: Bool
}

/// One link of one network namespace.
package struct Link: Hashable, Sendable {
    /// RFC 2863, as in /sys/class/net/NAME/operstate: IF_OPER_….
    package enum OperationalState: UInt8, Sendable {
        case unknown = 0, notPresent, down, lowerLayerDown, testing, dormant, up
    }

    package let index: Int32
    /// As the kernel has it: any bytes but a slash and blanks may be in it.
    package private(set) var name = ""
    /// `veth`, `bridge`, `dummy` …; nil for hardware and for loopback. IFLA_INFO_KIND.
    package private(set) var kind: String?
    /// ARPHRD_…: 1 Ethernet, 772 loopback.
    package let hardwareType: UInt16
    /// IFF_….
    package let flags: UInt32
    package private(set) var operationalState = OperationalState.unknown
    package private(set) var mtu: UInt32 = 0
    /// Nil for links that have no address of six bytes.
    package private(set) var mac: MACAddress?
    /// The bridge, or other link, that this one is a port of.
    package private(set) var master: Int32?
    /// The index of the other end of a veth, of the link below a VLAN …, in the namespace that `peerNamespace` says.
    package private(set) var peerIndex: Int32?
    /// The number that this link's namespace has for the namespace of the peer; nil: the same namespace.
    /// Negative: there is one, without a number.
    package private(set) var peerNamespace: Int32?
    package private(set) var bridgePort: BridgePort?
    /// Nil when they are not wanted.
    package private(set) var statistics: LinkStatistics?

    /// Set to be up, by somebody; whether anything gets through is `hasCarrier`.
    package var isUp: Bool { flags & IFF.up != 0 }
    /// Something is at the other end: for a veth, a peer that is up.
    package var hasCarrier: Bool { flags & IFF.lowerUp != 0 }
    package var isLoopback: Bool { flags & IFF.loopback != 0 }
    /// Set to be up, with a carrier that the kernel's linkwatch has yet to notice. Of lo and of dummies it never takes notice.
    package var isComingUp: Bool {
        isUp && hasCarrier && operationalState != .up && !isLoopback && kind != "dummy"
    }

    /// Nil when it is no RTM_NEWLINK, or shorter than struct ifinfomsg, or has no index.
    package init?(_ message: NetlinkMessage, statistics wantsStatistics: Bool = true) {
        guard message.type == RTM.newLink, let family: UInt8 = message.payload.integer(at: 0), family == 0,
            let hardwareType: UInt16 = message.payload.integer(at: 2),
            let index: Int32 = message.payload.integer(at: 4), index > 0,
            let flags: UInt32 = message.payload.integer(at: 8), message.payload.count >= 16
        else { return nil }
        self.hardwareType = hardwareType
        self.index = index
        self.flags = flags
        message.payload.withUnsafeBytes { bytes in
            Attributes.walk(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(16))) { type, payload in
                if type != IFLA.statistics64 || wantsStatistics { take(type, payload) }
            }
        }
        // Older kernels leave IFLA_LINK out when both ends have the same index.
        if peerNamespace != nil, peerIndex == nil { peerIndex = index }
        if peerIndex == 0 { peerIndex = nil }
    }

    private mutating func take(_ type: UInt16, _ payload: UnsafeRawBufferPointer) {
        switch type {
        case IFLA.name: name = payload.text ?? String(decoding: payload.prefix { $0 != 0 }, as: UTF8.self)
        case IFLA.address: mac = MACAddress(bytes: payload)
        case IFLA.mtu: mtu = payload.exactly() ?? 0
        case IFLA.link: peerIndex = payload.exactly()
        case IFLA.master: master = payload.exactly()
        case IFLA.operationalState: operationalState = payload.exactly().flatMap(OperationalState.init) ?? .unknown
        case IFLA.linkNamespaceID: peerNamespace = payload.exactly()
        case IFLA.statistics64: statistics = LinkStatistics(payload)
        case IFLA.linkInfo: takeInfo(payload)
        default: break
        }
    }

    private mutating func takeInfo(_ info: UnsafeRawBufferPointer) {
        var portKind: String?
        var portData: UnsafeRawBufferPointer?
        Attributes.walk(info) { type, payload in
            switch type {
            case IFLA.Info.kind: kind = payload.text
            case IFLA.Info.portKind: portKind = payload.text
            case IFLA.Info.portData: portData = payload
            default: break
            }
        }
        guard portKind == "bridge", let portData else { return }
        var (state, number, cost): (UInt8?, UInt16?, UInt32?)
        var (isHairpin, isIsolated) = (false, false)
        Attributes.walk(portData) { type, payload in
            switch type {
            case IFLA.BridgePort.state: state = payload.exactly()
            case IFLA.BridgePort.number: number = payload.exactly()
            case IFLA.BridgePort.cost: cost = payload.exactly()
            case IFLA.BridgePort.hairpin: isHairpin = payload.exactly(UInt8.self) == 1
            case IFLA.BridgePort.isolated: isIsolated = payload.exactly(UInt8.self) == 1
            default: break
            }
        }
        bridgePort = BridgePort(
            state: state.flatMap(BridgePort.State.init), number: number, cost: cost, isHairpin: isHairpin,
            isIsolated: isIsolated)
    }
}
