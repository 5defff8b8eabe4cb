// One network namespace at one moment: its links and who is at their other ends, addresses, routes, neighbours, listeners.

import Glibc
import Linux
import Netlink
import SystemPackage

/// What was read from a network namespace. What was not asked for is empty.
package struct NetworkState: Sendable {
    package let namespace: NamespaceID
    package internal(set) var links: [Link] = []
    package internal(set) var addresses: [InterfaceAddress] = []
    /// Of every table.
    package internal(set) var routes: [Route] = []
    package internal(set) var neighbours: [Neighbour] = []
    package internal(set) var forwardingEntries: [ForwardingEntry] = []
    package internal(set) var listeners: [Listener] = []
    /// Nil: not asked for.
    package internal(set) var forwardsIPv4: Bool?
    /// Nil: not asked for, or a kernel without IPv6.
    package internal(set) var forwardsIPv6: Bool?
    /// The namespaces behind the numbers that links here have for those of their peers, as far as they were found.
    package internal(set) var peerNamespaces: [Int32: NamespaceID] = [:]

    init(namespace: NamespaceID) { self.namespace = namespace }

    package func link(_ name: String) -> Link? { links.first { $0.name == name } }

    package func link(index: Int32) -> Link? { links.first { $0.index == index } }

    package func addresses(of link: Link) -> [InterfaceAddress] { addresses.filter { $0.linkIndex == link.index } }

    /// The links that are ports of a bridge.
    package func ports(of bridge: Link) -> [Link] { links.filter { $0.master == bridge.index } }

    /// Where the other end of a link is: this namespace, or another; nil when it has none, or its namespace was not found.
    package func peerNamespace(of link: Link) -> NamespaceID? {
        guard link.peerIndex != nil else { return nil }
        guard let number = link.peerNamespace else { return namespace }
        return peerNamespaces[number]
    }

    /// The other end of a link, when it is in this namespace.
    package func peer(of link: Link) -> Link? {
        guard link.peerNamespace == nil, let index = link.peerIndex else { return nil }
        return self.link(index: index)
    }
}

extension NetworkState {
    /// Reads a namespace once. `NetworkReader` is for looking again and again.
    ///
    /// - Parameter peers: where to look for the namespaces at the other ends.
    package static func read(
        _ fields: NetworkFields = .all, in namespace: borrowing NetworkNamespace, peers: NetworkNamespaceSet? = nil
    ) throws(KernelStateError) -> NetworkState {
        var reader = try NetworkReader(in: namespace)
        return try reader.read(fields, peers: peers)
    }

    /// The network namespace of a process; nil when the process is gone.
    package static func read(
        _ fields: NetworkFields = .all, ofProcess pid: ProcessID, peers: NetworkNamespaceSet? = nil
    ) throws(KernelStateError) -> NetworkState? {
        guard let namespace = try NetworkNamespace.of(pid) else { return nil }
        return try read(fields, in: namespace, peers: peers)
    }
}

extension NetworkNamespace {
    /// The network namespace of a process; nil when the process is gone. EACCES: this user may not look at it.
    package static func of(_ pid: ProcessID) throws(KernelStateError) -> NetworkNamespace? {
        do throws(NetlinkError) {
            return try NetworkNamespace(path: "/proc/\(pid)/ns/net")
        } catch {
            if error.errno.isGone { return nil }
            throw KernelStateError(error)
        }
    }

    package var id: NamespaceID {
        NamespaceID(kind: .network, device: DeviceNumber(dev_t(device)), inode: inode)
    }
}

extension RootDirectory {
    /// The network namespace that a file in this root is (`/run/netns/NAME`), where `ip netns add` keeps it alive by a bind
    /// mount; nil when there is no such file, or it is something else.
    package borrowing func networkNamespace(at path: FilePath) throws(KernelStateError) -> NetworkNamespace? {
        let object = name + path.string
        do {
            let place = try InRootResolver.resolve(path, in: self)
            // Nothing but a plain file is opened: a FIFO or a device would do something.
            guard place.facts.isRegular else { return nil }
            let file = try place.descriptor.reopenedForReading(object: object)
            return try NetworkNamespace(descriptor: file.raw, name: object)
        } catch let error as ResolutionFailure {
            if [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error.errno) { return nil }
            throw KernelStateError(operation: "open", object: object, errno: error.errno)
        } catch let error as NetlinkError {
            if error.errno == .invalidArgument { return nil }
            throw KernelStateError(error)
        } catch let error as KernelStateError {
            throw error
        } catch {
            throw KernelStateError(operation: "open", object: object, errno: .ioError)
        }
    }
}

extension KernelStateError {
    init(_ error: NetlinkError) {
        self.init(
            operation: error.operation, object: error.message.map { "\(error.object) [\($0)]" } ?? error.object,
            errno: error.errno)
    }
}
