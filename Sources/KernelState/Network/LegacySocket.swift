// Asking the kernel for a legacy table, and first whether there is one.

import Glibc
import Linux
import Netlink
import SystemPackage

enum LegacySocket {
    enum Tables {
        /// The kernel has no ip_tables, or not for this family, or nobody has used them.
        case none
        case named([String])
        /// The list may not be read.
        case unknown
    }

    /// The tables of iptables that this namespace has.
    ///
    /// Asking for a table by getsockopt(2) makes it where it is not: a look must change nothing. So the list is read, which
    /// names only tables that are there. The list belongs to root of the user namespace, or to nobody where the network
    /// namespace was made at once with its user namespace, before that had an id map.
    static func tables(
        _ family: NetfilterFamily, in namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) -> Tables {
        let path = "/proc/thread-self/net/" + (family == .ipv6 ? "ip6_tables_names" : "ip_tables_names")
        var code: Int32 = 0
        guard
            let file = try unless(
                [ENOENT, EACCES], &code, { () throws(NetlinkError) in try namespace.open(path, flags: O_RDONLY) })
        else { return code == EACCES ? .unknown : .none }
        var bytes = [UInt8](repeating: 0, count: 4096)
        var length = 0
        while length < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(file.raw, buffer.baseAddress?.advanced(by: length), buffer.count - length)
            }
            if got < 0, Glibc.errno == EINTR { continue }
            guard got >= 0 else { throw NetlinkError(operation: "read", object: path, errno: .current) }
            if got == 0 { break }
            length += got
        }
        return .named(bytes[..<length].lines.map(\.text))
    }

    /// The table; nil when it went away meanwhile. EBADMSG: what the kernel gave makes no sense.
    static func table(
        _ name: String, _ family: NetfilterFamily, in namespace: borrowing NetworkNamespace
    ) throws(NetlinkError) -> LegacyTable? {
        let domain = family == .ipv6 ? AF_INET6 : AF_INET
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        var code: Int32 = 0
        // Any socket of the family will do; a raw one needs a capability and gets packets.
        guard
            let socket = try unless(
                [EAFNOSUPPORT], &code,
                { () throws(NetlinkError) in try namespace.socket(domain: domain, type: type, protocol: 0) })
        else { return nil }
        // Unlike the question for its size, that for its entries loads no module: of a wrong size, it is refused with EAGAIN.
        do throws(NetlinkError) {
            if try get(socket.raw, family, 65, size: head, name: name) == nil { return nil }
        } catch {
            if error.errno.rawValue != EAGAIN { throw error }
        }
        // Its size may change between the two questions: then the second is refused with EAGAIN.
        for _ in 0..<16 {
            guard let info = try get(socket.raw, family, 64, size: 84, name: name) else { return nil }
            let size = Int(info[...].integer(at: 80, as: UInt32.self) ?? 0)
            guard size <= sizeLimit else { throw failure(name, EFBIG) }
            do throws(NetlinkError) {
                guard let answer = try get(socket.raw, family, 65, size: head + size, name: name, tableSize: size)
                else {
                    return nil
                }
                guard
                    let table = LegacyTable(
                        family: family, name: name, hooks: hooks(info), entries: Array(answer.dropFirst(head)))
                else { throw failure(name, EBADMSG) }
                return table
            } catch {
                if error.errno.rawValue != EAGAIN { throw error }
            }
        }
        throw failure(name, EAGAIN)
    }

    /// struct ipt_getinfo {name[32]; valid_hooks; hook_entry[5], underflow[5]; num_entries, size}
    private static func hooks(_ info: [UInt8]) -> [NetfilterHook: Int] {
        let valid = info[...].integer(at: 32, as: UInt32.self) ?? 0
        var hooks: [NetfilterHook: Int] = [:]
        for number in 0..<5 where valid & 1 << UInt32(number) != 0 {
            hooks[NetfilterHook(rawValue: UInt32(number))] =
                info[...].integer(at: 36 + number * 4, as: UInt32.self).map(Int.init)
        }
        return hooks
    }

    /// struct ipt_get_entries {name[32]; size} with its entries on a multiple of 8.
    private static let head = 40
    /// A hundred thousand rules.
    private static let sizeLimit = 16 << 20

    /// getsockopt(2) with IPT_SO_GET_INFO (64) or IPT_SO_GET_ENTRIES (65); the numbers of IPv6 are the same. Nil: there is no such table.
    private static func get(
        _ socket: Int32, _ family: NetfilterFamily, _ option: Int32, size: Int, name: String, tableSize: Int = 0
    ) throws(NetlinkError) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: size)
        let title = Array(name.utf8)
        guard title.count < 32 else { return nil }
        buffer.replaceSubrange(0..<title.count, with: title)
        if tableSize > 0 {
            withUnsafeBytes(of: UInt32(tableSize)) { buffer.replaceSubrange(32..<36, with: $0) }
        }
        var length = socklen_t(size)
        let level = family == .ipv6 ? Int32(IPPROTO_IPV6) : Int32(IPPROTO_IP)
        let result = buffer.withUnsafeMutableBytes { getsockopt(socket, level, option, $0.baseAddress, &length) }
        if result == 0 { return Int(length) <= size ? Array(buffer[..<Int(length)]) : nil }
        switch Glibc.errno {
        case ENOPROTOOPT, ENOENT: return nil
        case let code: throw failure(name, code)
        }
    }

    /// Nil where the kernel answers with one of these; then it is in `code`.
    private static func unless(
        _ codes: [Int32], _ code: inout Int32, _ make: () throws(NetlinkError) -> Descriptor
    ) throws(NetlinkError) -> Descriptor? {
        do throws(NetlinkError) {
            return try make()
        } catch {
            code = error.errno.rawValue
            if codes.contains(code) { return nil }
            throw error
        }
    }

    private static func failure(_ table: String, _ code: Int32) -> NetlinkError {
        NetlinkError(operation: "getsockopt", object: "iptables table \(table)", errno: Errno(rawValue: code))
    }
}
