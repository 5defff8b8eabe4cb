// Asking one network namespace again and again, without going there each time.

import Glibc
import Linux
import Netlink
import SystemPackage

/// Reads one network namespace. The sockets belong to it and stay open, so that a look costs the questions alone; while the
/// reader lives the namespace does too.
package struct NetworkReader: ~Copyable {
    private let namespace: NetworkNamespace
    private var route: NetlinkSocket

    package init(in namespace: borrowing NetworkNamespace) throws(KernelStateError) {
        let held = try Self.hold(namespace)
        let socket = try Self.socket(in: namespace)
        self.namespace = held
        route = socket
    }

    private static func hold(_ namespace: borrowing NetworkNamespace) throws(KernelStateError) -> NetworkNamespace {
        do throws(NetlinkError) {
            return try NetworkNamespace(descriptor: namespace.descriptor, name: namespace.name)
        } catch {
            throw KernelStateError(error)
        }
    }

    private static func socket(in namespace: borrowing NetworkNamespace) throws(KernelStateError) -> NetlinkSocket {
        do throws(NetlinkError) {
            return try NetlinkSocket(.route, in: namespace)
        } catch {
            throw KernelStateError(error)
        }
    }

    /// Waits until the links are as asked for: looks, and looks again whenever the kernel tells of a change.
    ///
    /// Nothing gets through a link whose carrier has just come until linkwatch has seen it, which it may put off for a second. Who asks
    /// for that link alone, and not for all, has it seen at once (since Linux 6.8, net/core/rtnetlink.c: rtnl_getlink).
    /// - Returns: false when they were not in time.
    package mutating func awaitLinks(
        until deadline: ContinuousClock.Instant, _ isReached: ([Link]) -> Bool
    ) throws(KernelStateError) -> Bool {
        var news = try Self.socket(in: namespace)
        do throws(NetlinkError) {
            // Before the first look: what changes after it is told.
            try news.subscribeToLinks()
            while true {
                let links = try route.links(statistics: false)
                if isReached(links) { return true }
                for link in links where link.isComingUp { _ = try route.link(index: link.index) }
                guard try news.awaitNotification(until: deadline) else { return false }
            }
        } catch {
            throw KernelStateError(error)
        }
    }

    /// - Parameter peers: where to look for the namespaces at the other ends.
    package mutating func read(
        _ fields: NetworkFields = .all, peers: NetworkNamespaceSet? = nil
    ) throws(KernelStateError) -> NetworkState {
        var state = NetworkState(namespace: namespace.id)
        do throws(NetlinkError) {
            if fields.contains(.links) {
                state.links = try route.links(statistics: fields.contains(.statistics))
                let isSplit = state.links.contains { $0.peerNamespace ?? -1 >= 0 }
                if isSplit, let peers { state.peerNamespaces = try peers.numbers(&route) }
            }
            if fields.contains(.addresses) { state.addresses = try route.addresses() }
            if fields.contains(.routes) { state.routes = try route.routes(.v4) + route.routes(.v6) }
            if fields.contains(.neighbours) { state.neighbours = try route.neighbours() }
            if fields.contains(.forwardingEntries) { state.forwardingEntries = try route.forwardingEntries() }
            if fields.contains(.forwarding) {
                state.forwardsIPv4 = try route.forwards(.v4)
                state.forwardsIPv6 = try route.forwards(.v6)
            }
            if fields.contains(.listeners) { state.listeners = try ListenerTable.read(in: namespace) }
        } catch {
            throw KernelStateError(error)
        }
        return state
    }
}
