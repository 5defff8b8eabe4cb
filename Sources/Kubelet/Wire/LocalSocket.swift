// The agent's socket: a name in the node's file system.

import CIsolation
import Glibc
import Linux
import Pods
import SystemPackage

/// Where the agent is found in a node.
package enum AgentPath {
    /// A file that says: this is a node.
    package static let node = NodePaths.mark
    package static let socket = "/run/podlab/kubelet.sock"
    package static let lock = "/run/podlab/kubelet.lock"
    /// What the agent has to complain of.
    package static let log = "/run/podlab/kubelet.log"
    /// A file for each pod.
    package static let ledger = "/run/podlab/pods"
    package static let logs = "/var/log/pods"
    package static let images = NodePaths.images
}

package enum LocalSocket {
    /// A listening socket in place of whatever has the name. Only the node's root may connect.
    package static func listen(at path: String) throws(WireError) -> Int32 {
        let socket = try made()
        unlink(path)
        // The name gets the mode of the socket, less the umask, which is the whole process's and must be left alone.
        let fd = socket.raw
        guard fchmod(fd, 0o600) == 0, withAddress(path, { bind(fd, $0, $1) }) == 0, Glibc.listen(fd, 64) == 0 else {
            throw .system("listen at \(path)", .current)
        }
        return socket.released()
    }

    /// Connects; nil: nobody listens there.
    package static func connect(to path: String) throws(WireError) -> Int32? {
        let socket = try made()
        let fd = socket.raw
        // connect(2) waits as long as the other side's queue is full, and the other side may be anybody. See socket(7).
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        while withAddress(path, { Glibc.connect(fd, $0, $1) }) != 0 {
            if errno == EINTR { continue }
            switch errno {
            case EAGAIN: throw .timedOut("\(path) takes no connection")
            case ENOENT, ECONNREFUSED, ENOTDIR: return nil
            case let number: throw .system("connect to \(path)", Errno(rawValue: number))
            }
        }
        return socket.released()
    }

    private static func made() throws(WireError) -> Descriptor {
        let fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | closeOnExec, 0)
        guard fd >= 0 else { throw .system("make a socket", .current) }
        return Descriptor(taking: fd)
    }

    /// Connects to the agent of a playground from outside. The name is found inside its root and nowhere else, and what is found
    /// there stays a descriptor.
    /// - Parameter root: a descriptor of the playground's root.
    package static func connect(below root: Int32) throws(WireError) -> Int32? {
        let found: Descriptor
        do throws(SystemError) {
            found = try .open(AgentPath.socket, inRoot: root, flags: openPath, rules: .noLinks)
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw .system("open the agent's socket", error.errno)
        }
        guard found.kind == S_IFSOCK else { throw .malformed("\(AgentPath.socket) is no socket") }
        return try connect(to: "/proc/self/fd/\(found.raw)")
    }

    private static let closeOnExec = Int32(SOCK_CLOEXEC.rawValue)

    private static func withAddress<Result>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
