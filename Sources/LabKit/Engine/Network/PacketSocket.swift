// One socket of a trial: opened in a network namespace, used from here. A socket stays in the namespace that it was made in.

import CIsolation
import Glibc
import Linux
import Netlink
import SystemPackage

/// Nothing here blocks; `wait` does, until a deadline.
struct PacketSocket: ~Copyable {
    private let raw: Int32
    private let family: IPAddress.Family

    /// A full buffer or a closed connection is an error, and neither a wait nor a signal.
    private static let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)

    init(
        _ family: IPAddress.Family, type: __socket_type, protocol number: Int32 = 0,
        in namespace: borrowing NetworkNamespace
    )
        throws(NetlinkError)
    {
        let nonblocking = Int32(type.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = try namespace.socket(domain: family.domain, type: nonblocking, protocol: number)
        self.init(socket.released(), family)
    }

    /// For datagrams in podlab's own namespace.
    init(own family: IPAddress.Family) throws(Errno) {
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let raw = Glibc.socket(family.domain, type, 0)
        guard raw >= 0 else { throw Errno(rawValue: errno) }
        self.init(raw, family)
    }

    private init(_ raw: Int32, _ family: IPAddress.Family) {
        self.raw = raw
        self.family = family
    }

    deinit { close(raw) }

    /// Binds to a free port of this address. When the namespace does not have it, to a free port of any: packets may be sent to
    /// one address and arrive, rewritten, at another.
    /// - Returns: whether the namespace has the address.
    func bind(to address: IPAddress) throws(Errno) -> Bool {
        let own = Endpoint(address, port: 0).withSocketAddress { Glibc.bind(raw, $0, $1) }
        if own == 0 { return true }
        guard errno == EADDRNOTAVAIL else { throw Errno(rawValue: errno) }
        let any = Endpoint(family.unspecified, port: 0).withSocketAddress { Glibc.bind(raw, $0, $1) }
        guard any == 0 else { throw Errno(rawValue: errno) }
        return false
    }

    func listen() throws(Errno) {
        guard Glibc.listen(raw, 4) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Nil: connected, or (TCP) on the way; else why not. This is where a missing route shows.
    func connect(to endpoint: Endpoint) -> Errno? {
        let result = endpoint.withSocketAddress { Glibc.connect(raw, $0, $1) }
        return result == 0 || errno == EINPROGRESS ? nil : Errno(rawValue: errno)
    }

    var localEndpoint: Endpoint? { Endpoint { getsockname(raw, $0, $1) == 0 } }

    /// The error that is pending on it, SO_ERROR.
    func takeError() -> Errno? {
        var number: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(raw, SOL_SOCKET, SO_ERROR, &number, &length)
        return number == 0 ? nil : Errno(rawValue: number)
    }

    func send(_ bytes: [UInt8]) -> Errno? {
        Glibc.send(raw, bytes, bytes.count, Self.flags) == bytes.count ? nil : Errno(rawValue: errno)
    }

    func send(_ bytes: [UInt8], to endpoint: Endpoint) -> Errno? {
        let sent = endpoint.withSocketAddress {
            Glibc.sendto(raw, bytes, bytes.count, Self.flags, $0, $1)
        }
        return sent == bytes.count ? nil : Errno(rawValue: errno)
    }

    /// What has arrived: nil when nothing has.
    func receive() throws(Errno) -> (bytes: [UInt8], from: Endpoint?)? {
        var buffer = [UInt8](repeating: 0, count: 2048)
        var count = 0
        let sender = Endpoint {
            count = recvfrom(raw, &buffer, buffer.count, Self.flags, $0, $1)
            return count >= 0
        }
        if count < 0 {
            guard errno == EAGAIN || errno == EINTR else { throw Errno(rawValue: errno) }
            return nil
        }
        return (Array(buffer.prefix(count)), sender)
    }

    /// A connection that has come in; nil when none has.
    /// - Parameter sender: becomes whoever made it.
    func accept(from sender: inout Endpoint?) -> PacketSocket? {
        var descriptor: Int32 = -1
        sender = Endpoint {
            descriptor = Glibc.accept(raw, $0, $1)
            return descriptor >= 0
        }
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return PacketSocket(descriptor, family)
    }

    /// Waits until something can be read (or, for TCP, written), at most until the deadline. Who has been kept from running meanwhile
    /// still learns of what has come. An error counts as something: the next call tells of it.
    func wait(until deadline: ContinuousClock.Instant, toWrite: Bool = false) -> Bool {
        let rest = max(0, ContinuousClock.now.duration(to: deadline) / .milliseconds(1))
        return iso_poll(raw, Int32(toWrite ? POLLOUT : POLLIN), Int64(rest.rounded(.up))) > 0
    }
}
