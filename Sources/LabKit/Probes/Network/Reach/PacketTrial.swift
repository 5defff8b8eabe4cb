// Sends packets from one network namespace to another, and says what arrived, from whom, and whether the answer came back.

import Glibc
import Netlink
import SystemPackage

/// What became of one trial.
struct PacketReport {
    /// As the sender's socket says; nil when it could not even choose an address.
    var sentFrom: Endpoint?
    var sentTo: Endpoint
    var tries = 0
    /// Whom the receiver saw.
    var seen: Endpoint?
    var isAnswered = false
    /// How often there and back.
    var exchanges = 0
    /// What the sender's kernel said.
    var error: Errno?
    /// Whether the receiver's namespace has the address that was sent to.
    var isAddressThere = true
    var milliseconds = 0.0
}

/// Everything is bounded: so many tries, one deadline for all.
struct PacketTrial {
    let address: IPAddress
    let transport: ReachProbe.Transport
    let patience: Duration
    /// Whom the receiver must see.
    let seenAs: IPAddress?
    /// Exchanges that must come off; more than one where counters are read.
    var exchanges = 1
    /// How late packets are on this machine at the moment.
    var lag: @Sendable () -> Duration = PacketLag.measured

    func run(from sender: borrowing NetworkNamespace, to receiver: borrowing NetworkNamespace) throws -> PacketReport {
        let start = ContinuousClock.now
        var report: PacketReport
        switch transport {
        case .udp: report = try datagrams(sender, receiver)
        case .tcp: report = try connections(sender, receiver)
        case .icmp: report = try echoes(sender, receiver)
        }
        report.milliseconds = start.duration(to: .now) / .milliseconds(1)
        return report
    }

    /// So many packets are looked through that were there already when the time was up. A flood would never end.
    private static let mostLate = 256

    /// Bytes that nobody else sends.
    private func nonce() -> [UInt8] { (0..<16).map { _ in UInt8.random(in: 0...255) } }

    // MARK: UDP

    private func datagrams(_ from: borrowing NetworkNamespace, _ to: borrowing NetworkNamespace) throws -> PacketReport
    {
        let receiver = try PacketSocket(address.family, type: SOCK_DGRAM, in: to)
        var report = PacketReport(sentTo: Endpoint(address, port: 0))
        report.isAddressThere = try receiver.bind(to: address)
        report.sentTo.port = receiver.localEndpoint?.port ?? 0
        let sender = try PacketSocket(address.family, type: SOCK_DGRAM, in: from)
        report.error = sender.connect(to: report.sentTo)
        guard report.error == nil else { return report }
        report.sentFrom = sender.localEndpoint
        let clock = TrialClock(patience, lag: lag)
        for deadline in clock.deadlines {
            report.tries += 1
            while report.exchanges < exchanges {
                let request = nonce()
                guard exchange(request, answer: nonce(), sender, receiver, clock, deadline, &report) else { break }
                report.exchanges += 1
            }
            report.isAnswered = report.exchanges == exchanges
            // A refusal is an answer, too: nobody need ask again.
            if report.isAnswered || report.error == .connectionRefused || report.seen.map(isStranger) == true { break }
        }
        return report
    }

    private func exchange(
        _ request: [UInt8], answer: [UInt8], _ sender: borrowing PacketSocket, _ receiver: borrowing PacketSocket,
        _ clock: TrialClock, _ deadline: ContinuousClock.Instant, _ report: inout PacketReport
    ) -> Bool {
        if let error = sender.send(request) {
            report.error = error
            // The kernel may also report what became of an earlier datagram; then this one has not been sent.
            guard sender.send(request) == nil else { return false }
        }
        do throws(Errno) {
            guard let seen = try arrival(of: request, at: receiver, clock, deadline) else { return false }
            report.seen = seen
            guard !isStranger(seen) else { return false }
            _ = receiver.send(answer, to: seen)
            return try arrival(of: answer, at: sender, clock, deadline) != nil
        } catch {
            report.error = error
            return false
        }
    }

