// Where things are in a node.

import Netlink

/// The places of a node that pods need.
package struct NodePaths: Sendable, Equatable {
    /// On a tmpfs: an overlay's upper layer must be on a file system that the node's own is not.
    package var pods = "/var/lib/podlab/pods"
    package var pause = "/usr/local/bin/pause"
    package var bridge: LinkName
    /// The bridge's address, and by its length the subnet of the pods.
    package var gateway: IPPrefix

    package init(bridge: LinkName, gateway: IPPrefix) {
        self.bridge = bridge
        self.gateway = gateway
    }

    /// An empty file by which a podlab that is started on a node knows where it is.
    package static let mark = "/run/podlab/node"
    /// The store of the images that its pods can have.
    package static let images = "/var/lib/podlab/images"

    /// As most clusters have them.
    package static let standard: NodePaths = {
        guard let bridge = LinkName("cni0"), let gateway = IPPrefix(.v4(10, 244, 0, 1), 24) else {
            preconditionFailure("constants")
        }
        return NodePaths(bridge: bridge, gateway: gateway)
    }()
}

/// The folder of one pod.
struct PodFolder: Sendable, Equatable {
    let path: String

    init(_ identity: PodIdentity, in paths: NodePaths) { path = paths.pods + "/" + identity.uid }

    /// The root of pause, which is empty but for pause.
    var pauseRoot: String { path + "/pause" }
    var files: String { path + "/etc" }
    /// What all containers have at `/dev/shm`.
    var sharedMemory: String { path + "/shm" }
    static let volumesName = "volumes"
    var volumes: String { path + "/" + Self.volumesName }
    func volume(_ name: String) -> String { volumes + "/" + name }
    var containers: String { path + "/containers" }
    func container(_ id: String) -> ContainerFolder { ContainerFolder(path: containers + "/" + id) }
}

/// The folder of one container.
struct ContainerFolder: Sendable, Equatable {
    let path: String

    /// What the container has written.
    var upper: String { path + "/upper" }
    var work: String { path + "/work" }
    var root: String { path + "/root" }
    /// What the container has as its termination message file.
    var terminationMessage: String { path + "/termination-log" }
    /// Mount points for volumes of which a part is wanted.
    var staging: String { path + "/mnt" }
}
