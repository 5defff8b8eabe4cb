// The connections that a network namespace tracks.

import Glibc
import Linux
import Netlink
import SystemPackage

/// The tracked connections of a network namespace at one moment.
package struct ConntrackState: Sendable {
    package var entries: [ConntrackEntry]
    /// Why the kernel could not be asked; nil where it was. No error: a kernel without connection tracking tracks nothing.
    package var missing: String?

    /// By ctnetlink, IPv4 and IPv6.
    package static func read(in namespace: borrowing NetworkNamespace) throws(KernelStateError) -> ConntrackState {
        do throws(NetlinkError) {
            var socket = try NetlinkSocket(.netfilter, in: namespace)
            return ConntrackState(entries: try ConntrackEntry.readAll(&socket), missing: nil)
        } catch {
            guard [EPROTONOSUPPORT, EINVAL, EOPNOTSUPP].contains(error.errno.rawValue) else {
                throw KernelStateError(error)
            }
            return ConntrackState(entries: [], missing: "this kernel has no ctnetlink (\(error))")
        }
    }
}
