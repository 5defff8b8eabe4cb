// A conversation with the kernel: requests and dumps, each answered before the next.

import CNetlink
import Glibc
import Linux
import SystemPackage

/// A netlink socket. It belongs to the network namespace that it was made in, whoever uses it. See netlink(7).
package struct NetlinkSocket: ~Copyable, Sendable {
    package enum Family: Sendable {
        case route, socketDiagnostics, netfilter, generic

        /// `NETLINK_ROUTE` and its like.
        var raw: Int32 {
            switch self {
            case .route: 0
            case .socketDiagnostics: 4
            case .netfilter: 12
            case .generic: 16
            }
        }
    }

    let channel: any NetlinkChannel
    /// The longest that one request or one dump may take.
    package var timeout: Duration = .seconds(5)
    /// How often a dump that was interrupted is made anew.
    private let tries = 16
    private var sequence: UInt32
    /// The kernel fills at most 32 KiB of a dump into one datagram, and a single answer is far smaller.
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    /// In the network namespace of the calling thread.
    package init(_ family: Family) throws(NetlinkError) {
        let raw = Glibc.socket(AF_NETLINK, Self.type, family.raw)
        guard raw >= 0 else { throw .last("socket", "netlink \(family)") }
        self.init(try KernelChannel(Descriptor(taking: raw), name: "netlink \(family)"))
    }

    package init(_ family: Family, in namespace: borrowing NetworkNamespace) throws(NetlinkError) {
        let socket = try namespace.socket(domain: AF_NETLINK, type: Self.type, protocol: family.raw)
        self.init(try KernelChannel(socket, name: "netlink \(family)"))
    }

    private static var type: Int32 { Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue) }

    init(_ channel: any NetlinkChannel) {
        self.channel = channel
        // Any start will do; another one for each socket makes traces readable.
        sequence = UInt32.random(in: 1...0x7fff_ffff)
    }

    /// For poll(2) and options.
    package var descriptor: Int32 { channel.descriptor }

    // MARK: One request

    /// Sends a request and waits for its acknowledgement; gives the messages that came before it. NLM_F_REQUEST and
    /// NLM_F_ACK are added.
    @discardableResult
    package mutating func request(
        _ message: MessageWriter, operation: String, object: String
    ) throws(NetlinkError) -> [NetlinkMessage] {
        let deadline = ContinuousClock.now + timeout
        let number = try send(message, NLM.request | NLM.ack, operation, object)
        var replies: [NetlinkMessage] = []
        var isLost = false
        while true {
            var rest: NetlinkBytes
            switch try receive(until: isLost ? nil : deadline, operation, object) {
            case .datagram(let bytes): rest = bytes
            // The acknowledgement may stand in the queue still: it is read to its end.
            case .lost:
                isLost = true
                continue
            case .nothing:
                throw NetlinkError(
                    operation: operation, object: object, errno: isLost ? .noBufferSpace : .timedOut,
                    message: "no acknowledgement came: the kernel may have done it all the same")
            }
            while let message = NetlinkMessage(atStartOf: &rest) {
                if message.sequence != number { continue }
                guard message.type == NLMSG.error, let answer = message.acknowledgement else {
                    replies.append(message)
                    continue
                }
                guard let errno = answer.errno else { return replies }
                throw NetlinkError(answer, errno, operation: operation, object: object)
            }
        }
    }

    // MARK: Notifications

    /// From now on the kernel tells of every change of a link: RTNLGRP_LINK. See rtnetlink(7).
    package mutating func subscribeToLinks() throws(NetlinkError) {
        let result = cnl_set_option(descriptor, Int32(CNL_ADD_MEMBERSHIP), 1)
        guard result == 0 else {
            throw NetlinkError(operation: "subscribe", object: "RTNLGRP_LINK", errno: Errno(negated: result))
        }
    }

    /// Waits until the kernel tells of something; also when so much was told that some of it got lost. False when nothing came in
    /// time. For a socket that asks nothing itself.
    package mutating func awaitNotification(until deadline: ContinuousClock.Instant) throws(NetlinkError) -> Bool {
        if case .nothing = try receive(until: deadline, "wait", "RTNLGRP_LINK") { return false }
        return true
    }

    // MARK: A dump

    /// All objects that the request asks for. NLM_F_REQUEST and NLM_F_DUMP are added.
    package mutating func dump(
        _ message: MessageWriter, operation: String, object: String
    ) throws(NetlinkError) -> [NetlinkMessage] {
        try dump(message, operation: operation, object: object) { $0 }
    }

    /// The same, keeping only what `transform` makes of each message. When the kernel says that the objects changed under
    /// its hands (NLM_F_DUMP_INTR), or answers were lost (ENOBUFS), all is asked anew.
    package mutating func dump<Element>(
        _ message: MessageWriter, operation: String, object: String, _ transform: (NetlinkMessage) -> Element?
    ) throws(NetlinkError) -> [Element] {
        var elements: [Element] = []
        try dump(message, operation: operation, object: object) {
            elements.removeAll(keepingCapacity: true)
        } visit: {
            if let element = transform($0) { elements.append(element) }
        }
        return elements
    }

    /// The same, message by message. It is not generic, so that what is done for each of thousands of messages is known when this is
    /// compiled.
    /// - Parameter begin: called before the first message of each try.
    private mutating func dump(
        _ message: MessageWriter, operation: String, object: String, begin: () -> Void,
        visit: (NetlinkMessage) -> Void
    ) throws(NetlinkError) {
        let deadline = ContinuousClock.now + timeout
        for _ in 0..<tries {
            begin()
            if try dumpOnce(message, until: deadline, operation, object, visit) { return }
        }
        throw NetlinkError(
            operation: operation, object: object, errno: .interrupted,
            message: "the objects changed during each of \(tries) dumps")
    }

    /// False when the dump is not to be trusted.
    private mutating func dumpOnce(
        _ message: MessageWriter, until deadline: ContinuousClock.Instant, _ operation: String, _ object: String,
        _ visit: (NetlinkMessage) -> Void
    ) throws(NetlinkError) -> Bool {
        let number = try send(message, NLM.request | NLM.dump, operation, object)
        while true {
            var rest: NetlinkBytes
            switch try receive(until: deadline, operation, object) {
            case .datagram(let bytes): rest = bytes
            // Sending again reads the rest of this dump first.
            case .lost: return false
            case .nothing: throw NetlinkError(operation: operation, object: object, errno: .timedOut)
            }
            while let message = NetlinkMessage(atStartOf: &rest) {
                guard message.sequence == number else { continue }
                if message.flags & NLM.dumpInterrupted != 0 { return false }
                if let answer = message.acknowledgement {
                    guard let errno = answer.errno else { return true }
                    if errno == .interrupted { return false }
                    throw NetlinkError(answer, errno, operation: operation, object: object)
                }
                visit(message)
            }
            guard rest.isEmpty else {
                throw NetlinkError(
                    operation: operation, object: object, errno: .badMessage,
                    message: "a message is longer than what the kernel sent")
            }
        }
    }

    // MARK: Datagrams

    enum Received {
        case datagram(NetlinkBytes)
        /// The queue was full and messages were thrown away, or one was longer than the buffer, which has grown now.
        case lost
        /// Not in time; with no deadline: the queue is empty.
        case nothing
    }

    /// The next number, and so many after it for the messages of a batch.
    mutating func nextSequence(_ count: Int = 1) -> UInt32 {
        let first = sequence
        sequence &+= UInt32(truncatingIfNeeded: count)
        return first
    }

    private mutating func send(
        _ message: MessageWriter, _ flags: UInt16, _ operation: String, _ object: String
    ) throws(NetlinkError) -> UInt32 {
        let number = nextSequence()
        try send(try message.finish(sequence: number, addingFlags: flags), operation, object)
        return number
    }

    /// Empties the queue first: answers to what was given up, and notifications, must not take the room of what follows.
    mutating func send(_ bytes: [UInt8], _ operation: String, _ object: String) throws(NetlinkError) {
        var isEmpty = false
        while !isEmpty {
            if case .nothing = try receive(until: nil, operation, object) { isEmpty = true }
        }
        do throws(Errno) {
            try channel.send(bytes)
        } catch {
            throw NetlinkError(operation: operation, object: object, errno: error)
        }
    }

    /// One datagram. With no deadline it does not wait.
    mutating func receive(
        until deadline: ContinuousClock.Instant?, _ operation: String, _ object: String
    ) throws(NetlinkError) -> Received {
        while true {
            do throws(Errno) {
                let length = try channel.receive(into: &buffer)
                if length <= buffer.count { return .datagram(buffer[..<length]) }
                buffer = [UInt8](repeating: 0, count: length)
                return .lost
            } catch {
                switch error {
                case .noBufferSpace: return .lost
                case .resourceTemporarilyUnavailable: break
                default: throw NetlinkError(operation: operation, object: object, errno: error)
                }
            }
            guard let deadline, channel.wait(until: deadline) else { return .nothing }
        }
    }
}
