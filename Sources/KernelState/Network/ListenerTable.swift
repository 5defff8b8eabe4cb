// Who listens in a network namespace: by netlink, or where the kernel was built without that, from /proc/net.

import Glibc
import Linux
import Netlink
import SystemPackage

enum ListenerTable {
    /// Every listening TCP and waiting UDP socket, of both families.
    static func read(in namespace: borrowing NetworkNamespace) throws(NetlinkError) -> [Listener] {
        var listeners: [Listener] = []
        for transport in Listener.Transport.allCases {
            for family in IPAddress.Family.allCases {
                if let found = try byNetlink(transport, family, namespace) {
                    listeners += found
                } else {
                    listeners += try fromFile(transport, family, namespace)
                }
            }
        }
        return listeners
    }

    /// Nil when the kernel has no such diagnostics (CONFIG_INET_DIAG, CONFIG_INET_UDP_DIAG).
    static func byNetlink(
        _ transport: Listener.Transport, _ family: IPAddress.Family, _ namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) -> [Listener]? {
        do throws(NetlinkError) {
            var socket = try NetlinkSocket(.socketDiagnostics, in: namespace)
            return try socket.dump(
                ListenerRequest.list(transport, family), operation: "SOCK_DIAG_BY_FAMILY",
                object: "\(transport) \(family) in \(namespace.name)"
            ) { Listener($0, transport) }
        } catch {
            guard [ENOENT, EPROTONOSUPPORT, EOPNOTSUPP, EINVAL].contains(error.errno.rawValue) else { throw error }
            return nil
        }
    }

    /// From /proc/net/tcp and its like, as a process of that namespace sees it. Empty when there is no such family.
    static func fromFile(
        _ transport: Listener.Transport, _ family: IPAddress.Family, _ namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) -> [Listener] {
        let path = "/proc/thread-self/net/\(transport)\(family == .v6 ? "6" : "")"
        do throws(NetlinkError) {
            let file = try namespace.open(path, flags: O_RDONLY)
            guard let text = try? file.read(limit: 16 << 20, object: path) else { return [] }
            return parse(text, transport, family)
        } catch {
            if error.errno.isGone { return [] }
            throw error
        }
    }

    /// `sl local_address rem_address st … inode`: after a line of headings, a socket each. See proc_pid_net(5).
    static func parse(_ text: [UInt8], _ transport: Listener.Transport, _ family: IPAddress.Family) -> [Listener] {
        text[...].lines.dropFirst().compactMap { line in
            let words = line.words
            guard words.count >= 10, let state: UInt8 = words[3].number(radix: 16), state == transport.waitingState,
                let (address, port) = words[1].cut(at: UInt8(ascii: ":")),
                let remote = words[2].cut(at: UInt8(ascii: ":")),
                let remotePort: UInt16 = remote.after.number(radix: 16),
                remotePort == 0, let number: UInt16 = port.number(radix: 16), number != 0,
                let inode: UInt64 = words[9].number(), let bytes = addressBytes(address),
                let value = IPAddress(bytes: bytes), value.family == family
            else { return nil }
            return Listener(
                transport: transport, address: value, port: number, linkIndex: nil, inode: inode, isIPv6Only: nil)
        }
    }

    /// One or four words of eight digits, each a number of the machine whose bytes are in network order.
    private static func addressBytes(_ digits: Bytes) -> [UInt8]? {
        guard digits.count == 8 || digits.count == 32 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: digits.startIndex, to: digits.endIndex, by: 8) {
            guard let word: UInt32 = digits[start..<start + 8].number(radix: 16) else { return nil }
            withUnsafeBytes(of: word) { bytes += $0 }
        }
        return bytes
    }
}
