// What carries datagrams to the kernel and back. Tests have one of their own, and play a kernel that loses answers.

import CNetlink
import Glibc
import Linux
import SystemPackage

protocol NetlinkChannel: Sendable {
    /// For poll(2) and options of the socket.
    var descriptor: Int32 { get }

    /// One datagram, whole.
    func send(_ bytes: [UInt8]) throws(Errno)

    /// One datagram, if there is one: EAGAIN when there is none now, ENOBUFS when the queue was full and messages were thrown away.
    ///
    /// - Returns: its length, which may be more than the buffer has taken.
    func receive(into buffer: inout [UInt8]) throws(Errno) -> Int

    /// Until there is something to receive; false when the deadline has passed.
    func wait(until deadline: ContinuousClock.Instant) -> Bool
}

/// The socket. The kernel chooses the port id, and it is connected to the kernel, so that no process can slip answers in. See netlink(7).
final class KernelChannel: NetlinkChannel {
    private let socket: Descriptor

    init(_ socket: consuming Descriptor, name: String) throws(NetlinkError) {
        let result = cnl_connect_to_kernel(socket.raw)
        guard result == 0 else { throw NetlinkError(operation: "connect", object: name, errno: Errno(negated: result)) }
        // What a kernel has not, it refuses (ENOPROTOOPT), and the codec does without it: words about errors (4.12), errors
        // without the request in them (4.3), filters of dumps that are honoured instead of ignored (4.20).
        for option in [CNL_EXT_ACK, CNL_CAP_ACK, CNL_GET_STRICT_CHK] {
            _ = cnl_set_option(socket.raw, Int32(option), 1)
        }
        self.socket = socket
    }

    var descriptor: Int32 { socket.raw }

    func send(_ bytes: [UInt8]) throws(Errno) {
        var sent = 0
        repeat { sent = Glibc.send(socket.raw, bytes, bytes.count, 0) } while sent < 0 && Glibc.errno == EINTR
        guard sent == bytes.count else { throw sent < 0 ? .current : .ioError }
    }

    func receive(into buffer: inout [UInt8]) throws(Errno) -> Int {
        while true {
            let length = buffer.withUnsafeMutableBytes {
                // MSG_TRUNC makes recv(2) give the true length.
                recv(socket.raw, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_TRUNC))
            }
            if length >= 0 { return length }
            if Glibc.errno != EINTR { throw .current }
        }
    }

    func wait(until deadline: ContinuousClock.Instant) -> Bool {
        var polled = [pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0)]
        // What is wrong with the socket is said when something is received.
        do throws(Errno) { return try waitFor(&polled, until: deadline) > 0 } catch { return true }
    }
}
