// The network namespaces where the other ends of links may be.

import Glibc
import Linux
import Netlink

/// Network namespaces, each held once by descriptor for as long as the set lives.
///
/// The kernel names the namespace of a veth's other end by a number that means something in one namespace only. It answers
/// "which number has this one?" and never "which one has this number?": so there must be candidates to ask about.
package final class NetworkNamespaceSet: Sendable {
    private let descriptors: [NamespaceID: SharedDescriptor]

    /// Of processes, of descriptors (which stay the caller's) and of files. What is gone, or may not be looked at, or is no
    /// network namespace, is left out.
    package init(
        processes: some Sequence<ProcessID> = [], descriptors given: [Int32] = [], paths: [String] = []
    ) {
        var found: [NamespaceID: SharedDescriptor] = [:]
        func insert(_ namespace: borrowing NetworkNamespace) {
            let id = namespace.id
            guard found[id] == nil, let copy = try? Descriptor.copy(of: namespace.descriptor) else { return }
            found[id] = SharedDescriptor(copy)
        }
        for pid in processes {
            // Most processes share a namespace: looking is cheaper than opening.
            let path = "/proc/\(pid)/ns/net"
            guard case .success(let facts) = RawStat.read(AT_FDCWD, path) else { continue }
            let id = NamespaceID(kind: .network, device: facts.identity.device, inode: facts.identity.inode)
            if found[id] == nil, let namespace = try? NetworkNamespace(path: path) { insert(namespace) }
        }
        for descriptor in given {
            if let namespace = try? NetworkNamespace(descriptor: descriptor) { insert(namespace) }
        }
        for path in paths {
            if let namespace = try? NetworkNamespace(path: path) { insert(namespace) }
        }
        descriptors = found
    }

    package var namespaces: [NamespaceID] { descriptors.keys.sorted { $0.inode < $1.inode } }

    /// To work in; nil when it is not in the set.
    package func open(_ id: NamespaceID) throws(KernelStateError) -> NetworkNamespace? {
        guard let raw = descriptors[id]?.raw else { return nil }
        do throws(NetlinkError) {
            return try NetworkNamespace(descriptor: raw, name: "\(id)")
        } catch {
            throw KernelStateError(error)
        }
    }

    /// The numbers that the namespace of a socket has for these.
    func numbers(_ socket: inout NetlinkSocket) throws(NetlinkError) -> [Int32: NamespaceID] {
        var numbers: [Int32: NamespaceID] = [:]
        for (id, held) in descriptors {
            if let number = try socket.namespaceID(ofDescriptor: held.raw) { numbers[number] = id }
        }
        return numbers
    }
}