    /// Nothing more is to be found out: it seems to come from somebody else.
    private func isStranger(_ seen: Endpoint) -> Bool { seenAs.map { $0 != seen.address } ?? false }

    /// Who sent these bytes; nil when they have not come by the deadline. Whatever else comes is passed over.
    private func arrival(
        of bytes: [UInt8], at socket: borrowing PacketSocket, _ clock: TrialClock,
        _ deadline: ContinuousClock.Instant
    ) throws(Errno) -> Endpoint? {
        var late = 0
        while late < Self.mostLate, clock.wait(socket, until: deadline) {
            if ContinuousClock.now > deadline { late += 1 }
            if let packet = try socket.receive(), packet.bytes == bytes { return packet.from }
        }
        return nil
    }

    // MARK: TCP

    private func connections(_ from: borrowing NetworkNamespace, _ to: borrowing NetworkNamespace) throws
        -> PacketReport
    {
        let listener = try PacketSocket(address.family, type: SOCK_STREAM, in: to)
        var report = PacketReport(sentTo: Endpoint(address, port: 0))
        report.isAddressThere = try listener.bind(to: address)
        try listener.listen()
        report.sentTo.port = listener.localEndpoint?.port ?? 0
        let clock = TrialClock(patience, lag: lag)
        for deadline in clock.deadlines {
            report.tries += 1
            let sender = try PacketSocket(address.family, type: SOCK_STREAM, in: from)
            report.error = sender.connect(to: report.sentTo)
            guard report.error == nil else { return report }
            report.sentFrom = sender.localEndpoint
            let request = nonce()
            guard clock.wait(listener, until: deadline), let connection = listener.accept(from: &report.seen) else {
                report.error = sender.takeError()
                if report.error == .connectionRefused { break }
                continue
            }
            if report.seen.map(isStranger) == true { break }
            guard clock.wait(sender, until: deadline, toWrite: true), sender.takeError() == nil,
                sender.send(request) == nil,
                clock.wait(connection, until: deadline), let there = try? connection.receive(), there.bytes == request,
                connection.send(request.reversed()) == nil, clock.wait(sender, until: deadline),
                let back = try? sender.receive(), back.bytes == request.reversed()
            else { continue }
            report.exchanges += 1
            report.isAnswered = true
            break
        }
        return report
    }

    // MARK: ICMP

    private func echoes(_ from: borrowing NetworkNamespace, _ to: borrowing NetworkNamespace) throws -> PacketReport {
        let number = address.family == .v4 ? Int32(IPPROTO_ICMP) : Int32(IPPROTO_ICMPV6)
        let receiver = try PacketSocket(address.family, type: SOCK_RAW, protocol: number, in: to)
        let sender = try PacketSocket(address.family, type: SOCK_RAW, protocol: number, in: from)
        let identifier = UInt16.random(in: 1...0xffff)
        var report = PacketReport(sentTo: Endpoint(address, port: identifier))
        report.error = sender.connect(to: Endpoint(address, port: 0))
        guard report.error == nil else { return report }
        report.sentFrom = sender.localEndpoint.map { Endpoint($0.address, port: identifier) }
        let clock = TrialClock(patience, lag: lag)
        for deadline in clock.deadlines {
            report.tries += 1
            while report.exchanges < exchanges {
                let echo = Echo(
                    family: address.family, identifier: identifier, sequence: UInt16(report.tries), data: nonce())
                if let error = sender.send(echo.request) { report.error = error }
                guard let seen = arrival(of: echo, isReply: false, at: receiver, clock, deadline) else { break }
                report.seen = seen
                guard !isStranger(seen), arrival(of: echo, isReply: true, at: sender, clock, deadline) != nil else {
                    break
                }
                report.exchanges += 1
            }
            report.isAnswered = report.exchanges == exchanges
            if report.isAnswered || report.seen.map(isStranger) == true { break }
        }
        return report
    }

