// A network namespace to work in without going there.

import CNetlink
import Glibc
import Linux
import SystemPackage

/// A network namespace, held by descriptor, with the user namespace that owns it where that is another than ours.
///
/// Joining a network namespace takes CAP_SYS_ADMIN in one's own user namespace as well, which an ordinary user has only
/// after joining the owner of the namespace, where whoever made that owner has all capabilities. So the owner is joined
/// first; but not by one who has CAP_SYS_ADMIN already, because a socket keeps the rights of whoever made it, and those of a
/// user namespace end at its siblings. See network_namespaces(7), user_namespaces(7).
package struct NetworkNamespace: ~Copyable, Sendable {
    private let network: Descriptor
    /// To be joined first. Nil: not needed, or the caller may not know it.
    private let owner: Descriptor?
    /// How it was named, for errors.
    package let name: String
    package let device: UInt64
    package let inode: UInt64
    /// The namespace of the thread that opened this.
    package let isOwn: Bool

    /// `/proc/PID/ns/net`, `/run/netns/NAME`, `/proc/self/fd/N`. EINVAL: not a network namespace.
    ///
    /// A path in somebody else's root is for the caller to resolve, and then to give as a descriptor.
    package init(path: String) throws(NetlinkError) {
        let opened: Descriptor
        do throws(SystemError) {
            opened = try .open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        } catch {
            throw NetlinkError(error)
        }
        try self.init(taking: opened, name: path)
    }

    /// The namespace behind a descriptor, which stays the caller's.
    package init(descriptor: Int32, name: String? = nil) throws(NetlinkError) {
        let name = name ?? "descriptor \(descriptor)"
        let copy: Descriptor
        do throws(SystemError) {
            copy = try .copy(of: descriptor, object: name)
        } catch {
            throw NetlinkError(error)
        }
        try self.init(taking: copy, name: name)
    }

    private init(taking descriptor: consuming Descriptor, name: String) throws(NetlinkError) {
        guard let place = Identity(of: descriptor.raw), cnl_namespace_type(descriptor.raw) == cnl_network_type() else {
            throw NetlinkError(
                operation: "open", object: name, errno: .invalidArgument, message: "this is no network namespace")
        }
        let own = Identity(path: "/proc/thread-self/ns/net")
        owner = place == own || cnl_is_administrator() == 1 ? nil : Self.owner(of: descriptor.raw)
        network = descriptor
        self.name = name
        device = place.device
        inode = place.inode
        isOwn = place == own
    }

    package var descriptor: Int32 { network.raw }

    /// A socket that belongs to this namespace for ever; close-on-exec is added.
    package func socket(domain: Int32, type: Int32, protocol number: Int32) throws(NetlinkError) -> Descriptor {
        var failed = CNL_CREATE
        let raw = cnl_socket_in(userDescriptor, networkDescriptor, domain, type, number, &failed)
        return try made(raw, failed, "socket")
    }

    /// open(2) as a process of this namespace would: `/proc/thread-self/net/…` are the files of whoever opens them.
    package func open(_ path: String, flags: Int32) throws(NetlinkError) -> Descriptor {
        var failed = CNL_CREATE
        let raw = cnl_open_in(userDescriptor, networkDescriptor, path, flags, &failed)
        return try made(raw, failed, "open \(path)")
    }

    private var userDescriptor: Int32 {
        switch owner {
        case .some(let owner): owner.raw
        case .none: -1
        }
    }

    private var networkDescriptor: Int32 { isOwn ? -1 : network.raw }

    private func made(_ raw: Int32, _ failed: cnl_stage, _ what: String) throws(NetlinkError) -> Descriptor {
        if raw >= 0 { return Descriptor(taking: raw) }
        let operation =
            switch failed {
            case CNL_CLONE: "clone for \(what) in"
            case CNL_JOIN_USER: "setns to the user namespace of"
            case CNL_JOIN: "setns to"
            case CNL_KILLED: "\(what) by a killed child in"
            default: "\(what) in"
            }
        throw NetlinkError(operation: operation, object: name, errno: Errno(negated: raw))
    }

    private static func owner(of network: Int32) -> Descriptor? {
        let raw = cnl_owner(network)
        guard raw >= 0 else { return nil }
        let owner = Descriptor(taking: raw)
        // Joining the user namespace that one is in is EINVAL.
        if Identity(of: raw) == Identity(path: "/proc/thread-self/ns/user") { return nil }
        return owner
    }
}

/// Device and inode tell namespaces apart. See namespaces(7).
private struct Identity: Equatable {
    let device: UInt64
    let inode: UInt64

    init?(of descriptor: Int32) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { return nil }
        (device, inode) = (UInt64(facts.st_dev), UInt64(facts.st_ino))
    }

    init?(path: String) {
        var facts = stat()
        guard fstatat(AT_FDCWD, path, &facts, 0) == 0 else { return nil }
        (device, inode) = (UInt64(facts.st_dev), UInt64(facts.st_ino))
    }
}

extension NetlinkError {
    /// The errno of the call that failed just now.
    static func last(_ operation: String, _ object: String) -> NetlinkError {
        NetlinkError(operation: operation, object: object, errno: .current)
    }

    init(_ error: SystemError) {
        self.init(operation: error.operation, object: error.object, errno: error.errno)
    }
}
