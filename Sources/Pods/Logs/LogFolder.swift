// Where the logs of pods are: /var/log/pods/NAMESPACE_NAME_UID/CONTAINER/RESTART.log, as on every node of Kubernetes.

import Glibc
import Linux

/// The logs of one container.
package struct LogFolder: Sendable, Equatable {
    /// Bytes after which a file is put aside as `RESTART.log.1`, in place of the one that was there. The files of a playground are in
    /// memory, so that this is far less than the 10 MiB of Kubernetes.
    package static let fileLimit = 1 << 20

    package let path: String

    /// - Parameter logs: `/var/log/pods`.
    package init(logs: String, pod: Pod, container: String) {
        path = Self.path(logs: logs, pod: pod) + "/" + container
    }

    /// The folder of all containers of a pod.
    package static func path(logs: String, pod: Pod) -> String {
        "\(logs)/\(pod.spec.metadata.namespace)_\(pod.spec.name)_\(pod.uid)"
    }

    package func file(restart: UInt32) -> String { "\(path)/\(restart).log" }
    package func rotated(restart: UInt32) -> String { "\(path)/\(restart).log.1" }

    /// Opens a file of the log to read it; nil where there is none. A link, a device or a pipe is none.
    static func open(_ path: String) -> SharedDescriptor? {
        guard let file = try? Descriptor.open(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY),
            file.kind == S_IFREG
        else { return nil }
        return SharedDescriptor(file)
    }

    /// Removes the logs of a restart and of all before it.
    package func remove(upTo restart: UInt32) {
        for number in stride(from: Int64(restart), through: 0, by: -1) {
            let isGone = unlink(file(restart: UInt32(number))) != 0
            if unlink(rotated(restart: UInt32(number))) != 0 && isGone { return }
        }
    }
}