    private func arrival(
        of echo: Echo, isReply: Bool, at socket: borrowing PacketSocket, _ clock: TrialClock,
        _ deadline: ContinuousClock.Instant
    ) -> Endpoint? {
        var late = 0
        while late < Self.mostLate, clock.wait(socket, until: deadline) {
            if ContinuousClock.now > deadline { late += 1 }
            // What comes of an error is not a message of ours.
            guard let packet = try? socket.receive(), let sender = packet.from,
                let identifier = echo.identifier(in: packet.bytes, isReply: isReply)
            else { continue }
            return Endpoint(sender.address, port: identifier)
        }
        return nil
    }
}

/// The time of one trial: when each try has to have come to something, and what is added at the end, once, where the machine is behind.
private final class TrialClock {
    /// Of the tries.
    let deadlines: [ContinuousClock.Instant]
    private let end: ContinuousClock.Instant
    private let lag: () -> Duration
    /// The end with what was added; nil: nobody had to ask for it yet.
    private var late: ContinuousClock.Instant?

    /// When each try begins, as parts of the patience: what got lost while a neighbour was looked up is soon sent again.
    private static let beginnings = [0.0, 0.15, 0.4]
    /// What packets take that nothing holds up.
    private static let usualLag = Duration.milliseconds(2)

    init(_ patience: Duration, lag: @escaping () -> Duration) {
        let start = ContinuousClock.now
        deadlines = (Self.beginnings.dropFirst() + [1]).map { start + patience * $0 }
        end = start + patience
        self.lag = lag
    }

    /// Waits until the deadline, and behind the last one as much longer as a busy machine needs: what is late there is not lost.
    func wait(
        _ socket: borrowing PacketSocket, until deadline: ContinuousClock.Instant, toWrite: Bool = false
    ) -> Bool {
        if socket.wait(until: deadline, toWrite: toWrite) { return true }
        return deadline >= end && socket.wait(until: lateEnd(), toWrite: toWrite)
    }

    private func lateEnd() -> ContinuousClock.Instant {
        if let late { return late }
        let lag = lag()
        let end = lag > Self.usualLag ? ContinuousClock.now + lag * 2 : end
        late = end
        return end
    }
}

/// An echo request, and how it and its reply are known again. See RFC 792 and RFC 4443: type, code, checksum, identifier, sequence
/// number, data.
struct Echo {
    let family: IPAddress.Family
    let identifier: UInt16
    let sequence: UInt16
    let data: [UInt8]

    /// The message as a raw socket takes it. For ICMPv6 the kernel writes the checksum, see raw(7) and RFC 3542.
    var request: [UInt8] {
        var bytes: [UInt8] = [family == .v4 ? 8 : 128, 0, 0, 0]
        for number in [identifier, sequence] { bytes += [UInt8(number >> 8), UInt8(number & 0xff)] }
        bytes += data
        guard family == .v4 else { return bytes }
        let sum = Self.checksum(bytes)
        (bytes[2], bytes[3]) = (UInt8(sum >> 8), UInt8(sum & 0xff))
        return bytes
    }

    /// The identifier of a request or reply with these data (NAT may have changed it); nil for anything else. A raw IPv4 socket
    /// receives the IP header as well, an IPv6 one does not.
    func identifier(in packet: [UInt8], isReply: Bool) -> UInt16? {
        var message = packet[...]
        if family == .v4 {
            guard let first = packet.first else { return nil }
            message = packet.dropFirst(Int(first & 0x0f) * 4)
        }
        let type: UInt8 = family == .v4 ? (isReply ? 0 : 8) : (isReply ? 129 : 128)
        guard message.count == 8 + data.count, message.first == type, message.dropFirst(8).elementsEqual(data) else {
            return nil
        }
        let start = message.startIndex
        return UInt16(message[start + 4]) << 8 | UInt16(message[start + 5])
    }

    /// The Internet checksum of RFC 1071.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 | UInt32(index + 1 < bytes.count ? bytes[index + 1] : 0)
        }
        while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
        return ~UInt16(sum)
    }
}
