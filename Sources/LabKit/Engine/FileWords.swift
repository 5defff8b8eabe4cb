// How files and mounts are named in evidence.

import KernelState
import SystemPackage

extension FileKind {
    var words: String {
        switch self {
        case .regular: "regular file"
        case .directory: "directory"
        case .symbolicLink: "symbolic link"
        case .fifo: "FIFO"
        case .socket: "socket"
        case .characterDevice: "character device"
        case .blockDevice: "block device"
        case .unknown: "file of an unknown kind"
        }
    }
}

extension FileState {
    /// `regular file, mode 755, 1265648 bytes, device 0:40 inode 12`.
    var summary: String {
        "\(kind.words), mode \(String(mode, radix: 8)), \(size) bytes, \(identity)"
    }
}

extension Mount {
    /// `proc on /home/namespace/box/proc type proc (rw,relatime)`.
    var summary: String {
        let part = root == FilePath("/") ? "" : " (its directory \(root))"
        let tags = [
            propagation.peerGroup.map { " shared:\($0)" }, propagation.master.map { " master:\($0)" },
        ].compactMap { $0 }.joined()
        return "\(source)\(part) on \(mountPoint) type \(fileSystem) (\(options.joined(separator: ",")))\(tags)"
    }
}
