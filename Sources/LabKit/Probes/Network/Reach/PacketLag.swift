// How long packets take here that have no way to go: what a busy machine adds to every way.

import Glibc
import Netlink

/// The kernel takes received packets from one queue for each processor, of whatever network namespace they are, and where it is behind it does
/// so in a thread (ksoftirqd) that waits for the processor like anybody else. So packets over podlab's own loopback tell how late others are.
enum PacketLag {
    /// As many as a datagram and its answer need, with the neighbours asked for on both sides.
    private static let hops = 4
    private static let most = Duration.milliseconds(1000)

    /// - Returns: how long these packets took, at most a second; nothing where there is no loopback to be asked.
    static func measured() -> Duration {
        guard let address = try? IPAddress(parsing: "127.0.0.1"), let socket = try? PacketSocket(own: .v4),
            (try? socket.bind(to: address)) == true, let own = socket.localEndpoint, socket.connect(to: own) == nil
        else { return .zero }
        let start = ContinuousClock.now
        for _ in 0..<hops {
            guard socket.send([0]) == nil, socket.wait(until: start + most), (try? socket.receive()) != nil else {
                break
            }
        }
        return min(start.duration(to: .now), most)
    }
}
